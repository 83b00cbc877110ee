// Must show: the store stays consistent whatever is killed when. Hundreds of seeded rounds of pushes, deletions,
// undeleting and collection at once, each ended by kill -9 at one change of a file or one statement of the database;
// after each the invariants of crash/invariants.ts hold. Then a failing disk, a full one, and migration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../src/formats/oci/digest.ts';
import { createFilesystemBlobStore } from '../../src/io/blobs/filesystem.ts';
import { openSqliteDatabase } from '../../src/io/db/sqlite.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createCollection } from '../../src/services/registry/collection.ts';
import { grant, openRegistry, type RegistryFixture } from '../../src/services/registry/registry.fixture.ts';
import { type Ended as EndedChild, runChild } from './crash/child.ts';
import { checkAcknowledged, checkInvariants, type Tags, type Told } from './crash/invariants.ts';
import { createRandom } from './crash/seeded.ts';

const NAMES = ['one/app', 'two/app'];
/** CRASH_ROUNDS asks for more, CRASH_SEED for another series. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 300);
const SEED = Number(process.env.CRASH_SEED ?? 1);
const workload = new URL('crash/workload.ts', import.meta.url).pathname;

type Ended = EndedChild<Told>;

const runWorkload = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  script = workload,
): Promise<Ended> => runChild<Told>(script, args, env);

async function openFolder(folder: string): Promise<RegistryFixture> {
  const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
  return openRegistry({ blobs, databaseFile: join(folder, 'plimsoll.db') });
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-crash-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Checks the folder and returns what each repository holds now. */
async function checkFolder(folder: string, before: Record<string, Tags>, ended: Ended) {
  await using registry = await openFolder(folder);
  await checkInvariants(registry);
  const after: Record<string, Tags> = {};
  for (const name of NAMES)
    after[name] = await checkAcknowledged(
      registry,
      name,
      before[name] ?? {},
      ended.lines.filter((line) => line.name === name && line.step !== undefined),
    );
  return after;
}

function countBy(items: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([item, count]) => `${item} ${count}`)
    .join('; ');
}

/** Rounds at a time, each with a folder of its own: most of a round is waiting for the disk. */
const LANES = 4;

interface Lane {
  readonly killed: string[];
  readonly steps: string[];
  rows: number;
  files: number;
}

async function runLane(number: number, rounds: number, stop: AbortController): Promise<Lane> {
  using folder = temporary();
  const random = createRandom(SEED * LANES + number);
  const lane: Lane = { killed: [], steps: [], rows: 0, files: 0 };
  let tags: Record<string, Tags> = {};
  for (let round = 0; round < rounds && !stop.signal.aborted; round += 1) {
    const env = {
      // Small numbers more often: what follows the start is seen as often as what comes late.
      CRASH_AT: String(1 + random.below(round % 3 === 0 ? 60 : 500)),
      CRASH_AFTER: random.below(2) === 0 ? '' : 'yes',
    };
    const ended = await runWorkload([folder.path, String(random.below(1e9)), '12'], env);
    const point = ended.lines.at(-1)?.killed;
    const name = `lane ${number}, round ${round}`;
    assert.equal(ended.signal ?? ended.code, point === undefined ? 0 : 'SIGKILL', name);
    if (point !== undefined) lane.killed.push(point);
    lane.steps.push(...ended.lines.filter((line) => line.phase === 'done').map((line) => line.step));
    const failed = ended.lines
      .filter((line) => line.phase === 'failed' || line.error !== undefined)
      // Its grace ended between being listed and being asked for.
      .filter((line) => line.step !== 'undelete' || !line.error?.endsWith(' is kept'));
    assert.deepEqual(failed, [], `${name}: nothing fails but by being killed`);
    try {
      tags = await checkFolder(folder.path, tags, ended);
    } catch (cause) {
      stop.abort();
      const told = ended.lines.map((line) => JSON.stringify(line)).join('\n');
      throw new Error(`${name}, seed ${SEED}: ${(cause as Error).message}\n${told}`, { cause });
    }
  }
  await using registry = await openFolder(folder.path);
  for await (const _ of registry.stores.blobs.list()) lane.files += 1;
  lane.rows = (await registry.stores.database.query.selectFrom('blob').select('digest').execute()).length;
  return lane;
}

test(`kill -9 at any step, ${ROUNDS} rounds: nothing acknowledged is lost, no row is without its blob`, async (context) => {
  const stop = new AbortController();
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, number) => runLane(number, Math.ceil(ROUNDS / LANES), stop)),
  );
  const killed = lanes.flatMap((lane) => lane.killed);
  const sum = (key: 'rows' | 'files'): number => lanes.reduce((total, lane) => total + lane[key], 0);
  assert.ok(killed.length > ROUNDS / 2);
  context.diagnostic(`${killed.length} of ${ROUNDS} rounds were killed, at: ${countBy(killed)}`);
  context.diagnostic(`acknowledged steps: ${countBy(lanes.flatMap((lane) => lane.steps))}`);
  context.diagnostic(`${sum('rows')} blobs have rows at the end, ${sum('files')} lie on disk`);
  assert.ok(sum('files') >= sum('rows'));
});

for (const code of ['EIO', 'ENOSPC'])
  test(`a disk that fails now and then with ${code}: what was answered holds, the rest can be done again`, async (context) => {
    using folder = temporary();
    const random = createRandom(SEED + 1);
    let failed = 0;
    let done = 0;
    for (let round = 0; round < 8; round += 1) {
      const env = { FAIL_EVERY: String(7 + random.below(90)), FAIL_CODE: code };
      const ended = await runWorkload([folder.path, String(random.below(1e9)), '20'], env);
      assert.equal(ended.code, 0, `round ${round}`);
      failed += ended.lines.filter((line) => line.phase === 'failed').length;
      done += ended.lines.filter((line) => line.phase === 'done').length;
      await using registry = await openFolder(folder.path);
      await checkInvariants(registry);
      for (const line of ended.lines) if (line.phase === 'done') assert.equal(line.missingBlobs ?? 0, 0);
    }
    assert.ok(failed > 10 && done > 10);
    context.diagnostic(`${failed} steps failed, ${done} were answered`);
  });

test('a full disk refuses pushes, keeps what it has, and takes pushes again once there is room', async (context) => {
  using folder = temporary();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder.path]);
  if (mounted.status !== 0) return context.skip('a small file system cannot be mounted here: needs root');
  try {
    const data = join(folder.path, 'data');
    mkdirSync(data);
    const registry = await openFolder(data);
    try {
      const kept: string[] = [];
      let refused: unknown;
      for (let at = 0; refused === undefined && at < 100; at += 1)
        await registry.pushImage('one/app', `v${at}`, [`${at} `.repeat(100_000)]).then(
          (digest) => kept.push(digest),
          (error: unknown) => {
            refused = error;
          },
        );
      assert.match(String((refused as { code?: string }).code), /^(blobs\.folder_unusable|db\.unavailable)$/);
      assert.ok(kept.length > 2);
      await checkInvariants(registry);
      // Room is made; what was refused goes through, and what is deleted makes room again.
      spawnSync('mount', ['-o', 'remount,size=12m', folder.path]);
      await registry.pushImage('one/app', 'again', ['again '.repeat(50_000)]);
      const { stores } = registry;
      await registry.manifests.delete(grant('delete', 'one/app'), kept[0] as Digest);
      const collection = createCollection(stores, { graceMs: 0, log: silentLog });
      let removed = 0;
      for (let run = 0; run < 3; run += 1) {
        stores.clock.time += 60_000;
        removed += (await collection.run(new AbortController().signal)).blobsRemoved;
      }
      assert.ok(removed >= 2);
      await checkInvariants(registry);
      context.diagnostic(`${kept.length} images fitted`);
    } finally {
      await registry[Symbol.asyncDispose]();
    }
  } finally {
    spawnSync('umount', [folder.path]);
  }
});

test('kill -9 at any statement of a migration: the next start does it whole', async (context) => {
  using folder = temporary();
  const old = join(folder.path, 'old');
  mkdirSync(old);
  {
    await using registry = await openFolder(old);
    for (let at = 0; at < 5; at += 1)
      await registry.pushImage('one/app', `v${at}`, [`layer ${at}`, 'shared']);
  }
  takeBack(join(old, 'plimsoll.db'));
  const script = join(folder.path, 'open.ts');
  const sqlite = new URL('../../src/io/db/sqlite.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { openSqliteDatabase } from ${JSON.stringify(sqlite)};\n` +
      'const database = await openSqliteDatabase(process.argv[2]);\nawait database[Symbol.asyncDispose]();\n',
  );
  /** False where the migration was over before that point. */
  async function killAt(at: number, after: string): Promise<boolean> {
    const copy = join(folder.path, `copy-${at}${after}`);
    cpSync(old, copy, { recursive: true });
    const env = { CRASH_AT: String(at), CRASH_AFTER: after, CRASH_ARMED: 'at once' };
    const ended = await runWorkload([join(copy, 'plimsoll.db')], env, script);
    await using registry = await openFolder(copy);
    await checkInvariants(registry);
    const { query } = registry.stores.database;
    assert.equal((await query.selectFrom('tag').selectAll().execute()).length, 5);
    const unproven = await query.selectFrom('blob').select('digest').where('proven_at', 'is', null).execute();
    assert.deepEqual(unproven, []);
    assert.ok((await registry.stores.blobs.stat(digestOf('shared'))) !== undefined);
    return ended.lines.at(-1)?.killed !== undefined;
  }

  let kills = 0;
  for (let at = 1, isOver = false; !isOver; at += LANES / 2) {
    const points = Array.from({ length: LANES / 2 }, (_, more) => at + more);
    const killed = await Promise.all(points.flatMap((point) => [killAt(point, ''), killAt(point, 'yes')]));
    kills += killed.filter(Boolean).length;
    isOver = killed.includes(false);
  }
  context.diagnostic(`killed at ${kills} points`);
  assert.ok(kills > 20);
});

/** The database as it was before the last change of its tables. */
function takeBack(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    drop table trash_tag; drop table trash_child; drop table trash; drop table manifest_missing;
    drop index blob_proven; drop index blob_collectable; drop index repository_blob_unused;
    alter table blob drop column collectable_at; alter table blob drop column proven_at;
    alter table blob drop column damaged_at; alter table repository_blob drop column unused_at;
    delete from schema_migration where name = '0006-collection';
  `);
  database.close();
}

test('a database that a test took back opens as it would from an earlier version', async () => {
  using folder = temporary();
  const file = join(folder.path, 'plimsoll.db');
  await (await openSqliteDatabase(file))[Symbol.asyncDispose]();
  takeBack(file);
  await using database = await openSqliteDatabase(file);
  await assert.doesNotReject(database.ping());
});
