// Signatures that were seen, as rows, and what follows from each: the first that is proved is proposed to the owner,
// one by whoever was learned is counted, and any other is unexpected and told. What is not proved is kept as that, and
// nobody is learned from it. Writing the same again changes and tells nothing.
import { describeIdentity, tellApart } from '../../engines/verify/learned-identity.ts';
import type { Proof } from '../../engines/verify/prove-bundle.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import { productActor } from '../hub/audit.ts';
import type { RepositoryName } from '../hub/images.ts';
import { recordEvents } from '../registry/event.ts';
import {
  addIdentity,
  countImage,
  findSame,
  type IdentityUse,
  type KnownIdentity,
  listIdentities,
  setState,
} from './identity-row.ts';
import type { ProvedSignature } from './image-proofs.ts';

export interface UnprovedSignature {
  readonly use: IdentityUse;
  readonly subject: Digest;
  readonly carrier: Digest;
  readonly outcome: 'failed' | 'unknown';
  readonly why: string;
  /** Epoch milliseconds. */
  readonly seenAt: number;
}

/** `query` is a transaction. */
export async function recordSightings(
  query: Query,
  home: RepositoryName,
  signatures: readonly ProvedSignature[],
  now: number,
): Promise<void> {
  for (const one of onePerSignature(signatures)) await recordOne(query, home, one, now);
}

/** A signature of a manifest proves each statement in it: it counts once, for the best that it proves. */
function onePerSignature(signatures: readonly ProvedSignature[]): readonly ProvedSignature[] {
  const best = new Map<string, ProvedSignature>();
  for (const one of signatures) {
    const key = `${one.subject} ${one.signature}`;
    const before = best.get(key);
    if (before === undefined || (before.proof.outcome !== 'proved' && one.proof.outcome === 'proved'))
      best.set(key, one);
  }
  return [...best.values()];
}

async function recordOne(
  query: Query,
  home: RepositoryName,
  one: ProvedSignature,
  now: number,
): Promise<void> {
  const { proof, subject, signature, carrier, use } = one;
  const before = await findSighting(query, home.id, one);
  // What was proved stays so, unless it is known to be wrong by now.
  if (before?.outcome === proof.outcome || (before?.outcome === 'proved' && proof.outcome === 'unknown'))
    return;
  const identityId =
    proof.outcome === 'proved'
      ? await recordIdentity(query, home, { ...one, proof }, now)
      : before?.identity_id;
  const said = {
    carrier_digest: carrier,
    use,
    outcome: proof.outcome,
    why: proof.outcome === 'proved' ? null : proof.why.slice(0, limits.sentinelWhyChars),
    identity_id: identityId ?? null,
    signed_at: proof.outcome === 'proved' ? (proof.signedAt?.getTime() ?? null) : null,
    seen_at: now,
  };
  await query
    .insertInto('signature_sighting')
    .values({ repository_id: home.id, subject_digest: subject, signature, ...said })
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'subject_digest', 'signature']).doUpdateSet(said),
    )
    .execute();
}

/** Learns, counts or tells of whoever signed. */
async function recordIdentity(
  query: Query,
  home: RepositoryName,
  { use, subject, proof }: ProvedSignature & { readonly proof: Extract<Proof, { outcome: 'proved' }> },
  now: number,
): Promise<number> {
  const { identity } = proof;
  const known = await findSame(query, home.id, use, identity);
  const learned = (await listIdentities(query, home.id)).filter((one) => one.use === use && isLearned(one));
  const state = known?.state === 'confirmed' || known?.state === 'proposed' ? known.state : undefined;
  const next = state ?? (known === undefined && learned.length === 0 ? 'proposed' : 'unexpected');
  const id = known?.id ?? (await addIdentity(query, home.id, { use, identity, state: next, now }));
  if (known !== undefined && known.state !== next) await setState(query, id, next);
  const isNewImage = (await findSigned(query, id, subject)) === undefined;
  if (!isNewImage) return id;
  await countImage(query, id, subject, now);
  const about = { repository: home.name, digest: subject, use, identity: describeIdentity(identity) };
  if (known === undefined && next === 'proposed')
    await recordEvents(query, productActor, [{ kind: 'identity_learned', ...about }], now);
  if (next === 'unexpected') {
    const differences = tellApart(
      learned.map((one) => one.identity),
      identity,
    );
    const isConfirmed = learned.some((one) => one.state === 'confirmed');
    const event = { kind: 'signature_unexpected', ...about, differences, isConfirmed } as const;
    await recordEvents(query, productActor, [event], now);
  }
  return id;
}

function isLearned({ state }: KnownIdentity): boolean {
  return state === 'confirmed' || state === 'proposed';
}

async function findSighting(query: Query, repositoryId: number, { subject, signature }: ProvedSignature) {
  return query
    .selectFrom('signature_sighting')
    .select(['outcome', 'identity_id'])
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '=', subject)
    .where('signature', '=', signature)
    .executeTakeFirst();
}

async function findSigned(query: Query, identityId: number, subject: Digest) {
  return query
    .selectFrom('signature_sighting')
    .select('signature')
    .where('identity_id', '=', identityId)
    .where('subject_digest', '=', subject)
    .limit(1)
    .executeTakeFirst();
}

/** The last seen first, at most `limits.unprovedSignatures`. */
export async function listUnproved(
  query: Query,
  repositoryId: number,
): Promise<readonly UnprovedSignature[]> {
  const rows = await query
    .selectFrom('signature_sighting')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('outcome', '!=', 'proved')
    .orderBy('seen_at', 'desc')
    .orderBy('signature')
    .limit(limits.unprovedSignatures)
    .execute();
  return rows.map(({ use, subject_digest, carrier_digest, outcome, why, seen_at }) => ({
    use: use as IdentityUse,
    subject: subject_digest as Digest,
    carrier: carrier_digest as Digest,
    outcome: outcome as UnprovedSignature['outcome'],
    why: why ?? '',
    seenAt: seen_at,
  }));
}

/** Of a manifest that is gone: what it carried, and what was about it. */
export async function forgetSightings(query: Query, repositoryId: number, digest: Digest): Promise<void> {
  await query
    .deleteFrom('signature_sighting')
    .where('repository_id', '=', repositoryId)
    .where((is) => is.or([is('subject_digest', '=', digest), is('carrier_digest', '=', digest)]))
    .execute();
}
