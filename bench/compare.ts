// How long `plimsoll compare` of two images of 640 packages takes that differ in one new layer, as a whole process:
// with nothing known, with the image before the change known (what a CI job has that keeps the cache of layers), and
// with both. `node bench/compare.ts FEEDS` makes the images from the machine's package sources (needs mmdebstrap,
// umoci, tar) and the advisory store from a folder of feeds; a second argument keeps them there for the next run.
// Published form and sources; the peer in the same rounds is `tar -tzf` of both images' layers, each once.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { root } from '../test/house.ts';
import { median, printTable } from './figure.ts';
import { addLayer, hasTag, layerFiles, makeLargeImage, must } from './large-image.ts';

const ROUNDS = 5;
const STATES = ['nothing known', 'base known', 'both known'] as const;
/** Of the new layer's npm packages; the registry's most installed, in versions that have advisories. */
const ADDED: Readonly<Record<string, string>> = {
  lodash: '4.17.15',
  minimist: '1.2.0',
  axios: '0.21.0',
  ws: '7.4.0',
  'node-fetch': '2.6.0',
  semver: '5.7.0',
  'follow-redirects': '1.13.0',
  'path-parse': '1.0.6',
};
/** Of the base's Debian packages; the new layer has ones a revision older, as from a stale mirror. */
const CHANGED = ['libssl3', 'openssl', 'libexpat1', 'curl', 'libcurl4', 'zlib1g'];

interface Form {
  readonly name: string;
  readonly args: readonly string[];
}

const [, , feeds, given] = process.argv;
if (feeds === undefined) throw new Error('usage: node bench/compare.ts FEEDS_FOLDER [FOLDER]');
const folder = given ?? mkdtempSync(join(tmpdir(), 'plimsoll-compare-bench-'));
const published = mkdtempSync(join(tmpdir(), 'plimsoll-published-'));
const image = (tag: string): string => `oci:${folder}/layout:${tag}`;
const env = (cache: string) => ({
  NO_COLOR: '1',
  XDG_CACHE_HOME: join(folder, cache),
  PLIMSOLL_ADVISORIES: join(folder, 'advisories'),
});

try {
  await makeImages();
  makeStore(feeds);
  await measure();
} finally {
  rmSync(published, { recursive: true });
  if (given === undefined) rmSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  const forms = chooseForms();
  const wants = forms.flatMap((form) => STATES.map((state) => ({ form, state })));
  const times = new Map<string, number[]>(wants.map((want) => [keyOf(want), []]));
  const listing: number[] = [];
  const phases: Record<string, number>[] = [];
  const files = new Set([...(await layerFiles(folder, 'main')), ...(await layerFiles(folder, 'pr'))]);
  for (const form of forms) {
    rmSync(join(folder, 'known', form.name), { recursive: true, force: true });
    must(
      process.execPath,
      [...form.args, 'inspect', '-q', '--offline', image('main')],
      env(`known/${form.name}`),
    );
  }
  for (let count = 0; count <= ROUNDS; count += 1) {
    for (const want of wants) {
      const ms = compareOnce(want.form, want.state);
      // The first round fills the compile cache and the disk's.
      if (count > 0) times.get(keyOf(want))?.push(ms);
    }
    const start = performance.now();
    for (const file of files) spawnSync('tar', ['-tzf', file], { stdio: 'ignore' });
    if (count > 0) listing.push(performance.now() - start);
    const inside = readPhases(forms.at(-1) as Form);
    if (count > 0) phases.push(inside);
  }
  const peerMs = median(listing);
  const rows = wants.map((want) => {
    const all = times.get(keyOf(want)) as number[];
    return [keyOf(want), seconds(median(all)), range(all), (median(all) / peerMs).toFixed(2)];
  });
  rows.push(['peer: tar -tzf of both images’ layers, each once', seconds(peerMs), range(listing), '1']);
  printTable(['plimsoll compare, whole process', 'median', 'lowest to highest', 'to tar'], rows);
  printTable(
    ['sources, base known, from the inside', 'median'],
    Object.keys(phases[0] as object).map((name) => [
      name,
      `${median(phases.map((one) => one[name] as number)).toFixed(0)} ms`,
    ]),
  );
  printFacts(forms[0] as Form);
}

/** The base known, in a process of its own. */
function readPhases(form: Form): Record<string, number> {
  prepareCache(form, 'base known');
  const cache = join(folder, 'cache/plimsoll/layers');
  return JSON.parse(must(process.execPath, [join(root, 'bench/compare-phases.ts'), folder, cache]));
}

function prepareCache(form: Form, state: (typeof STATES)[number]): void {
  const cache = join(folder, 'cache');
  if (state !== 'both known') rmSync(cache, { recursive: true, force: true });
  if (state === 'base known') cpSync(join(folder, 'known', form.name), cache, { recursive: true });
}

/** The cache of layers is what the state says, then one comparison as a whole process. */
function compareOnce(form: Form, state: (typeof STATES)[number]): number {
  prepareCache(form, state);
  const file = join(folder, 'compared.md');
  rmSync(file, { force: true });
  const words = ['compare', '-q', '--offline', image('pr'), '--to', image('main'), '--format', 'markdown'];
  const start = performance.now();
  must(process.execPath, [...form.args, ...words, '-o', file], env('cache'));
  const ms = performance.now() - start;
  if (!readFileSync(file, 'utf8').includes('lodash')) throw new Error(`${file} does not tell what is new`);
  return ms;
}

function printFacts(form: Form): void {
  const words = ['compare', '-q', '--offline', image('pr'), '--to', image('main'), '--format', 'json'];
  const { after, packages, findings } = JSON.parse(
    must(process.execPath, [...form.args, ...words], env('cache')),
  );
  const total = Object.values(after.findings as Record<string, number>).reduce((sum, one) => sum + one, 0);
  const store = statSync(join(folder, 'advisories/advisories.sqlite')).size / 1e6;
  process.stdout.write(
    `After the change ${after.packages} packages and ${total} findings; ${packages.changes.length} packages differ, ` +
      `${findings.introduced.length} findings are new; the store of advisories has ${store.toFixed(1)} MB\n`,
  );
}

/** `main`: the large image, which names its base. `pr`: one layer more. */
async function makeImages(): Promise<void> {
  makeLargeImage(folder);
  if (!hasTag(folder, 'main'))
    must('umoci', [
      ...['config', '--image', `${folder}/layout:a`, '--tag', 'main'],
      ...['--manifest.annotation', 'org.opencontainers.image.base.name=docker.io/library/debian:bookworm'],
    ]);
  const [lowest = ''] = await layerFiles(folder, 'main');
  addLayer(folder, { from: 'main', to: 'pr' }, () => ({
    'var/lib/dpkg/status': age(must('tar', ['-xzOf', lowest, './var/lib/dpkg/status'])),
    ...Object.fromEntries(
      Object.entries(ADDED).map(([name, version]) => [
        `srv/app/node_modules/${name}/package.json`,
        JSON.stringify({ name, version, license: 'MIT' }),
      ]),
    ),
  }));
}

function age(status: string): string {
  return status
    .split('\n\n')
    .map((stanza) => {
      const name = /^Package: (.*)$/m.exec(stanza)?.[1] ?? '';
      return CHANGED.includes(name) ? stanza.replace(/^Version: .*$/m, '$&~1') : stanza;
    })
    .join('\n\n');
}

function makeStore(from: string): void {
  if (existsSync(join(folder, 'advisories/advisories.sqlite'))) return;
  const words = ['advisories', 'refresh', '--from', from];
  must(process.execPath, [join(root, 'bin/plimsoll.js'), ...words], env('cache'));
}

/** The published form as npm lays it out: no sources beside the emitted JavaScript; left out where it is not built. */
function chooseForms(): readonly Form[] {
  const fromSources = { name: 'sources', args: [join(root, 'bin/plimsoll.js')] };
  if (!existsSync(join(root, 'dist/lib'))) {
    process.stdout.write('The published form is left out: npm run build first\n');
    return [fromSources];
  }
  for (const path of ['bin', 'dist', 'package.json', 'node_modules'].map((name) => join(root, name)))
    symlinkSync(path, join(published, basename(path)));
  const args = ['--preserve-symlinks', '--preserve-symlinks-main', join(published, 'bin/plimsoll.js')];
  return [{ name: 'published', args }, fromSources];
}

function keyOf({ form, state }: { readonly form: Form; readonly state: string }): string {
  return `${form.name}, ${state}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function range(all: readonly number[]): string {
  return `${seconds(Math.min(...all))} to ${seconds(Math.max(...all))}`;
}
