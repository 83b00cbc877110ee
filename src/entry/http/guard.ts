// From the Authorization header, or the client's certificate where there is none, to a principal, from a principal to
// a grant, or to the 401 that tells a client where to get a token (distribution docs/content/spec/auth/token.md; RFC 6750 §3).
// The realm is the configured public URL; without one it is the host that the client itself named, which
// is right for 127.0.0.1 and for localhost alike and can mislead nobody but the sender.
import type { IncomingMessage } from 'node:http';
import type { Access, Action, Grant, Principal } from '../../services/hub/access.ts';
import { anonymous } from '../../services/hub/access.ts';
import type { PresentedCertificate } from '../../services/hub/certificates.ts';
import { hubErrors } from '../../services/hub/errors.ts';
import type { Logins } from '../../services/hub/logins.ts';
import { formatScope } from '../../services/hub/scope.ts';
import { looksLikeSecret } from '../../services/hub/secret.ts';
import { type Tokens, tokenService } from '../../services/hub/tokens.ts';
import type { Memberships } from '../../services/parts/membership.ts';
import { registryErrors } from '../../services/registry/errors.ts';
import { addressOf } from './address.ts';
import { httpErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { type PresentedPart, partOf, peerOf } from './tls.ts';

export interface GuardParts {
  readonly logins: Pick<Logins, 'identify' | 'identifyToken' | 'identifyCertificate' | 'checkStanding'>;
  readonly access: Access;
  readonly tokens: Tokens;
  /** Who a part is; asked of connections of their listener alone, and absent where there is none. */
  readonly memberships?: Pick<Memberships, 'identify'>;
  /** `https://hub.example.org`, without a slash at its end; where clients reach the server. */
  readonly publicUrl?: string;
  /** Whether X-Forwarded-Proto and X-Forwarded-Host are written by an own proxy and may be believed. */
  readonly isProxyTrusted?: boolean;
}

/** Who sent a request, and how they said so. */
export interface Caller {
  readonly principal: Principal;
  readonly presented: 'nothing' | 'password' | 'token' | 'certificate' | 'part';
}

export interface Guard {
  /** The sender, or `hub.credentials_wrong`, `hub.token_invalid`; the challenge then stands in the headers. */
  identify(exchange: Exchange): Promise<Caller>;
  /** The grant, or `hub.login_required` with a challenge, or `hub.access_denied`. */
  authorize<A extends Action>(exchange: Exchange, action: A, repository: string): Promise<Grant<A>>;
  /** The grant to pull that memory alone gives, without waiting; undefined says nothing, least of all no. */
  peek(exchange: Exchange, repository: string): Grant<'pull'> | undefined;
  /** The grant where the sender has it without further ado: for a second repository, as in a mount. */
  mayHave<A extends Action>(exchange: Exchange, action: A, repository: string): Promise<Grant<A> | undefined>;
  /**
   * `hub.login_required` unless the sender said who they are, be it by an anonymous token. A certificate is not enough:
   * clients take the answer for a login's (any password would seem right) and then never send the login that they have.
   */
  checkPresented(exchange: Exchange): Promise<Caller>;
}

const NOBODY: Caller = Object.freeze({ principal: anonymous, presented: 'nothing' });

/** Who the part is at the other end. `http.part_unknown`, and as `Memberships.identify`. */
export async function identifyPart(
  memberships: Pick<Memberships, 'identify'> | undefined,
  part: PresentedPart,
): Promise<Principal> {
  if (part.kind === 'refused') throw part.error;
  if (memberships === undefined) throw httpErrors.part_unknown('this server knows no parts');
  return memberships.identify(part.certificate);
}

/** Name and password of a Basic header (RFC 7617), or undefined for another scheme. */
export function readBasic(header: string | undefined): { name: string; password: string } | undefined {
  const [, encoded] = /^basic +([\w+/=-]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** As every client spells it; others take the longer way. */
const BEARER = 'Bearer ';

export function createGuard(parts: GuardParts): Guard {
  const { logins, access, tokens } = parts;

  function challenge(exchange: Exchange, scope?: string, error?: string): void {
    const realm = `${originOf(exchange.request, parts)}/token`;
    const fields = [`realm="${realm}"`, `service="${tokenService}"`];
    if (scope !== undefined) fields.push(`scope="${scope}"`);
    if (error !== undefined) fields.push(`error="${error}"`);
    exchange.headers['WWW-Authenticate'] = `Bearer ${fields.join(',')}`;
  }

  async function identify(exchange: Exchange, scope?: string): Promise<Caller> {
    const part = partOf(exchange.request.socket);
    // A part is who its certificate says: no login that came along makes it somebody who may more.
    if (part !== undefined)
      return { principal: await identifyPart(parts.memberships, part), presented: 'part' };
    const header = exchange.request.headers.authorization;
    if (header === undefined || header === '') {
      const peer = peerOf(exchange.request.socket);
      return peer === undefined ? NOBODY : identifyPeer(exchange, peer, scope);
    }
    const [, token] = /^bearer +(\S+)$/i.exec(header) ?? [];
    try {
      // An access token as it is, for scripts that have no patience for the dance.
      if (token !== undefined && looksLikeSecret(token))
        return { principal: await logins.identifyToken(token), presented: 'password' };
      if (token !== undefined) {
        const principal = await tokens.check(token);
        if (principal.kind !== 'anonymous' && principal.certificate !== undefined)
          await logins.checkStanding(principal.certificate);
        return { principal, presented: 'token' };
      }
      const basic = readBasic(header);
      if (basic === undefined) throw hubErrors.credentials_wrong('the Authorization header cannot be read');
      const { headers, socket } = exchange.request;
      const address = addressOf(
        socket.remoteAddress,
        headers['x-forwarded-for'],
        parts.isProxyTrusted === true,
      );
      const { name, password: secret } = basic;
      return { principal: await logins.identify({ name, secret, address }), presented: 'password' };
    } catch (error) {
      challenge(exchange, scope, token === undefined ? undefined : 'invalid_token');
      throw error;
    }
  }

  async function identifyPeer(
    exchange: Exchange,
    peer: PresentedCertificate,
    scope: string | undefined,
  ): Promise<Caller> {
    try {
      const principal = await logins.identifyCertificate(peer);
      return principal === undefined ? NOBODY : { principal, presented: 'certificate' };
    } catch (error) {
      challenge(exchange, scope);
      throw error;
    }
  }

  async function refuse(exchange: Exchange, caller: Caller, action: Action, name: string): Promise<never> {
    const { principal, presented } = caller;
    // Who could not do it with all their scopes is told so, rather than sent for another token.
    // A certificate comes by itself: its holder may have a login that may more.
    if (principal.kind !== 'anonymous' && presented !== 'certificate') {
      const { scopes: _, ...unscoped } = principal;
      if ((await access.grant(unscoped, action, name)) === undefined)
        throw denial(principal.name, action, name);
    }
    const isTokenTooNarrow = presented === 'token';
    challenge(exchange, scopeOf(action, name), isTokenTooNarrow ? 'insufficient_scope' : undefined);
    throw hubErrors.login_required(
      isTokenTooNarrow
        ? `the token does not allow ${action} in ${name}${aboutPeer(exchange, principal)}`
        : `to ${action} in ${name} needs a login${aboutPeer(exchange, principal)}`,
    );
  }

  return {
    identify: (exchange) => identify(exchange),

    async authorize(exchange, action, repository) {
      const caller = await identify(exchange, scopeOf(action, repository));
      const grant = await access.grant(caller.principal, action, repository);
      return grant ?? refuse(exchange, caller, action, repository);
    },

    peek({ request }, repository) {
      if (partOf(request.socket) !== undefined) return undefined;
      const header = request.headers.authorization ?? '';
      // Whether a certificate still stands is asked of the database.
      if (header === '')
        return peerOf(request.socket) === undefined ? access.peek(anonymous, repository) : undefined;
      const principal = header.startsWith(BEARER) ? tokens.peek(header.slice(BEARER.length)) : undefined;
      if (principal === undefined) return undefined;
      const isByCertificate = principal.kind !== 'anonymous' && principal.certificate !== undefined;
      return isByCertificate ? undefined : access.peek(principal, repository);
    },

    async mayHave(exchange, action, repository) {
      const { principal } = await identify(exchange);
      return access.grant(principal, action, repository);
    },

    async checkPresented(exchange) {
      const caller = await identify(exchange);
      if (caller.presented !== 'nothing' && caller.presented !== 'certificate') return caller;
      challenge(exchange);
      throw hubErrors.login_required('this registry gives tokens, to anybody for what is public');
    },
  };
}

/** What the sender should know of the certificate that they showed, where it did not help. */
function aboutPeer({ request }: Exchange, principal: Principal): string {
  const peer = peerOf(request.socket);
  if (peer === undefined) return '';
  if (principal.kind !== 'anonymous')
    return principal.certificate === undefined
      ? ''
      : `: ${principal.name}, whose client certificate this is, may not`;
  const why = peer.isVerified ? '' : ', and no authority that this server knows vouches for it';
  return `; the client certificate sha256:${peer.fingerprint} stands for no login here${why}`;
}

/** What one may not even read is for them as if it were not there. */
function denial(who: string, action: Action, name: string): Error {
  return action === 'pull'
    ? registryErrors.name_unknown(`there is no repository ${name}`)
    : hubErrors.access_denied(`${who} may not ${action} in ${name}`);
}

/** Docker asks for pull with push, since a push looks first whether a blob is there. */
function scopeOf(action: Action, name: string): string {
  const actions = action === 'push' ? ['pull', 'push'] : [action];
  return formatScope({ type: 'repository', name, actions });
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Scheme and host under which the client reaches this server, without a slash at the end. */
export function originOf(
  request: IncomingMessage,
  { publicUrl, isProxyTrusted = false }: { publicUrl?: string; isProxyTrusted?: boolean },
): string {
  if (publicUrl !== undefined) return publicUrl;
  const forwarded = isProxyTrusted ? request.headers : {};
  const isTls = 'encrypted' in request.socket || firstOf(forwarded['x-forwarded-proto']) === 'https';
  const wanted = firstOf(forwarded['x-forwarded-host']) ?? request.headers.host;
  const { localAddress = '127.0.0.1', localPort = 80, localFamily } = request.socket;
  const own = `${localFamily === 'IPv6' ? `[${localAddress}]` : localAddress}:${localPort}`;
  return `${isTls ? 'https' : 'http'}://${wanted !== undefined && HOST.test(wanted) ? wanted : own}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',', 1)[0]?.trim();
}
