// What a machine downloads to have the advisories: a published store whole, or a delta, against what the vendors'
// own documents weigh under gzip (the form in which a mirror would serve them). Feeds: BENCH_FEEDS, a folder in
// the layout of docs/reference/feeds.md. The later store differs by a share of its records, chosen evenly.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publishAdvisories } from '../src/engines/advisory/publish.ts';
import { pullAdvisories } from '../src/engines/advisory/pull.ts';
import { refreshAdvisories } from '../src/engines/advisory/refresh.ts';
import { createFeedFolder } from '../src/io/advisories/feed-folder.ts';
import { createSqliteShelf } from '../src/io/advisories/sqlite-shelf.ts';
import type { AdvisoryShelf } from '../src/io/advisories/store.ts';
import { createMemoryPlace } from '../src/io/images/memory.ts';
import { formatSize } from '../src/kit/bytes.ts';
import { systemClock, systemRandom } from '../src/kit/clock.ts';
import { printTable } from './figure.ts';

/** One record in this many is changed. */
const SHARES = [1000, 300, 30];

const feeds = process.argv[2];
if (feeds === undefined) throw new Error('usage: node bench/advisories-travel.ts FEEDS_FOLDER');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const shelfIn = (name: string): AdvisoryShelf =>
  createSqliteShelf({ folder: join(folder, name), clock: systemClock, random: systemRandom });
const rows: string[][] = [];

try {
  await measure(feeds);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printTable(['', 'bytes', 'to gzip of the documents', 'time'], rows);

async function measure(from: string): Promise<void> {
  const publisher = shelfIn('publisher');
  const outcomes = await timed(() =>
    refreshAdvisories({ shelf: publisher, source: createFeedFolder(from), clock: systemClock }),
  );
  const taken = outcomes.value.flatMap((outcome) => (outcome.kind === 'refreshed' ? [outcome.row] : []));
  const documents = taken.flatMap(({ feed }) => documentsOf(from, feed));
  const gzipBytes = documents.reduce((sum, path) => sum + weigh(path), 0);
  const records = taken.reduce((sum, row) => sum + row.records, 0);
  const row = (name: string, bytes: number, ms: number): void =>
    void rows.push([name, formatSize(bytes), (bytes / gzipBytes).toFixed(3), `${ms.toFixed(0)} ms`]);
  row(`peer: the documents, gzip (zip as it is); reading ${records} records`, gzipBytes, outcomes.ms);
  row('the store on disk', statSync(join(folder, 'publisher/advisories.sqlite')).size, 0);
  const place = createMemoryPlace();
  const first = await timed(() => publish(place, publisher));
  row('publish, whole', first.value.fullBytes, first.ms);
  const puller = shelfIn('puller');
  const whole = await timed(() => pull(place, puller));
  row('pull, whole', whole.value.bytes, whole.ms);
  for (const share of SHARES) {
    await change(publisher, share);
    const published = await timed(() => publish(place, publisher));
    const pulled = await timed(() => pull(place, puller));
    const [delta] = published.value.deltaBytes;
    const made = `publish, one record in ${share} changed`;
    if (delta === undefined) rows.push([made, 'no delta', '', `${published.ms.toFixed(0)} ms`]);
    else row(made, delta, published.ms);
    row(`pull, one record in ${share} changed (${pulled.value.kind})`, pulled.value.bytes, pulled.ms);
  }
}

async function publish(place: ReturnType<typeof createMemoryPlace>, shelf: AdvisoryShelf) {
  await using store = await shelf.open();
  const [target, previous] = [place.target('latest'), place.source('latest')];
  return await publishAdvisories({ store, target, previous, clock: systemClock });
}

function pull(place: ReturnType<typeof createMemoryPlace>, shelf: AdvisoryShelf) {
  return pullAdvisories({ shelf, source: place.source('latest'), clock: systemClock });
}

/** The same feeds a little later, every so many records with another summary. */
async function change(shelf: AdvisoryShelf, share: number): Promise<void> {
  await using store = await shelf.open();
  const packages = [...store.packages()];
  await using writer = await shelf.write();
  let count = 0;
  for (const feed of store.feeds()) {
    writer.beginFeed(feed.feed);
    for (const { scope, name } of packages)
      for (const record of store.find(scope, name)) {
        if (record.feed !== feed.feed) continue;
        count += 1;
        const body =
          count % share === 0
            ? JSON.stringify({
                ...JSON.parse(record.body),
                summary: `Changed for the ${count}th of ${share}`,
              })
            : record.body;
        writer.add({ ...record, body });
      }
    await writer.endFeed({ ...feed, refreshedAt: systemClock.now() });
  }
  await writer.finish();
}

/** The files that a feed is read from. */
function documentsOf(from: string, feed: string): string[] {
  const place = { debian: 'debian', alpine: 'alpine-secdb' }[feed];
  if (place !== undefined)
    return readdirSync(join(from, place), { recursive: true, encoding: 'utf8' })
      .map((name) => join(from, place, name))
      .filter((path) => path.endsWith('.json'));
  const ecosystem = readdirSync(join(from, 'osv')).find((name) => feed === `osv-${name.toLowerCase()}`);
  return ecosystem === undefined ? [] : [join(from, 'osv', ecosystem, 'all.zip')];
}

function weigh(path: string): number {
  const bytes = readFileSync(path);
  return path.endsWith('.zip') ? bytes.byteLength : gzipSync(bytes).byteLength;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}
