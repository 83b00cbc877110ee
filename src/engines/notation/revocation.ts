// Whether certificates of a chain were revoked, from answers that whoever has a network brings. What was not asked
// is unknown; what names no place to ask at can never be known, which is another thing to say, and refuses nobody:
// notation accepts it too.
import type { Certificate } from '../../formats/notation/certificate.ts';
import { type Finding, failed, passed, unknown } from './check.ts';
import type { RevocationAnswer } from './revocation-answer.ts';

/** By a certificate's fingerprint; absent is unknown. */
export type RevocationAnswers = ReadonlyMap<string, RevocationAnswer>;

/** A certificate and who issued it, who alone may say that it was revoked. */
export interface RevocationSubject {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** The code of a chain that names no place to ask at. */
export const NOWHERE = 'revocation_nowhere';

/** Those of a chain that say where to ask. The root is trusted by the store alone, and is not asked about. */
export function listRevocable(chain: readonly Certificate[]): readonly RevocationSubject[] {
  return chain
    .slice(0, -1)
    .map((certificate, position) => ({ certificate, issuer: chain[position + 1] as Certificate }))
    .filter(({ certificate }) => certificate.namesRevocation);
}

/**
 * `signedByMs`: when the signature was there at the latest, where somebody else than the signer vouches for it. A
 * certificate that is in doubt only from a later time on is not held against it.
 */
export function judgeRevocation(
  chain: readonly Certificate[],
  answers: RevocationAnswers = new Map(),
  signedByMs?: number,
): Finding {
  const asked = listRevocable(chain).map(({ certificate: { fingerprint, subjectText } }) => ({
    subjectText,
    answer: answers.get(fingerprint) ?? { kind: 'unknown', why: 'nobody was asked' },
  })) satisfies readonly Asked[];
  const revoked = asked.find(({ answer }) => isHeldAgainst(answer, signedByMs));
  if (revoked !== undefined)
    return failed(
      'certificate_revoked',
      `The certificate of ${revoked.subjectText} was revoked${tell(revoked.answer)}.`,
    );
  for (const { subjectText, answer } of asked)
    if (answer.kind === 'unknown')
      return unknown(
        'revocation_unknown',
        `Whether the certificate of ${subjectText} was revoked is not known: ${answer.why}.`,
      );
  if (asked.length === 0)
    return unknown(NOWHERE, 'No certificate of the chain says where its revocation would be announced.');
  const later = asked.find(({ answer }) => answer.kind === 'revoked');
  return later === undefined
    ? passed('not_revoked', 'No certificate of the chain that says where to ask was revoked.')
    : passed(
        'revoked_later',
        `The certificate of ${later.subjectText} was revoked${tell(later.answer)}, and the signature was there before that.`,
      );
}

interface Asked {
  readonly subjectText: string;
  readonly answer: RevocationAnswer;
}

function isHeldAgainst(answer: RevocationAnswer, signedByMs: number | undefined): boolean {
  if (answer.kind !== 'revoked') return false;
  const { invalidFrom } = answer;
  return signedByMs === undefined || invalidFrom === undefined || signedByMs >= invalidFrom.getTime();
}

/** Since when and why, to stand behind "was revoked". */
function tell(answer: RevocationAnswer): string {
  if (answer.kind !== 'revoked') return '';
  const { revokedAt, reason, invalidFrom } = answer;
  const why = reason === undefined ? '' : ` (${reason})`;
  const doubt = invalidFrom === undefined ? '' : `, and is in doubt from ${invalidFrom.toISOString()} on`;
  return ` at ${revokedAt.toISOString()}${why}${doubt}`;
}
