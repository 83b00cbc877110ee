// A file that a person brings to be trusted: a trusted_root.json or one public key in PEM. It is read before it is kept,
// so that what is kept can be judged by.

import { createPattern } from '../../../src/engines/verify/pattern.ts';
import { parseTrustedKey } from '../../../src/engines/verify/signer.ts';
import { describeError, isPlimsollError } from '../../../src/kit/error.ts';
import { EvidenceFault } from './evidence.ts';
import { readRoot } from './open-trust.ts';
import type { ExpectedSigner, KeptTrust } from './trust.ts';
import { fingerprintOf } from './trust-store.ts';

export type Brought =
  | { readonly kind: 'taken'; readonly trust: KeptTrust }
  | { readonly kind: 'refused'; readonly why: string };

/** A key is brought for one repository. */
export function bringTrust(name: string, text: string, repository: string): Brought {
  const isKey = text.includes('-----BEGIN ');
  try {
    if (isKey) parseTrustedKey(text, name);
    else readRoot(text);
  } catch (error) {
    const what = isKey ? 'a public key that can be judged by' : 'a trusted_root.json or a public key in PEM';
    return { kind: 'refused', why: `${name} is not ${what}: ${describeError(error)}.` };
  }
  const trust = { name, text, fingerprint: fingerprintOf(text) };
  return { kind: 'taken', trust: isKey ? { kind: 'key', ...trust, repository } : { kind: 'root', ...trust } };
}

/** What is wrong with what somebody expects; undefined where nothing is. */
export function findExpectationFault({
  identity,
  issuer,
  sourceRepository,
  isPattern,
}: ExpectedSigner): string | undefined {
  if (identity === '' || issuer === '') return 'Both who signs and who vouches for them are needed.';
  if (!isPattern) return undefined;
  try {
    for (const text of [identity, issuer, sourceRepository ?? '']) createPattern(text);
    return undefined;
  } catch (error) {
    return `${describeError(error)}.`;
  }
}

/** Why nothing could be judged, as the beginning of a sentence; what is no fault of the input is thrown on. */
export function describeFault(error: unknown): string {
  if (isPlimsollError(error) || error instanceof EvidenceFault) return error.message;
  throw error;
}
