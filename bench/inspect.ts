// Where `inspect` spends its time, phase by phase, with peak memory: an OCI layout given as argument, e.g.
// `node bench/inspect.ts oci:/tmp/debian:12`. Each round runs in a fresh process, since a second one in the same
// process would find warm code; prints medians. The peer for reading is `tar -tzf` over the same layers.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { digestHex } from '../src/formats/oci/digest.ts';
import { parseManifest } from '../src/formats/oci/manifest.ts';
import { parseReference } from '../src/formats/oci/reference.ts';
import { createSqliteShelf } from '../src/io/advisories/sqlite-shelf.ts';
import { openLayoutSource } from '../src/io/images/layout.ts';
import { systemClock, systemRandom } from '../src/kit/clock.ts';
import { indexImage, judgeImage } from '../src/services/hub/inspect.ts';
import { median, printTable } from './figure.ts';

const ROUNDS = 7;
const [, script, image, advisories, mode] = process.argv;
if (script === undefined || image === undefined || advisories === undefined)
  throw new Error('usage: node bench/inspect.ts oci:FOLDER:TAG ADVISORIES_FOLDER');
const reference = parseReference(image);
if (reference.kind !== 'oci-layout') throw new Error('the image must be an OCI layout');
if (mode === 'round') await round();
else await compare();

async function round(): Promise<void> {
  const begun = performance.now();
  await using source = await openLayoutSource(reference as never);
  const opened = performance.now();
  const indexed = await indexImage({ source });
  const indexedAt = performance.now();
  await using store = await createSqliteShelf({
    folder: advisories as string,
    clock: systemClock,
    random: systemRandom,
  }).open();
  const report = await judgeImage({ image: indexed, advisories: store, clock: systemClock });
  const judged = performance.now();
  process.stdout.write(
    JSON.stringify({
      'load the program': begun,
      'open the image': opened - begun,
      'read layers, find packages': indexedAt - opened,
      'match and judge': judged - indexedAt,
      'peak memory': process.resourceUsage().maxRSS / 1000,
      packages: report.inventory.packages.length,
      findings: report.matching.findings.length,
    }),
  );
}

async function compare(): Promise<void> {
  const rounds: Record<string, number>[] = [];
  const peer: number[] = [];
  const layers = await layerFiles();
  for (let count = 0; count <= ROUNDS; count += 1) {
    const ran = spawnSync(
      process.execPath,
      [script as string, image as string, advisories as string, 'round'],
      { encoding: 'utf8' },
    );
    if (ran.status !== 0) throw new Error(ran.stderr);
    const start = performance.now();
    for (const file of layers) spawnSync('tar', ['-tzf', file], { stdio: 'ignore' });
    // The first round warms the disk's cache.
    if (count === 0) continue;
    peer.push(performance.now() - start);
    rounds.push(JSON.parse(ran.stdout));
  }
  const names = Object.keys(rounds[0] as object);
  const rows = names.map((name) => [
    name,
    `${median(rounds.map((one) => one[name] as number)).toFixed(0)}${unitOf(name)}`,
  ]);
  rows.push(['peer: tar -tzf of the layers', `${median(peer).toFixed(0)} ms`]);
  const reading = rounds.map(
    (one, position) => (one['read layers, find packages'] as number) / (peer[position] as number),
  );
  rows.push(['ratio, ours : tar -tzf', median(reading).toFixed(2)]);
  printTable(['', 'median'], rows);
}

async function layerFiles(): Promise<string[]> {
  const layout = reference as { folder: string };
  await using source = await openLayoutSource(reference as never);
  const root = await source.root();
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  if (manifest.kind !== 'image') throw new Error('the layout must hold one image');
  return manifest.layers.map((layer) => join(layout.folder, 'blobs/sha256', digestHex(layer.digest)));
}

function unitOf(name: string): string {
  if (name === 'packages' || name === 'findings') return '';
  return name === 'peak memory' ? ' MB' : ' ms';
}
