// Marks: what the instance found of a digest under its policy, signed by it and hung on the image, in each repository
// that holds it. There is one that stands for each digest; one that says something else takes its place and the one
// before is removed, so that no gate finds two answers. Issuing again what stands already writes nothing: the job that
// does it may be run at any time, and be killed at any time.
import type { Policy } from '../../engines/policy/policy.ts';
import { digestPolicy } from '../../engines/policy/policy.ts';
import { parseDigest } from '../../formats/oci/digest.ts';
import { formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { hashHex } from '../../kit/hash.ts';
import { stableJson } from '../../kit/json.ts';
import type { Access } from '../hub/access.ts';
import { product } from '../hub/access.ts';
import { listParentManifests } from '../hub/child-manifest.ts';
import type { RepositoryName } from '../hub/images.ts';
import type { Attachments } from '../registry/attachments.ts';
import { addressOf } from './instance-address.ts';
import type { InstanceTrust } from './instance-trust.ts';
import type { JudgedImage, JudgedImages } from './judged-image.ts';
import { addMark, endMarks, findMark, type Mark } from './mark-row.ts';
import { describeMark, describeVerdict, fingerprintOf, type MarkedVerdict } from './mark-statement.ts';

export interface MarkDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly version: string;
  readonly policy: Policy;
  readonly trust: InstanceTrust;
  readonly access: Pick<Access, 'grantAttach'>;
  readonly attachments: Attachments;
  readonly judgedImages: JudgedImages;
}

export interface Marks {
  /**
   * Makes the marks of this digest, and of the indexes that name it, true in every repository that holds them. Nothing
   * is signed of what is still being looked into. Throws what signing throws.
   */
  refresh(digest: string, signal: AbortSignal): Promise<void>;
  /** Another text where marks of before need to be made again: another policy, key, or address. */
  readonly generation: () => Promise<string>;
}

/** A manifest in a repository. */
interface Place {
  readonly repository: RepositoryName;
  readonly digest: string;
}

export function createMarks(deps: MarkDeps): Marks {
  const { database, clock, version, access, attachments, judgedImages, trust } = deps;
  const policy = { name: deps.policy.name, digest: digestPolicy(deps.policy) };

  async function readAuthority(): Promise<string> {
    return hashHex('sha256', await trust.readTrustedRoot());
  }

  /** Without a mark from now on: the image is gone, or is none. */
  async function end({ repository, digest }: Place): Promise<void> {
    const place = { repositoryId: repository.id, digest };
    if ((await findMark(database.query, place)) === undefined) return;
    await database.transaction((query) => replace(query, { repository, digest }));
  }

  /** Ends what stands, and takes its manifest away. */
  async function replace(query: Query, { repository, digest }: Place): Promise<void> {
    const grant = access.grantAttach(product, repository.name);
    const ended = await endMarks(query, { repositoryId: repository.id, digest }, clock.now());
    for (const manifest of ended) await attachments.drop(query, grant, manifest);
  }

  async function sign(place: Place, judged: JudgedImage, verdict: MarkedVerdict, made: Made): Promise<void> {
    const { repository, digest } = place;
    const { origin, host } = addressOf(trust);
    const now = clock.now();
    const frame = { host, repository: repository.name, verifier: origin, version, policy, now };
    const signed = await trust.signAsInstance(describeMark(judged, verdict, frame));
    const row = await readManifestRow(database.query, place);
    // Deleted since: there is nothing to hang it on.
    if (row === undefined) return;
    const { predicateType, bundle } = signed;
    const subject = { mediaType: row.media_type, digest: judged.digest, sizeBytes: row.size_bytes };
    const attachment = formatBundleReferrer({ subject, bundle, predicateType, createdAtMs: now });
    const grant = access.grantAttach(product, repository.name);
    await attachments.put(grant, attachment, async (query, manifestDigest) => {
      await replace(query, place);
      const { result, outcome, answer } = verdict;
      const verdictJson = stableJson(verdict.details);
      const said = { policy, result, outcome, answer, verdictJson, signer: origin, ...made };
      await addMark(query, { repositoryId: repository.id, digest }, { ...said, manifestDigest, at: now });
    });
  }

  async function refreshAt(place: Place): Promise<void> {
    const { repository, digest } = place;
    const judged = await judgedImages.read(repository, digest);
    if (judged === undefined || !judged.isImage) return end(place);
    // The job is asked for again at the end of each scan; what was revoked does not wait for it.
    if (judged.isPending && judged.revoked === undefined) return;
    const { origin, host } = addressOf(trust);
    const verdict = describeVerdict(judged);
    const frame = { host, repository: repository.name, verifier: origin, policy };
    const fingerprint = fingerprintOf(verdict, frame, await readAuthority());
    const stands = await findMark(database.query, { repositoryId: repository.id, digest });
    const isThere =
      stands !== undefined &&
      (await readManifestRow(database.query, { repository, digest: stands.manifestDigest })) !== undefined;
    if (isThere && stands.fingerprint === fingerprint) return;
    const because = explain(stands, isThere, { verdict, policy, signer: origin });
    await sign(place, judged, verdict, { fingerprint, because });
  }

  return {
    generation: async () =>
      hashHex('sha256', stableJson([policy, addressOf(trust).origin, await readAuthority()])),

    async refresh(digest, signal) {
      for (const place of await listPlaces(database.query, digest)) {
        signal.throwIfAborted();
        await refreshAt(place).catch(orGone);
      }
    },
  };
}

interface Made {
  readonly fingerprint: string;
  readonly because: string;
}

/** Why one is made now, in half a sentence. */
function explain(
  before: Mark | undefined,
  isThere: boolean,
  now: { readonly verdict: MarkedVerdict; readonly policy: Mark['policy']; readonly signer: string },
): string {
  if (before === undefined) return 'the first verdict';
  if (!isThere) return 'the mark was deleted';
  const { verdict, policy, signer } = now;
  if (before.policy.digest !== policy.digest) return 'the policy is another one';
  const [was, is] = [before, verdict].map(({ answer }) => answer.startsWith('Revoked: '));
  if (is && !was) return 'it was revoked';
  if (was && !is) return 'the revocation was undone';
  if (before.answer !== verdict.answer || before.outcome !== verdict.outcome)
    return 'the verdict is another one';
  if (before.signer !== signer) return 'the instance has another address';
  return 'what was found, or the instance’s keys, are not the same';
}

/** The image or its repository went away meanwhile: there is nothing to say of it. */
function orGone(error: unknown): void {
  if (!isPlimsollError(error, { kind: 'missing' })) throw error;
}

/** Where the digest is, where it still has a mark, and the indexes that name it. */
async function listPlaces(query: Query, digest: string): Promise<readonly Place[]> {
  const held = query.selectFrom('manifest').select('repository_id').where('digest', '=', digest);
  const marked = query
    .selectFrom('mark')
    .select('repository_id')
    .where('digest', '=', digest)
    .where('ended_at', 'is', null);
  const repositories = await query
    .selectFrom('repository')
    .select(['id', 'name'])
    .where('id', 'in', held.union(marked))
    .orderBy('id')
    .execute();
  const places: Place[] = [];
  for (const repository of repositories) {
    const parents = await listParentManifests(query, repository.id, [digest]);
    for (const one of new Set([digest, ...parents.map((parent) => parent.digest)]))
      places.push({ repository, digest: parseDigest(one) });
  }
  return places;
}

async function readManifestRow(query: Query, { repository, digest }: Place) {
  return query
    .selectFrom('manifest')
    .select(['media_type', 'size_bytes'])
    .where('repository_id', '=', repository.id)
    .where('digest', '=', digest)
    .executeTakeFirst();
}
