// Looking into what was pushed: queued -> indexing -> matching -> judging -> judged, or failed, or
// unsupported (no image to run). Each step saves, so that a restart goes on from there; an image that
// was indexed once is never read again, only judged again when advisories or the policy change.
// Scans are of digests: an image in ten repositories is looked into once. Children of an index were pushed
// before it and are scanned as themselves, so an index needs nothing of its own.

import type { Policy } from '../../engines/policy/policy.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { LayerCache } from '../../io/images/layer-cache.ts';
import type { ImageSource } from '../../io/images/source.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { EventRoutes } from '../jobs/dispatch.ts';
import type { Queue } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { listChildManifests } from './child-manifest.ts';
import { type InspectStep, indexImage, judgeImage, whyNotRunnable } from './inspect.ts';
import { type IndexedImage, unpackIndexed } from './packed.ts';
import { createScanRows, deleteScan, type ScanRow } from './scan-row.ts';
import { createStoredLineage } from './stored-lineage.ts';
import { describeLacking, findLacking, placeKey } from './whole-image.ts';

export const scanJob = 'scan';

export interface ScanDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly shelf: AdvisoryShelf;
  readonly clock: Clock;
  /** The standard one where absent. */
  readonly policy?: Policy;
  /** What is known of layers: the base that many images share is read once. */
  readonly layers?: LayerCache;
  /** Opens a stored image; the repository is one that holds it. */
  readonly openImage: (repository: string, digest: Digest) => Promise<ImageSource>;
  /** What clients write before a repository's name here, where that is configured. */
  readonly host?: string;
}

/** What pushes and deletions lead to; for the dispatcher. */
export function createScanRoutes(deps: Pick<ScanDeps, 'queue' | 'clock'>): EventRoutes {
  return {
    manifest_pushed: (query, subject) => begin(deps, query, subject),
    // A sparse image that has become whole: as if it had been pushed now.
    manifest_completed: (query, subject) => begin(deps, query, subject),

    async manifest_deleted(query, subject) {
      const { digest } = subject;
      if (!isDigest(digest)) return;
      const left = await query
        .selectFrom('manifest')
        .select('repository_id')
        .where('digest', '=', digest)
        .limit(1)
        .executeTakeFirst();
      if (left === undefined) await deleteScan(query, digest);
      else
        await query
          .updateTable('scan')
          .set({ repository_id: left.repository_id })
          .where('digest', '=', digest)
          .execute();
    },
  };
}

/** An image is queued, unless it has been judged; what hangs on others has these judged again. */
async function begin(
  deps: Pick<ScanDeps, 'queue' | 'clock'>,
  query: Query,
  subject: JsonObject,
): Promise<void> {
  const { repository, digest } = subject;
  if (typeof repository !== 'string' || !isDigest(digest)) return;
  const manifest = await query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .select(['manifest.kind', 'manifest.repository_id', 'manifest.subject_digest'])
    .where('repository.name', '=', repository)
    .where('manifest.digest', '=', digest)
    .executeTakeFirst();
  if (manifest === undefined) return;
  await judgeAgain(deps, query, { ...manifest, digest });
  if (manifest.kind !== 'image') return;
  const { repository_id } = manifest;
  const known = await query
    .selectFrom('scan')
    .select('state')
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (known?.state === 'judged' || known?.state === 'unsupported') return;
  const fresh = { state: 'queued', repository_id, error: null, queued_at: deps.clock.now() };
  await query
    .insertInto('scan')
    .values({ digest, layers_done: 0, layers_total: 0, ...fresh })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(fresh))
    .execute();
  await deps.queue.enqueue(query, { kind: scanJob, key: digest, input: { digest } });
}

/**
 * What came may hang on images that were judged before it: an index with BuildKit's attestations for its images, a
 * referrer for its subject. Images that are still to be judged find it by themselves.
 */
async function judgeAgain(
  { queue, clock }: Pick<ScanDeps, 'queue' | 'clock'>,
  query: Query,
  pushed: { digest: Digest; kind: string; repository_id: number; subject_digest: string | null },
): Promise<void> {
  const { digest, repository_id, subject_digest } = pushed;
  const about = [
    ...(subject_digest === null ? [] : [subject_digest]),
    ...(pushed.kind === 'index' ? [digest] : []),
  ];
  if (about.length === 0) return;
  const children = await listChildManifests(query, repository_id, about);
  const scans = await query
    .selectFrom('scan')
    .select('digest')
    .where('digest', 'in', [...new Set([...about, ...children.map((row) => row.childDigest)])])
    .where('indexed_at', 'is not', null)
    .execute();
  for (const scan of scans)
    await queue.enqueue(query, {
      kind: scanJob,
      key: scan.digest,
      input: { digest: scan.digest, at: clock.now(), because: digest },
    });
}

/** Runs a scan from the state it is in: first after a push, again after advisories changed. */
export function createScanHandler(deps: ScanDeps): JobHandler {
  const rows = createScanRows(deps);
  const lineage = createStoredLineage(deps);

  async function index(row: ScanRow, digest: Digest, signal: AbortSignal): Promise<IndexedImage | undefined> {
    const repository = await findRepository(deps.database, row, digest);
    // Deleted since: there is nothing to look into, and its rows go with its deletion's event.
    if (repository === undefined) return undefined;
    await checkWhole(deps.database, repository.id, digest);
    await using source = await deps.openImage(repository.name, digest);
    const unsupported = await whyNotRunnable(source);
    if (unsupported !== undefined) {
      await rows.end(digest, 'unsupported', unsupported);
      return undefined;
    }
    const image = await indexImage({
      source,
      signal,
      attestations: 'skip',
      ...(deps.layers === undefined ? {} : { layers: deps.layers }),
      onStep: (step) => tellStep(row, digest, step),
    });
    await rows.saveIndexed(image);
    return image;
  }

  /** A report that stands stays on show while it is judged again: only the first judging tells its steps. */
  async function tellStep(row: ScanRow, digest: Digest, step: InspectStep): Promise<void> {
    if (row.report_zst !== null) return;
    const layers = step.kind === 'indexing' ? { done: step.layersDone, total: step.layersTotal } : undefined;
    await rows.setState(digest, step.kind, layers);
  }

  return {
    async run(job, signal) {
      const digest = digestOfInput(job.input);
      const row = digest === undefined ? undefined : await rows.find(digest);
      if (row === undefined || digest === undefined) return;
      const stored = row.inventory_zst === null ? undefined : await unpackIndexed(row.inventory_zst);
      const indexed = stored ?? (await index(row, digest, signal));
      if (indexed === undefined) return;
      signal.throwIfAborted();
      const subject = { ...indexed.subject, ...(await lineage.readAttested(digest)) };
      const image = { ...indexed, subject };
      const trace = () => lineage.traceForAll(subject, deps.host);
      await using advisories = await deps.shelf.open();
      const { clock, policy } = deps;
      const onStep = (step: InspectStep) => tellStep(row, digest, step);
      await rows.saveReport(
        await judgeImage({ image, advisories, clock, trace, onStep, ...(policy && { policy }) }),
      );
    },

    async giveUp(job, why) {
      const digest = digestOfInput(job.input);
      if (digest !== undefined) await rows.end(digest, 'failed', why);
    },
  };
}

function digestOfInput(input: JsonObject): Digest | undefined {
  return isDigest(input.digest) ? input.digest : undefined;
}

/**
 * `images.missing` where the repository lacks a part of the image. Asked before the layers are, since what is known of
 * a layer from another image would else stand in for one that nobody may read here.
 */
async function checkWhole(database: Database, repositoryId: number, digest: Digest): Promise<void> {
  const [blob] = (await findLacking(database.query, [{ repositoryId, digest }])).values();
  if (blob !== undefined) throw imageErrors.missing(describeLacking(blob));
}

/** A repository that holds the image, whole where there is one: the one it was first pushed to, or any. */
async function findRepository(
  database: Database,
  row: ScanRow,
  digest: Digest,
): Promise<{ readonly id: number; readonly name: string } | undefined> {
  const holders = await database.query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .select(['repository.id', 'repository.name'])
    .where('manifest.digest', '=', digest)
    .limit(20)
    .execute();
  const lacking = await findLacking(
    database.query,
    holders.map(({ id }) => ({ repositoryId: id, digest })),
  );
  const whole = holders.filter(({ id }) => !lacking.has(placeKey({ repositoryId: id, digest })));
  const able = whole.length > 0 ? whole : holders;
  return able.find((holder) => holder.id === row.repository_id) ?? able[0];
}
