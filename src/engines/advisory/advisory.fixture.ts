// Small feeds, records and inventories for tests: own documents in the vendors' shapes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Digest } from '../../formats/oci/digest.ts';
import { createFeedFolder } from '../../io/advisories/feed-folder.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import type { AdvisoryStore } from '../../io/advisories/store.ts';
import { buildZip } from '../../io/advisories/zip.fixture.ts';
import type { Inventory, Package } from '../sbom/inventory.ts';
import type { AdvisoryRecord } from './record.ts';

/** The moment at which tests take place. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');

/** A document by its path: bytes as they are, other values as JSON. */
export type FeedDocuments = Readonly<Record<string, unknown>>;

/** A folder of feeds, gone after the test. */
export function folderOfFeeds(t: TestContext, documents: FeedDocuments): FeedSource {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-feeds-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(documents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return createFeedFolder(folder);
}

/** An OSV dump of the given records, each under its id. */
export function zipOfRecords(records: readonly { readonly id: string }[]): Buffer {
  return buildZip(Object.fromEntries(records.map((record) => [`${record.id}.json`, JSON.stringify(record)])));
}

/** A document of Alpine's secdb. */
export function secdbOf(
  packages: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
): unknown {
  return {
    packages: Object.entries(packages).map(([name, secfixes]) => ({ pkg: { name, secfixes } })),
  };
}

/** Every feed, small and whole. */
export function allDocuments(): FeedDocuments {
  return {
    'debian/tracker.json': {
      curl: { 'CVE-2026-1': { releases: { bookworm: { status: 'open', urgency: 'high' } } } },
    },
    'alpine-secdb/v3.19/main.json': secdbOf({ zlib: { '1.3.1-r0': ['CVE-2026-2'] } }),
    'alpine-secdb/v3.19/community.json': secdbOf({}),
    'osv/Go/all.zip': zipOfRecords([osvOf('GO-2026-1', 'Go', 'example.org/a', '1.2.3')]),
    'osv/npm/all.zip': zipOfRecords([osvOf('GHSA-1', 'npm', 'lodash', '4.17.21')]),
    'osv/PyPI/all.zip': zipOfRecords([osvOf('PYSEC-1', 'PyPI', 'Flask_Login', '0.6.3')]),
    ...kevDocument({ cveID: 'CVE-2026-0001', dateAdded: '2026-01-10' }),
    ...epssDocument('2026-02-28', { 'CVE-2026-0001': '0.9,0.99' }),
  };
}

/** CISA's catalogue with these entries. */
export function kevDocument(...vulnerabilities: readonly Readonly<Record<string, unknown>>[]): FeedDocuments {
  const catalogue = { count: vulnerabilities.length, vulnerabilities };
  return { 'kev/known_exploited_vulnerabilities.json': catalogue };
}

/** FIRST's scores of a day: `score,percentile` by CVE. */
export function epssDocument(day: string, scores: Readonly<Record<string, string>>): FeedDocuments {
  const lines = Object.entries(scores).map(([cve, score]) => `${cve},${score}\n`);
  const head = `#model_version:v2025.03.14,score_date:${day}T12:55:00Z\ncve,epss,percentile\n`;
  return { 'epss/epss_scores-current.csv.gz': gzipSync(head + lines.join('')) };
}

/** An OSV record: every version below `fixed` is affected. */
export function osvOf(
  id: string,
  ecosystem: string,
  name: string,
  fixed: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
) {
  const events = [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])];
  return { id, affected: [{ package: { ecosystem, name }, ranges: [{ type: 'SEMVER', events }] }], ...more };
}

/** A record: every version below `fixed` is affected. */
export function recordOf(id: string, fixed?: string, more: Partial<AdvisoryRecord> = {}): AdvisoryRecord {
  return {
    id,
    aliases: [],
    severity: { level: 'high', by: 'test' },
    order: 'deb',
    ranges: [{ events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])] }],
    versions: [],
    ...more,
  };
}

/** A store with the given records: `scope name` -> feed -> records. */
export async function storeOf(
  feeds: Readonly<Record<string, Readonly<Record<string, readonly AdvisoryRecord[]>>>>,
  coverage: 'affected' | 'fixed-only' = 'affected',
): Promise<AdvisoryStore> {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  for (const [feed, packages] of Object.entries(feeds)) {
    const scopes = new Set<string>();
    let records = 0;
    writer.beginFeed(feed);
    for (const [key, list] of Object.entries(packages)) {
      const [scope, name] = key.split(' ') as [string, string];
      scopes.add(scope);
      for (const record of list) {
        writer.add({ feed, scope, name, id: record.id, body: JSON.stringify(record) });
        records += 1;
      }
    }
    const row = { feed, source: 'test', refreshedAt: NOW, records, sizeBytes: 1, coverage };
    await writer.endFeed({ ...row, scopes: [...scopes] });
  }
  await writer.finish();
  return shelf.open();
}

/** A package; its purl is made up from type, name and version. */
export function packageOf(
  type: Package['type'],
  name: string,
  version: string,
  more: Partial<Package> = {},
): Package {
  return {
    type,
    name,
    version,
    purl: `pkg:${type}/${name}@${version}`,
    licenses: [],
    locations: [{ path: `some/${name}`, layerDiffId: digestOf('a'), layerPosition: 1 }],
    foundBy: 'test',
    ...more,
  };
}

/** An inventory of a Debian 12 image unless `more` says otherwise. */
export function inventoryOf(packages: readonly Package[], more: Partial<Inventory> = {}): Inventory {
  return {
    schema: 1,
    digest: digestOf('b'),
    distribution: { id: 'debian', versionId: '12' },
    packages,
    layers: [],
    unknowns: [],
    fileCount: 10,
    totalBytes: 100,
    ...more,
  };
}

function digestOf(character: string): Digest {
  return `sha256:${character.repeat(64)}` as Digest;
}
