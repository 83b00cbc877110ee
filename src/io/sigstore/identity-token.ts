// What an identity token (OIDC, JWT) says of whom it is for. Nothing is verified here: the certificate authority does
// that; whoever signs needs the subject alone, which it must sign to prove that it has the key.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { signingErrors } from './errors.ts';

export interface TokenClaims {
  /** The e-mail address where there is one, else the subject: what Fulcio wants signed. */
  readonly subject: string;
  readonly issuer: string;
}

/** `signing.token_invalid` */
export function readIdentityToken(token: string): TokenClaims {
  const refuse = signingErrors.token_invalid;
  const [, payload, ...rest] = token.split('.');
  if (token.length > limits.identityTokenChars || payload === undefined || rest.length !== 1)
    throw refuse('the identity token is not three parts with dots between them');
  const claims = parseJson(decodeUtf8(Buffer.from(payload, 'base64url')) ?? '');
  const { iss, sub, email } = isJsonObject(claims) ? claims : {};
  const subject = typeof email === 'string' && email !== '' ? email : sub;
  if (typeof subject !== 'string' || subject === '' || typeof iss !== 'string')
    throw refuse('the identity token names no issuer, or neither a subject nor an e-mail address');
  return { subject, issuer: iss };
}
