// Marks as rows: the one that stands of each digest in each repository, and what was said before it.
import type { Selectable } from 'kysely';
import type { Outcome } from '../../engines/policy/verdict.ts';
import { type Digest, parseDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { MarkTable } from '../../io/db/tables-mark.ts';
import { limits } from '../../kit/limits.ts';

export interface Mark {
  readonly policy: { readonly name: string; readonly digest: string };
  readonly result: 'PASSED' | 'FAILED';
  readonly outcome: Outcome;
  readonly answer: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly because: string;
  readonly signer: string;
  /** Says whether another answer, policy, key or revocation needs another mark. */
  readonly fingerprint: string;
  /** Of the manifest that carries the signed statement. */
  readonly manifestDigest: Digest;
  /** Absent where it stands. */
  readonly endedAt?: number;
}

/** One digest in one repository. */
export interface MarkPlace {
  readonly repositoryId: number;
  readonly digest: string;
}

/** The last first, at most `limits.marksKept`. */
export async function listMarks(query: Query, place: MarkPlace): Promise<readonly Mark[]> {
  const rows = await select(query, place).orderBy('id', 'desc').limit(limits.marksKept).execute();
  return rows.map(toMark);
}

/** Those that stand: one, or none. */
export async function findMark(query: Query, place: MarkPlace): Promise<Mark | undefined> {
  const row = await select(query, place)
    .where('ended_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : toMark(row);
}

/** Ends what stands, and gives the manifests of it. */
export async function endMarks(query: Query, place: MarkPlace, now: number): Promise<readonly Digest[]> {
  const ended = await query
    .updateTable('mark')
    .set({ ended_at: now })
    .where('digest', '=', place.digest)
    .where('repository_id', '=', place.repositoryId)
    .where('ended_at', 'is', null)
    .returning('manifest_digest')
    .execute();
  return ended.map(({ manifest_digest }) => parseDigest(manifest_digest));
}

/** Writes one that stands, and forgets the oldest beyond what is kept. */
export async function addMark(
  query: Query,
  place: MarkPlace,
  mark: Omit<Mark, 'endedAt'> & { readonly verdictJson: string },
): Promise<void> {
  const { repositoryId: repository_id, digest } = place;
  await query
    .insertInto('mark')
    .values({
      repository_id,
      digest,
      policy: mark.policy.name,
      policy_digest: mark.policy.digest,
      result: mark.result,
      outcome: mark.outcome,
      answer: mark.answer,
      verdict_json: mark.verdictJson,
      because: mark.because,
      signer: mark.signer,
      fingerprint: mark.fingerprint,
      manifest_digest: mark.manifestDigest,
      made_at: mark.at,
      ended_at: null,
    })
    .execute();
  const oldest = await select(query, place)
    .orderBy('id', 'desc')
    .offset(limits.marksKept - 1)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined)
    await query
      .deleteFrom('mark')
      .where('digest', '=', digest)
      .where('repository_id', '=', repository_id)
      .where('id', '<', oldest.id)
      .execute();
}

function select(query: Query, { repositoryId, digest }: MarkPlace) {
  return query
    .selectFrom('mark')
    .selectAll()
    .where('digest', '=', digest)
    .where('repository_id', '=', repositoryId);
}

function toMark(row: Selectable<MarkTable>): Mark {
  return {
    policy: { name: row.policy, digest: row.policy_digest },
    result: row.result as Mark['result'],
    outcome: row.outcome as Outcome,
    answer: row.answer,
    at: row.made_at,
    because: row.because,
    signer: row.signer,
    fingerprint: row.fingerprint,
    manifestDigest: parseDigest(row.manifest_digest),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
