// How long the server takes from its start to the first good answer of /readyz: over an empty data folder, over one with
// 100,000 manifests that were pushed and not yet looked into (the worst of states), each in turn. BENCH_DATA=FOLDER
// keeps the filled folder, or takes what an earlier run has filled. Sources; the published form starts as the sources do.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, printTable } from './figure.ts';
import { startProduct } from './product.ts';
import { seed } from './seed.ts';

const MANIFESTS = 100_000;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);

const { BENCH_DATA } = process.env;
const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-startup-'));
const full = BENCH_DATA ?? join(scratch, 'full');
const empty = join(scratch, 'empty');
if (!existsSync(join(full, 'plimsoll.sqlite'))) {
  mkdirSync(full, { recursive: true });
  const tookMs = await seed({
    data: full,
    repository: 'bench/many',
    manifests: MANIFESTS,
    tagsEach: 1,
    isImage: false,
  });
  process.stdout.write(`  ${MANIFESTS} manifests pushed in ${(tookMs / 1000).toFixed(0)} s\n`);
}
const folders = [
  { name: 'an empty folder', data: empty, times: [] as number[], memory: [] as number[] },
  { name: `${MANIFESTS} manifests`, data: full, times: [] as number[], memory: [] as number[] },
];
// The first start makes the tables, or brings them up to date, and is left out.
for (let round = 0; round <= ROUNDS; round += 1)
  for (const { data, times, memory } of round % 2 === 0 ? folders : folders.toReversed()) {
    await using product = await startProduct(data);
    if (round === 0) continue;
    times.push(product.readyMs);
    memory.push(product.memoryBytes());
  }
const base = median(folders[0]?.times as number[]);
printTable(
  ['start to /readyz', 'median', 'lowest to highest', 'to an empty folder', 'memory then'],
  folders.map(({ name, times, memory }) => [
    name,
    `${median(times).toFixed(0)} ms`,
    `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`,
    (median(times) / base).toFixed(2),
    `${(median(memory) / 1e6).toFixed(0)} MB`,
  ]),
);
rmSync(scratch, { recursive: true });
