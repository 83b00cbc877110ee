// Identity tokens of the instance itself: who is logged in here gets one, with which this or any other authority that
// takes the instance as an OpenID Connect issuer gives a certificate. Others verify them by the key set; both documents
// are made from the rows of keys, so that a new key is published before it signs.
import { createPublicKey, hash } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import type { Clock, Random } from '../../kit/clock.ts';
import type { Principal } from '../hub/access.ts';
import type { AuditLog } from '../hub/audit.ts';
import { hubErrors } from '../hub/errors.ts';
import type { IssuerKeys } from '../hub/issuer-keys.ts';
import { isAnywherePermitted } from '../hub/permission.ts';
import { purposes, type TrustKey } from './trust-key.ts';
import type { TrustService } from './trust-service.ts';

export interface IdentityToken {
  /** A signed JWT. */
  readonly token: string;
  /** Who it is for, as certificates have it: `NAME@HOST`. */
  readonly subject: string;
  readonly expiresInSeconds: number;
}

export interface IdentityTokens {
  /** For the account or robot that asks. `hub.credentials_wrong`, `hub.access_denied`, and what `trust.openKey` throws. */
  issue(viewer: Principal, audience: string): Promise<IdentityToken>;
  /** OpenID Connect Discovery 1.0 §3. */
  describe(): Readonly<Record<string, unknown>>;
  /** RFC 7517. */
  keySet(): Promise<{ readonly keys: readonly JWK[] }>;
  /** The same keys of others, and the instance's own without asking it over the network. */
  keys: IssuerKeys;
}

/** For which audience tokens are, where nobody says another: what Sigstore's clients ask for. */
export const sigstoreAudience = 'sigstore';
/** As long as it takes to get a certificate, on a slow machine. */
const TOKEN_SECONDS = 300;
const ALGORITHM = 'RS256';

export function createIdentityTokens(parts: {
  readonly trust: TrustService;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the issuers that the operator allowed. */
  readonly issuerKeys: IssuerKeys;
}): IdentityTokens {
  const { trust, audit, clock, random, issuerKeys } = parts;

  async function sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { row, key } = await trust.openKey('identity');
    const signed = [{ alg: ALGORITHM, typ: 'JWT', kid: kidOf(row) }, claims].map(encode).join('.');
    const signature = await key.sign(Buffer.from(signed), purposes.identity);
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  }

  async function listPublic(): Promise<readonly JWK[]> {
    const now = clock.now();
    const rows = (await trust.listKeys()).filter(
      ({ purpose, validUntil }) => purpose === 'identity' && now <= (validUntil ?? now),
    );
    return rows.map(jwkOf);
  }

  return {
    async issue(viewer, audience) {
      const name = nameOf(viewer);
      const subject = `${name}@${hostOf(trust)}`;
      const now = clock.now();
      const issued = Math.floor(now / 1000);
      const token = await sign({
        ...{ iss: trust.url, sub: subject, aud: audience, email: subject, email_verified: true },
        ...{ iat: issued, nbf: issued, exp: issued + TOKEN_SECONDS, jti: random.uuid() },
      });
      const via = 'via' in viewer ? viewer.via : undefined;
      const wish = { action: 'identity.token', target: subject, detail: { audience } };
      await audit.record({ account: name, via: via ?? 'password' }, wish, now);
      return { token, subject, expiresInSeconds: TOKEN_SECONDS };
    },

    describe: () => ({
      issuer: trust.url,
      jwks_uri: `${trust.url}/trust/oidc/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
      claims_supported: ['iss', 'sub', 'aud', 'iat', 'exp', 'email', 'email_verified'],
    }),

    async keySet() {
      await trust.openKey('identity');
      return { keys: await listPublic() };
    },

    keys: {
      issuers: issuerKeys.issuers,
      isAllowed: (issuer) => issuer === trust.url || issuerKeys.isAllowed(issuer),
      async find(issuer, kid, algorithm) {
        if (issuer !== trust.url) return issuerKeys.find(issuer, kid, algorithm);
        const found = (await listPublic()).find((one) => one.kid === kid && one.alg === algorithm);
        if (found === undefined)
          throw hubErrors.id_token_invalid(`this instance has no key "${kid.slice(0, 80)}"`);
        return importJWK(found, algorithm);
      },
    },
  };
}

/** Of whoever may sign as themselves: a token that was made to read something else is not enough. */
function nameOf(viewer: Principal): string {
  if (viewer.kind === 'anonymous')
    throw hubErrors.credentials_wrong(
      'an identity token is for who is logged in: name and password, or an access token',
    );
  if (viewer.kind === 'publisher')
    throw hubErrors.access_denied(
      'a job has an identity token of its own issuer already, which is taken here',
    );
  if (viewer.part !== undefined)
    throw hubErrors.access_denied(`${viewer.part} is a part of this instance, and makes no tokens`);
  if (viewer.permissions !== undefined && !isAnywherePermitted(viewer.permissions, 'push'))
    throw hubErrors.access_denied('the access token may push nowhere, and so it cannot sign either');
  return viewer.name;
}

/** Certificates name a host in an address without its port; one of IPv6 has none that fits. */
function hostOf({ url, origin }: TrustService): string {
  const { hostname } = new URL(url);
  return /^[a-z0-9.-]+$/i.test(hostname) ? hostname : origin;
}

function kidOf({ publicKey }: Pick<TrustKey, 'publicKey'>): string {
  return hash('sha256', publicKey, 'base64url');
}

function jwkOf(row: TrustKey): JWK {
  const key = createPublicKey({ key: Buffer.from(row.publicKey), format: 'der', type: 'spki' });
  return { ...(key.export({ format: 'jwk' }) as JWK), kid: kidOf(row), alg: ALGORITHM, use: 'sig' };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
