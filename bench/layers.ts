// What a known layer saves: image A read cold, recording, and warm; image B = A and one small layer, with A known.
// Each figure is of a fresh process, medians. `node bench/layers.ts` makes a Debian image of 640 packages from
// the machine's package sources (needs mmdebstrap, umoci, tar); `node bench/layers.ts FOLDER` keeps it there for the
// next run. Peers over the same layers in the same run: `tar -tzf`, and `umoci unpack` once.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openLayerCache } from '../src/app/layer-store.ts';
import { systemClock, systemRandom } from '../src/kit/clock.ts';
import { indexImage } from '../src/services/hub/inspect.ts';
import { median, printTable } from './figure.ts';
import { addLayer, layerFiles, makeLargeImage, must, openImage } from './large-image.ts';

const ROUNDS = 5;
const ROOM_BYTES = 1_000_000_000;

interface Round {
  readonly readMs: number;
  readonly wholeMs: number;
  readonly packages: number;
  readonly entries: number;
  readonly peakMemoryMb: number;
}

const [, script = '', given, mode, tag = '', cacheFolder = ''] = process.argv;
if (mode === 'round') await round();
else await compare();

async function round(): Promise<void> {
  await using source = await openImage(given as string, tag);
  const begun = performance.now();
  const surroundings = { clock: systemClock, random: systemRandom };
  const layers = await openLayerCache(
    cacheFolder,
    { cacheLayers: cacheFolder === '' ? 0 : ROOM_BYTES },
    surroundings,
  );
  const { inventory } = await indexImage({ source, ...(layers === undefined ? {} : { layers }) });
  const ended = performance.now();
  const figures: Round = {
    readMs: ended - begun,
    wholeMs: ended,
    packages: inventory.packages.length,
    entries: inventory.layers.reduce((sum, { entries }) => sum + entries, 0),
    peakMemoryMb: process.resourceUsage().maxRSS / 1000,
  };
  process.stdout.write(JSON.stringify(figures));
}

async function compare(): Promise<void> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'plimsoll-layers-bench-'));
  makeLargeImage(folder);
  addLayer(folder, { from: 'a', to: 'b' }, () => ({
    'srv/app/node_modules/left-pad/package.json': '{"name":"left-pad","version":"1.3.0","license":"WTFPL"}',
  }));
  const cache = join(folder, 'cache');
  const files = await layerFiles(folder, 'a');
  const steps = ['A, no cache', 'A cold, recording', 'A warm', 'B, A known'] as const;
  const rounds = new Map<string, Round[]>(steps.map((step) => [step, []]));
  const listing: number[] = [];
  for (let count = 0; count <= ROUNDS; count += 1) {
    rmSync(cache, { recursive: true, force: true });
    const ran = [
      run(folder, 'a', ''),
      run(folder, 'a', cache),
      run(folder, 'a', cache),
      run(folder, 'b', cache),
    ];
    const start = performance.now();
    for (const file of files) spawnSync('tar', ['-tzf', file], { stdio: 'ignore' });
    // The first round warms the disk's cache.
    if (count === 0) continue;
    listing.push(performance.now() - start);
    for (const [at, step] of steps.entries()) rounds.get(step)?.push(ran[at] as Round);
  }
  const unpackMs = unpack(folder);
  const peerMs = median(listing);
  const rows = steps.map((step) => {
    const all = rounds.get(step) as Round[];
    const of = (name: keyof Round): number => median(all.map((one) => one[name]));
    return [
      step,
      `${of('readMs').toFixed(0)} ms`,
      `${of('wholeMs').toFixed(0)} ms`,
      `${of('peakMemoryMb').toFixed(0)} MB`,
      (of('readMs') / peerMs).toFixed(3),
      (of('readMs') / unpackMs).toFixed(3),
    ];
  });
  rows.push(['peer: tar -tzf of A’s layers', `${peerMs.toFixed(0)} ms`, '', '', '1', '']);
  rows.push(['peer: umoci unpack of A', `${unpackMs.toFixed(0)} ms`, '', '', '', '1']);
  printTable(['', 'reading', 'with start', 'peak memory', 'to tar', 'to umoci'], rows);
  const last = rounds.get('A warm')?.at(-1);
  const records = readdirSync(cache).map((name) => statSync(join(cache, name)).size);
  process.stdout.write(
    `A has ${last?.packages} packages and ${last?.entries} entries; the records of A and B are ${(records.reduce((a, b) => a + b, 0) / 1e6).toFixed(1)} MB\n`,
  );
  if (given === undefined) rmSync(folder, { recursive: true });
}

function run(folder: string, name: string, cache: string): Round {
  return JSON.parse(must(process.execPath, [script, folder, 'round', name, cache]));
}

function unpack(folder: string): number {
  const bundle = join(folder, 'bundle');
  rmSync(bundle, { recursive: true, force: true });
  const start = performance.now();
  must('umoci', ['unpack', '--rootless', '--image', `${folder}/layout:a`, bundle]);
  const ms = performance.now() - start;
  must('rm', ['-rf', bundle]);
  return ms;
}
