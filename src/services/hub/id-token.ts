// Identity tokens (OpenID Connect Core 1.0 §2, §3.1.3.7): who issued one, read before anything is proven, and its
// claims, once the issuer's key has signed them and they hold now. What they may be used for is judged elsewhere.
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { Clock } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { hubErrors } from './errors.ts';
import { type IssuerKeys, idTokenAlgorithms } from './issuer-keys.ts';

export const CLOCK_TOLERANCE_SECONDS = 30;

export interface Payload {
  readonly sub: string;
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** Unproven: only to know whom to ask for the key. */
export interface IdTokenHead {
  readonly issuer: string;
  readonly kid: string;
  readonly algorithm: string;
}

/** `hub.id_token_invalid` */
export function readIdTokenHead(token: string): IdTokenHead {
  try {
    if (token.length > limits.idTokenChars) throw new Error('it is too long');
    const { alg, kid } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    if (typeof iss === 'string' && typeof kid === 'string' && idTokenAlgorithms.includes(alg ?? ''))
      return { issuer: iss, kid, algorithm: alg as string };
  } catch (cause) {
    throw hubErrors.id_token_invalid('this is no identity token', { cause });
  }
  throw hubErrors.id_token_invalid(
    'the identity token names no issuer, no key, or no algorithm that is taken',
  );
}

/** The claims of a token that its issuer signed and that holds now. `hub.id_token_invalid`, `hub.issuer_unavailable` */
export async function verifyIdToken(
  token: string,
  { issuer, kid, algorithm }: IdTokenHead,
  { keys, clock }: { readonly keys: Pick<IssuerKeys, 'find'>; readonly clock: Clock },
): Promise<Payload> {
  const key = await keys.find(issuer, kid, algorithm);
  const { payload } = await jwtVerify(token, key, {
    issuer,
    algorithms: [algorithm],
    currentDate: new Date(clock.now()),
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'iat', 'sub', 'aud'],
  }).catch((cause: unknown) => {
    throw hubErrors.id_token_invalid('the identity token is not valid, or has expired', { cause });
  });
  return payload as unknown as Payload;
}
