// From a name and a secret to a principal: the one place that says who somebody is by what they know or hold. A password, an
// access token of an account (under its name) or of a robot (`org+robot`), or, under the name `oidc`, the identity
// token of a job elsewhere. One sentence for all that is wrong, so that it does not tell which part was.

import type { Clock } from '../../kit/clock.ts';
import type { AccessTokens, FoundToken } from './access-tokens.ts';
import type { Accounts } from './accounts.ts';
import type { AuditLog } from './audit.ts';
import type { Certificates, PresentedCertificate } from './certificates.ts';
import { hubErrors } from './errors.ts';
import type { LoginBrake } from './login-brake.ts';
import { type Principal, principalOf } from './principal.ts';
import type { Publishers } from './publishers.ts';
import type { Robots } from './robots.ts';
import { looksLikeSecret } from './secret.ts';

export interface Presented {
  readonly name: string;
  readonly secret: string;
  /** Where the request came from. */
  readonly address: string;
}

export interface Logins {
  /** `hub.credentials_wrong`, `hub.logins_slowed`, `hub.logins_busy`; of an identity token `hub.id_token_*`. */
  identify(presented: Presented): Promise<Principal>;
  /** Of an access or refresh token alone, as a Bearer header has it. `hub.credentials_wrong`. */
  identifyToken(secret: string): Promise<Principal>;
  /** Of a refresh token. `hub.credentials_wrong`. */
  refresh(secret: string): Promise<Principal>;
  /** Of a client certificate; undefined where nobody registered it. `hub.certificate_not_valid`. */
  identifyCertificate(presented: PresentedCertificate): Promise<Principal | undefined>;
  /** Of a bearer token: that the certificate it was got with, if any, still stands. `hub.token_invalid`. */
  checkStanding(certificate: string): Promise<void>;
}

/** Under this name an identity token is a password. */
const oidcName = 'oidc';
/** Of wrong logins the first in so long is noted, for each name, and so many in all: guessing cannot fill the log. */
const NOTED_MS = 60_000;
const NOTED_NAMES = 60;
const ROBOT = /^[a-z0-9._-]{1,64}\+[a-z0-9._-]{1,64}$/;

export interface LoginDeps {
  readonly accounts: Accounts;
  readonly accessTokens: AccessTokens;
  readonly robots: Pick<Robots, 'findById'>;
  readonly publishers: Pick<Publishers, 'identify'>;
  readonly certificates: Pick<Certificates, 'identify' | 'isStanding'>;
  readonly brake: LoginBrake;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

export function createLogins(deps: LoginDeps): Logins {
  const { accounts, accessTokens, robots, publishers, brake, audit, clock } = deps;
  const noted = new Map<string, number>();

  /** Sampled: the first for a name in a minute, and for so many names. */
  async function noteRefusal(name: string): Promise<void> {
    const now = clock.now();
    for (const [known, at] of noted) if (now - at >= NOTED_MS) noted.delete(known);
    if (noted.size >= NOTED_NAMES) return;
    // People type their password where the name goes: what is no name here is not written down.
    const isName = name === oidcName || ROBOT.test(name) || (await accounts.isKnown(name));
    const target = isName ? name.slice(0, 100) : 'an unknown name';
    if (noted.has(target)) return;
    noted.set(target, now);
    await audit.record({ account: undefined, via: 'nothing' }, { action: 'login.refused', target }, now);
  }

  async function refuse(name: string, sentence = 'the name or the password is wrong'): Promise<never> {
    await noteRefusal(name);
    throw hubErrors.credentials_wrong(sentence);
  }

  async function principalOfToken(found: FoundToken | undefined): Promise<Principal | undefined> {
    if (found === undefined) return undefined;
    const { id, kind, name, permissions, ownerId } = found;
    const proven = {
      via: kind === 'refresh' ? `refresh token ${name}` : `token ${name}`,
      credential: id,
      ...(permissions === undefined ? {} : { permissions }),
    };
    if (kind === 'robot') {
      const robot = await robots.findById(ownerId);
      return robot && { kind: 'robot', id: robot.id, name: robot.fullName, ...proven };
    }
    const account = await accounts.findById(ownerId);
    return account && { ...principalOf(account), ...proven };
  }

  /** A refresh token may what the token may that it was got with. */
  async function refreshed(found: FoundToken | undefined): Promise<Principal> {
    const { parentId } = found ?? {};
    const behind = parentId === undefined ? found : await accessTokens.findById(parentId);
    return (
      (await principalOfToken(behind)) ?? refuse('a token', 'the refresh token is wrong, revoked or over')
    );
  }

  return {
    async identify({ name, secret, address }) {
      if (name === oidcName)
        return publishers.identify(secret, { usedFrom: address }).catch(async (error: unknown) => {
          await noteRefusal(name);
          throw error;
        });
      if (looksLikeSecret(secret)) {
        const found = await accessTokens.find(secret);
        const principal = found?.kind === 'refresh' ? undefined : await principalOfToken(found);
        if (principal === undefined || principal.kind === 'anonymous' || principal.name !== name)
          return refuse(name);
        return principal;
      }
      const account = await brake.attempt(name, address, () => accounts.verifyPassword(name, secret));
      return account === undefined ? refuse(name) : principalOf(account);
    },

    async identifyToken(secret) {
      const found = await accessTokens.find(secret);
      if (found?.kind === 'refresh') return refreshed(found);
      return (
        (await principalOfToken(found)) ?? refuse('a token', 'the access token is wrong, revoked or over')
      );
    },

    identifyCertificate: (presented) => deps.certificates.identify(presented),

    async checkStanding(certificate) {
      if (!(await deps.certificates.isStanding(certificate)))
        throw hubErrors.token_invalid('the client certificate that this token was got with was removed here');
    },

    async refresh(secret) {
      const found = await accessTokens.find(secret);
      return refreshed(found?.kind === 'refresh' ? found : undefined);
    },
  };
}
