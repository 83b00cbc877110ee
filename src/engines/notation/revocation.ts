// Whether certificates of a chain were revoked, from answers that whoever has a network brings. What was not asked
// is unknown; what names no place to ask at can never be known, which is another thing to say, and refuses nobody:
// notation accepts it too.
import type { Certificate } from '../../formats/notation/certificate.ts';
import { type Finding, failed, passed, unknown } from './check.ts';

/** By OCSP or CRL, verified by whoever brings it. */
export type RevocationState = 'good' | 'revoked' | 'unknown';

/** By a certificate's fingerprint; absent is unknown. */
export type RevocationAnswers = ReadonlyMap<string, RevocationState>;

/** The code of a chain that names no place to ask at. */
export const NOWHERE = 'revocation_nowhere';

/** The root is trusted by the store alone, and is not asked about. */
export function judgeRevocation(
  chain: readonly Certificate[],
  answers: RevocationAnswers = new Map(),
): Finding {
  const asked = chain.slice(0, -1).filter(({ namesRevocation }) => namesRevocation);
  const find = (state: RevocationState): Certificate | undefined =>
    asked.find(({ fingerprint }) => (answers.get(fingerprint) ?? 'unknown') === state);
  const revoked = find('revoked');
  if (revoked !== undefined)
    return failed('certificate_revoked', `The certificate of ${revoked.subjectText} was revoked.`);
  const open = find('unknown');
  if (open !== undefined)
    return unknown(
      'revocation_unknown',
      `Whether the certificate of ${open.subjectText} was revoked is not known.`,
    );
  if (asked.length === 0)
    return unknown(NOWHERE, 'No certificate of the chain says where its revocation would be announced.');
  return passed('not_revoked', 'No certificate of the chain that says where to ask was revoked.');
}
