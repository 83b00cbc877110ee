// Rows of lists: a tag with what is known of the image behind it. A page of any length costs five queries.
// An index is shown by one of its platforms: linux/amd64 where it has that, else its first.
import type { Query } from '../../io/db/database.ts';
import type { ReportSummary } from './report.ts';
import type { ScanState } from './scan-row.ts';
import { describeLacking, findLacking, placeKey } from './whole-image.ts';

export interface ScanProgress {
  readonly state: ScanState;
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly error?: string;
  readonly judgedAt?: number;
}

export interface ImageRow {
  readonly repository: string;
  readonly tag?: string;
  /** What the tag names: an index or an image. */
  readonly digest: string;
  readonly pushedAt: number;
  /** Of runnable images whose platform is known by now. */
  readonly platforms: readonly string[];
  readonly scan: ScanProgress;
  readonly summary?: ReportSummary;
}

/** A tag, or a digest without one, as a query found it. */
export interface TagHit {
  readonly repositoryId: number;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly pushedAt: number;
}

/** One image's scan, as lists and pages show it. */
export interface ScanHit {
  readonly digest: string;
  readonly platform?: string;
  readonly scan: ScanProgress;
  readonly summary?: ReportSummary;
}

const WAITING: ScanProgress = Object.freeze({ state: 'queued', layersDone: 0, layersTotal: 0 });
const SHOWN_FIRST = 'linux/amd64';

/** Fills hits, in their order. */
export async function loadImageRows(query: Query, hits: readonly TagHit[]): Promise<readonly ImageRow[]> {
  const children = await loadChildren(query, hits);
  const digests = new Set([...hits.map((hit) => hit.digest), ...[...children.values()].flat()]);
  const scans = await loadScans(query, [...digests]);
  const imagesOf = (hit: TagHit): readonly string[] =>
    children.get(`${hit.repositoryId} ${hit.digest}`) ?? [hit.digest];
  const lacking = await findLacking(
    query,
    hits.flatMap((hit) => imagesOf(hit).map((digest) => ({ repositoryId: hit.repositoryId, digest }))),
  );
  return hits.map((hit) => {
    const { repositoryId, ...row } = hit;
    const images = imagesOf(hit).map((digest): ScanHit => {
      const blob = lacking.get(placeKey({ repositoryId, digest }));
      if (blob === undefined) return scans.get(digest) ?? { digest, scan: WAITING };
      return { digest, scan: { ...WAITING, state: 'failed', error: describeLacking(blob) } };
    });
    const runnable = images.filter((image) => image.scan.state !== 'unsupported');
    const shown = chooseShown(runnable) ?? images[0];
    return {
      ...row,
      platforms: runnable.flatMap(({ platform }) => (platform === undefined ? [] : [platform])),
      // An index of nothing: there is nothing to wait for.
      scan: shown?.scan ?? { ...WAITING, state: 'unsupported' as const, error: 'the index names no image' },
      ...(shown?.summary === undefined ? {} : { summary: shown.summary }),
    };
  });
}

export function chooseShown<T extends { readonly platform?: string | undefined }>(
  images: readonly T[],
): T | undefined {
  return images.find((image) => image.platform === SHOWN_FIRST) ?? images[0];
}

/** Scans by digest; a digest that was never queued is absent. */
export async function loadScans(
  query: Query,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ScanHit>> {
  if (digests.length === 0) return new Map();
  const rows = await query
    .selectFrom('scan')
    .select([
      'digest',
      'state',
      'platform',
      'layers_done',
      'layers_total',
      'summary_json',
      'error',
      'judged_at',
    ])
    .where('digest', 'in', digests)
    .execute();
  return new Map(
    rows.map((row) => [
      row.digest,
      {
        digest: row.digest,
        ...(row.platform === null ? {} : { platform: row.platform }),
        scan: {
          state: row.state as ScanState,
          layersDone: row.layers_done,
          layersTotal: row.layers_total,
          ...(row.error === null ? {} : { error: row.error }),
          ...(row.judged_at === null ? {} : { judgedAt: row.judged_at }),
        },
        ...(row.summary_json === null ? {} : { summary: JSON.parse(row.summary_json) as ReportSummary }),
      },
    ]),
  );
}

/** Child images of those hits that are an index, by repository and digest. */
async function loadChildren(
  query: Query,
  hits: readonly TagHit[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (hits.length === 0) return new Map();
  const repositories = [...new Set(hits.map((hit) => hit.repositoryId))];
  const digests = [...new Set(hits.map((hit) => hit.digest))];
  const indexes = await query
    .selectFrom('manifest')
    .select(['repository_id', 'digest'])
    .where('repository_id', 'in', repositories)
    .where('digest', 'in', digests)
    .where('kind', '=', 'index')
    .execute();
  const children = new Map<string, string[]>(
    indexes.map((row) => [`${row.repository_id} ${row.digest}`, []] as const),
  );
  if (children.size === 0) return children;
  const rows = await query
    .selectFrom('manifest_child')
    .select(['repository_id', 'digest', 'child_digest'])
    .where('repository_id', 'in', repositories)
    .where(
      'digest',
      'in',
      indexes.map((row) => row.digest),
    )
    .where('role', '=', 'manifest')
    .orderBy('position')
    .execute();
  for (const row of rows) children.get(`${row.repository_id} ${row.digest}`)?.push(row.child_digest);
  return children;
}
