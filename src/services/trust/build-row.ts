// How images were built, as rows: one small record for each statement that says so, with how far it is proved. What a
// builder says at great length is kept by its hash, so that another value is still another.
import type { BuildRecord } from '../../engines/attest/build-record.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { findSame, type KnownIdentity, listIdentities } from './identity-row.ts';
import type { ReadBuild } from './image-proofs.ts';

/** `unproved`: signed by somebody whom nothing here proves; `unsigned`: whoever may push may have written it. */
export type BuildProof = 'proved' | 'unproved' | 'unsigned';

export interface StoredBuild {
  readonly image: Digest;
  readonly record: BuildRecord;
  readonly proof: BuildProof;
  /** Of what is proved: who signed it. */
  readonly signer?: KnownIdentity;
}

/** Writes what is new or better proved; returns whether anything was. `query` is a transaction. */
export async function recordBuilds(
  query: Query,
  repositoryId: number,
  builds: readonly ReadBuild[],
  now: number,
): Promise<boolean> {
  let isAny = false;
  for (const { image, statement, carrier, record, proof } of builds) {
    const before = await query
      .selectFrom('build_record')
      .select('proof')
      .where('repository_id', '=', repositoryId)
      .where('image_digest', '=', image)
      .where('statement', '=', statement)
      .executeTakeFirst();
    const said: BuildProof =
      proof === undefined ? 'unsigned' : proof.outcome === 'proved' ? 'proved' : 'unproved';
    if (before !== undefined && RANK[before.proof as BuildProof] >= RANK[said]) continue;
    const signer =
      proof?.outcome === 'proved'
        ? await findSame(query, repositoryId, 'provenance', proof.identity)
        : undefined;
    const row = {
      carrier_digest: carrier,
      proof: said,
      record_json: formatRecord(record),
      identity_id: signer?.id ?? null,
      seen_at: now,
    };
    await query
      .insertInto('build_record')
      .values({ repository_id: repositoryId, image_digest: image, statement, ...row })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'image_digest', 'statement']).doUpdateSet(row),
      )
      .execute();
    isAny = true;
  }
  return isAny;
}

const RANK: Readonly<Record<BuildProof, number>> = { unsigned: 0, unproved: 1, proved: 2 };

/**
 * Of each of these images that has one, the record that counts: signed by whom the owner expects, else proved, else
 * signed, else unsigned; of equal ones the first that was seen.
 */
export async function findBuilds(
  query: Query,
  repositoryId: number,
  images: readonly Digest[],
): Promise<ReadonlyMap<Digest, StoredBuild>> {
  if (images.length === 0) return new Map();
  const rows = await query
    .selectFrom('build_record')
    .select(['image_digest', 'proof', 'record_json', 'identity_id'])
    .where('repository_id', '=', repositoryId)
    .where('image_digest', 'in', images)
    .orderBy('seen_at')
    .orderBy('statement')
    .execute();
  const signers = new Map((await listIdentities(query, repositoryId)).map((one) => [one.id, one]));
  const best = new Map<Digest, StoredBuild>();
  for (const { image_digest, proof, record_json, identity_id } of rows) {
    const signer = identity_id === null ? undefined : signers.get(identity_id);
    const image = image_digest as Digest;
    const build: StoredBuild = {
      image,
      record: JSON.parse(record_json) as BuildRecord,
      proof: proof as BuildProof,
      ...(signer === undefined ? {} : { signer }),
    };
    const before = best.get(image);
    if (before === undefined || rankOf(before) < rankOf(build)) best.set(image, build);
  }
  return best;
}

export function rankOf({ proof, signer }: Pick<StoredBuild, 'proof' | 'signer'>): number {
  return signer?.state === 'confirmed' ? 3 : RANK[proof];
}

/** Of a manifest that is gone: what it carried, and what was about it. */
export async function forgetBuilds(query: Query, repositoryId: number, digest: Digest): Promise<void> {
  await query
    .deleteFrom('build_record')
    .where('repository_id', '=', repositoryId)
    .where((is) => is.or([is('image_digest', '=', digest), is('carrier_digest', '=', digest)]))
    .execute();
}

function formatRecord(record: BuildRecord): string {
  const small = {
    ...record,
    parameters: record.parameters.map(({ name, value }) => ({ name, value: shorten(value) })),
  };
  const text = JSON.stringify(small);
  if (text.length <= limits.buildRecordBytes) return text;
  const unread = [...record.unread, 'its parameters and materials are more than are kept'];
  return JSON.stringify({ ...small, parameters: [], materials: [], unread });
}

function shorten(value: string): string {
  if (value.length <= limits.buildParameterChars) return value;
  return `${value.length} characters, sha256:${hashHex('sha256', value)}`;
}
