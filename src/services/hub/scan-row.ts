// The scan of one image as rows: its state and what each step saved. Every write is one transaction, so
// that a killed process leaves the state of the last whole step.
import type { Selectable } from 'kysely';
import { inventoryKeys } from '../../engines/advisory/scope.ts';
import type { Inventory } from '../../engines/sbom/inventory.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { ScanTable } from '../../io/db/tables.ts';
import type { Clock } from '../../kit/clock.ts';
import { replaceChain } from './image-chain.ts';
import { type IndexedImage, packJson } from './packed.ts';
import type { ImageReport } from './report.ts';
import { summariseReport } from './summary.ts';

export type ScanState = 'queued' | 'indexing' | 'matching' | 'judging' | 'judged' | 'failed' | 'unsupported';

export type ScanRow = Selectable<ScanTable>;

/** SQLite takes 32,766 parameters, PostgreSQL 65,535: rows of four columns stay under both. */
const ROWS_PER_INSERT = 2_000;

export interface ScanRows {
  find(digest: Digest): Promise<ScanRow | undefined>;
  /** Changes the state alone, with the layers read so far where they are given. */
  setState(digest: Digest, state: ScanState, layers?: { done: number; total: number }): Promise<void>;
  /** Ends the scan without a report: 'failed', or 'unsupported' for what is no image to run. */
  end(digest: Digest, state: 'failed' | 'unsupported', why: string): Promise<void>;
  saveIndexed(image: IndexedImage): Promise<void>;
  saveReport(report: ImageReport): Promise<void>;
}

export function createScanRows(deps: { readonly database: Database; readonly clock: Clock }): ScanRows {
  const { database, clock } = deps;
  return {
    find: (digest) =>
      database.query.selectFrom('scan').selectAll().where('digest', '=', digest).executeTakeFirst(),

    async setState(digest, state, layers) {
      const counted = layers === undefined ? {} : { layers_done: layers.done, layers_total: layers.total };
      await database.query
        .updateTable('scan')
        .set({ state, ...counted })
        .where('digest', '=', digest)
        .execute();
    },

    async end(digest, state, why) {
      await database.transaction(async (query) => {
        await query.updateTable('scan').set({ state, error: why }).where('digest', '=', digest).execute();
        await recordEnd(query, digest, clock.now());
      });
    },

    async saveIndexed(image) {
      const { digest } = image.subject;
      const inventory_zst = await packJson(image);
      const layers = image.inventory.layers.length;
      await database.transaction(async (query) => {
        await query
          .updateTable('scan')
          .set({
            state: 'matching',
            platform: image.subject.platform ?? null,
            layers_done: layers,
            layers_total: layers,
            inventory_zst,
            error: null,
            indexed_at: clock.now(),
          })
          .where('digest', '=', digest)
          .execute();
        await replacePackages(query, digest, image.inventory);
        await replaceChain(query, digest, image.subject.config.diffIds);
      });
    },

    async saveReport(report) {
      const { digest } = report.subject;
      const report_zst = await packJson(report);
      const summary = summariseReport(report);
      await database.transaction(async (query) => {
        const awaited = await query
          .selectFrom('scan')
          .select('digest')
          .where('digest', '=', digest)
          .where('state', '<>', 'judged')
          .executeTakeFirst();
        // Judging again what is judged ends nothing that somebody waits for; what failed in between does.
        if (awaited !== undefined) await recordEnd(query, digest, clock.now());
        await recordJudged(query, digest, clock.now());
        await query
          .updateTable('scan')
          .set({
            state: 'judged',
            packages: summary.packages,
            judged_packages: summary.judged,
            report_zst,
            summary_json: JSON.stringify(summary),
            error: null,
            judged_at: clock.now(),
          })
          .where('digest', '=', digest)
          .execute();
        await replaceFindings(query, digest, report);
      });
    },
  };
}

/** For those who wait for an image to be looked into: in the transaction that ends its scan. */
async function recordEnd(query: Query, digest: Digest, now: number): Promise<void> {
  const subject_json = JSON.stringify({ digest });
  await query
    .insertInto('event')
    .values({ kind: 'scan_ended', subject_json, created_at: now, dispatched_at: null })
    .execute();
}

/** For marks: each judging may have another answer than the last. */
async function recordJudged(query: Query, digest: Digest, now: number): Promise<void> {
  const subject_json = JSON.stringify({ digest });
  await query
    .insertInto('event')
    .values({ kind: 'image_judged', subject_json, created_at: now, dispatched_at: null })
    .execute();
}

async function replacePackages(query: Query, digest: Digest, inventory: Inventory): Promise<void> {
  await query.deleteFrom('scan_package').where('digest', '=', digest).execute();
  await query.deleteFrom('scan_component').where('digest', '=', digest).execute();
  const keys = inventoryKeys(inventory).map(({ scope, name }) => ({ digest, scope, name }));
  for (const rows of chunks(keys)) await query.insertInto('scan_package').values(rows).execute();
  const components = inventory.packages.map(({ type, name, version }) => ({ digest, type, name, version }));
  for (const rows of chunks(unique(components, (row) => `${row.type}\n${row.name}\n${row.version}`)))
    await query.insertInto('scan_component').values(rows).execute();
}

async function replaceFindings(query: Query, digest: Digest, report: ImageReport): Promise<void> {
  await query.deleteFrom('scan_finding').where('digest', '=', digest).execute();
  // By every name: who looks for a CVE finds it under the GHSA that a feed lists it by.
  const found = report.matching.findings.flatMap(({ id, aliases, severity }) =>
    [id, ...aliases].map((name) => ({ digest, id: name, severity })),
  );
  // Findings come most severe first: the severity kept is the worst.
  for (const rows of chunks(unique(found, (row) => row.id)))
    await query.insertInto('scan_finding').values(rows).execute();
}

/** The first of each. */
function unique<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const kept = new Map<string, T>();
  for (const row of rows) if (!kept.has(keyOf(row))) kept.set(keyOf(row), row);
  return [...kept.values()];
}

function* chunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) yield rows.slice(at, at + ROWS_PER_INSERT);
}

/** Forgets what is known of a digest: its last repository has let it go. */
export async function deleteScan(query: Query, digest: string): Promise<void> {
  for (const name of ['scan_finding', 'scan_component', 'scan_package', 'image_chain', 'scan'] as const)
    await query.deleteFrom(name).where('digest', '=', digest).execute();
}
