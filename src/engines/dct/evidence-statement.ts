// The predicate https://plimsoll.dev/notary-v1-evidence/v1: what Docker Content Trust said of a tag and who signed
// that, kept beside the image by somebody else. It claims no continuity: whoever signs this statement says what the
// archive showed when it was judged, and is not one of the keys that are named in it.
import type { TrustArchive } from '../../formats/notary1/archive.ts';
import type { RoleKey } from '../../formats/notary1/role-key.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { formatInstant } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import { describeKeys } from './delegates.ts';
import type { TrustJudgement } from './judge.ts';
import type { RoleState } from './ledger.ts';
import type { TagEvidence } from './tag-evidence.ts';

export const notaryEvidenceType = 'https://plimsoll.dev/notary-v1-evidence/v1';

export interface EvidenceParts {
  readonly evidence: TagEvidence & { readonly digest: Digest };
  readonly judgement: Pick<TrustJudgement, 'gun' | 'at'>;
  readonly archive: TrustArchive;
  /** Of the archive as an OCI artifact. */
  readonly archiveDigest: Digest;
  /** Why it is stated in spite of its doubts. */
  readonly reason?: string;
}

/** The statement’s predicate. */
export function describeEvidence(parts: EvidenceParts): JsonObject {
  const { evidence, judgement, archive, archiveDigest, reason } = parts;
  const { tag, digest, sizeBytes, role, signers, path, checks, validUntil, validUntilRole } = evidence;
  const last = lastImport(archive);
  const own = path.find((state) => state.role === role)?.keys?.keys ?? new Map<string, RoleKey>();
  const signed = new Map([...own].filter(([keyId]) => signers.includes(keyId)));
  return {
    meaning:
      'Docker Content Trust (Notary v1) named this digest under this tag, signed by the keys in "keys". ' +
      'Whoever signs this statement says what was found in the archive, and is none of those keys.',
    gun: judgement.gun,
    tag,
    digest,
    length: sizeBytes,
    role,
    keys: describeKeys({ keys: signed, threshold: 1 }).map(
      ({ keyId, canonicalKeyId, type, certificates }) => ({
        keyId,
        canonicalKeyId,
        type,
        certificates: certificates.map(({ subject, fingerprint }) => ({ subject, sha256: fingerprint })),
      }),
    ),
    path: path.map(describeRole),
    validUntil: formatInstant(validUntil),
    validUntilRole,
    archive: {
      digest: archiveDigest,
      ...(last === undefined ? {} : { server: last.server, importedAt: last.at }),
    },
    judgedAt: formatInstant(judgement.at),
    standing: evidence.standing,
    ...(reason === undefined ? {} : { accepted: { doubts: evidence.doubts, reason } }),
    checks: checks.map(({ code, role: of, version, outcome, sentence }) => ({
      code,
      role: of,
      ...(version === undefined ? {} : { version }),
      outcome,
      sentence,
    })),
  };
}

/** The import that is judged: the last complete one, or the last. */
export function lastImport({ imports }: TrustArchive): TrustArchive['imports'][number] | undefined {
  return imports.findLast(({ isComplete }) => isComplete) ?? imports.at(-1);
}

/**
 * Whether a statement that is there says already what another would. A later import or judgement says nothing new of
 * the same tag and digest; evidence that holds does, where only doubtful one was stated before.
 */
export function isStatedBy(there: JsonObject, wanted: JsonObject): boolean {
  const isSame = (['gun', 'tag', 'digest'] as const).every((member) => there[member] === wanted[member]);
  return isSame && (there.standing === 'held' || there.standing === wanted.standing);
}

function describeRole({ role, file, keys, signers }: RoleState): JsonObject {
  return {
    role,
    ...(keys === undefined ? {} : { threshold: keys.threshold, of: keys.keys.size }),
    signedBy: signers,
    ...(file === undefined
      ? {}
      : {
          version: file.version,
          sha256: file.sha256,
          length: file.sizeBytes,
          expires: formatInstant(file.expiresAt),
        }),
  };
}
