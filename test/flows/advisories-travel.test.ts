// Promise: a machine that reaches nothing but this instance pulls its advisories without a login and inspects with
// them; after a refresh that changed one record, the pull takes a delta, not the whole.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { createCliWorld } from '../../src/app/cli-world.ts';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { runCli } from '../../src/entry/cli/run.ts';
import type { Home, RepositoryList } from '../../src/entry/http/contract.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import { hashHex } from '../../src/kit/hash.ts';
import { silentLog } from '../../src/kit/log.ts';
import { type DebianRecords, debianRecords, writeDebianFeed } from '../world/feeds.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';

const PLACE = 'plimsoll/advisories';
/** Enough that a delta is small beside it. */
const many: DebianRecords = Object.fromEntries(
  Array.from({ length: 300 }, (_, at) => [
    `source-${at}`,
    { [`CVE-2026-${hashHex('sha256', `${at}`)}`]: `${at}` },
  ]),
);

let world: ProductWorld;
let wire: Server & { counted: number };
const folder = temporaryFolder();

before(async () => {
  world = await bootProduct({ flags: [['--advisories-publish', 'on']] });
  writeDebianFeed(world.feeds, { ...many, ...debianRecords });
  wire = await countingProxy(new URL(world.url));
});
after(async () => {
  wire.close();
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Stands before the product and counts the bytes of its answers' bodies. */
async function countingProxy(to: URL): Promise<Server & { counted: number }> {
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = forward({ host: to.hostname, port: to.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        counting.counted += chunk.byteLength;
      });
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  const counting = Object.assign(server, { counted: 0 });
  counting.listen(0, '127.0.0.1');
  await new Promise((resolve) => counting.once('listening', resolve));
  return counting;
}

/** A command on the second machine: a folder of its own, no login, no feeds but what it pulls. */
async function cli(...argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) =>
    Object.assign(Object.create(null), {
      write: (text: string) => {
        written[name] += text;
        return true;
      },
    }) as NodeJS.WritableStream;
  const controller = new AbortController();
  const exitCode = await runCli(
    argv,
    createCliWorld({
      config: await readConfig(new Map(), {}),
      places: readPlaces({ HOME: folder.path }),
      surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '0.0.0' },
      signal: controller.signal,
      stdin: Readable.from([]),
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      serve: async () => 1,
    }),
  );
  return { exitCode, ...written };
}

const published = () =>
  world.rows(
    `select digest from tag join repository on repository.id = repository_id
  where repository.name = ? and tag.name = 'latest'`,
    PLACE,
  )[0]?.digest;

/** Pulls as the second machine does, and says how many bytes came. */
async function pull() {
  wire.counted = 0;
  const { port } = wire.address() as AddressInfo;
  const ended = await cli('advisories', 'pull', `127.0.0.1:${port}/${PLACE}`);
  return { ...ended, bytes: wire.counted };
}

let wholeBytes = 0;

test('what is refreshed can be pulled by anybody, and judges an image where nothing else is reached', async () => {
  await world.refresh();
  await until(async () => published(), 'the published advisories');
  const { exitCode, stdout, stderr, bytes } = await pull();
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.match(stderr, /, whole, .*: 7 feeds, /);
  wholeBytes = bytes;
  await world.push('team/app', '1', debianImage(['openssl 3.0.11-1']));
  const inspected = await cli('inspect', `${world.host}/team/app:1`, '--format', 'json', '--quiet');
  const report = JSON.parse(inspected.stdout) as { matching: { findings: { id: string }[] } };
  assert.deepEqual(
    report.matching.findings.map(({ id }) => id),
    ['CVE-2026-0101'],
  );
});

test('after a refresh that changed one record, a delta comes: a part of the bytes', async () => {
  const before = published();
  writeDebianFeed(world.feeds, { ...many, ...debianRecords, openssl: { 'CVE-2026-0909': undefined } });
  await world.refresh();
  await until(async () => (published() === before ? undefined : true), 'the new advisories');
  const { exitCode, stderr, bytes } = await pull();
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /, a delta, /);
  assert.ok(bytes * 2 < wholeBytes, `${bytes} of ${wholeBytes}`);
  const inspected = await cli('inspect', `${world.host}/team/app:1`, '--format', 'json', '--quiet');
  assert.match(inspected.stdout, /CVE-2026-0909/);
  assert.match((await pull()).stderr, /^The store here is the one of /);
});

test('the manifest of before is gone once the tag has moved on', async () => {
  const rows = () =>
    world.rows(
      'select digest from manifest join repository on repository.id = repository_id where name = ?',
      PLACE,
    );
  await until(async () => (rows().length === 1 ? true : undefined), 'one manifest alone');
  assert.equal(rows()[0]?.digest, published());
});

test('the artifact is no image: no list shows it, none waits for its scan, its page says what it is', async () => {
  const home = await world.get<Home>('/api/v1/home');
  assert.deepEqual(
    home.newest.map(({ repository }) => repository),
    ['team/app'],
  );
  assert.equal(home.totals.repositories, 1);
  const { repositories } = await world.get<RepositoryList>('/api/v1/repositories');
  assert.deepEqual(
    repositories.map(({ name }) => name),
    ['team/app'],
  );
  const detail = await world.untilScanned(PLACE, 'latest');
  assert.equal(detail.scan.state, 'unsupported');
});

test('nobody else pushes under plimsoll/, administrators neither', async () => {
  const bearer = await world.token(`repository:${PLACE}:pull,push`);
  const answer = await world.send('POST', `/v2/${PLACE}/blobs/uploads/`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /admin may not push in plimsoll\/advisories/);
});

test('with advisories.publish off nothing is published', async () => {
  using own = temporaryFolder();
  await using off = await bootProduct({ folder: own.path, flags: [['--advisories-publish', 'off']] });
  writeDebianFeed(off.feeds, debianRecords);
  await off.refresh();
  assert.deepEqual(off.rows(`select kind from job where kind = 'publish-advisories'`), []);
  assert.equal((await off.send('GET', `/v2/${PLACE}/manifests/latest`)).status, 404);
});

test('a publishing that is done again after a lost blob mends the artifact', async () => {
  const [layer] = world.rows(
    `select child_digest from manifest_child where digest = ? and role = 'layer' and position = 0`,
    published() as string,
  );
  rmSync(world.blobFile(layer?.child_digest as string));
  rmSync(join(folder.path, '.cache'), { recursive: true });
  assert.equal((await pull()).exitCode, 3);
  const before = published();
  writeDebianFeed(world.feeds, { ...many, ...debianRecords });
  await world.refresh();
  await until(async () => (published() === before ? undefined : true), 'the new advisories');
  assert.match((await pull()).stderr, /, whole, /);
});
