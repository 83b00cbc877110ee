// Who a certificate is for: the subject that an issuer vouched for, and what the issuer's token said besides. The
// claims are those of Fulcio; issuer and subject are obligatory, all else only where it is known.
import type { SubjectName } from '../../formats/x509/extension.ts';
import type { FulcioClaims } from '../../formats/x509/fulcio.ts';
import { limits } from '../../kit/limits.ts';
import { authorityErrors } from './errors.ts';

export interface Identity {
  /** URL of who vouches, as `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  readonly subject: SubjectName;
  readonly claims?: Omit<FulcioClaims, 'issuer' | 'legacyIssuer'>;
}

/** The claims with the issuer in both spellings: older verifiers read the first. */
export function claimsOf({ issuer, claims }: Identity): FulcioClaims {
  return { ...claims, legacyIssuer: issuer, issuer };
}

/** `authority.identity_invalid` */
export function checkIdentity({ issuer, subject, claims = {} }: Identity): void {
  if (!isUri(issuer)) throw authorityErrors.identity_invalid(`the issuer "${shown(issuer)}" is not a URL`);
  if (subject.kind === 'uri' && !isUri(subject.uri))
    throw authorityErrors.identity_invalid(`the subject "${shown(subject.uri)}" is not a URI in ASCII`);
  if (subject.kind === 'email' && !isEmail(subject.email))
    throw authorityErrors.identity_invalid(
      `the subject "${shown(subject.email)}" is not an e-mail address in ASCII`,
    );
  for (const [claim, text] of Object.entries(claims))
    if (text.length > limits.identityChars || !text.isWellFormed())
      throw authorityErrors.identity_invalid(
        `the claim ${claim} has over ${limits.identityChars} characters, or is not Unicode`,
      );
}

/** With a scheme, printable ASCII, and so the same for everybody who compares it. */
function isUri(text: string): boolean {
  return text.length <= limits.identityChars && /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text);
}

function isEmail(text: string): boolean {
  return text.length <= limits.identityChars && /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/.test(text);
}

function shown(text: string): string {
  return text.slice(0, 100);
}
