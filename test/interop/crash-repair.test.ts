// Must show: a repair that is killed at any change of a file or any statement of the database has repaired the blob
// wholly or not at all. No wrong byte is ever named by a sound row, and the next try ends the work.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../src/formats/oci/digest.ts';
import { createFilesystemBlobStore } from '../../src/io/blobs/filesystem.ts';
import { limits } from '../../src/kit/limits.ts';
import { openRegistry, type RegistryFixture } from '../../src/services/registry/registry.fixture.ts';
import { runChild } from './crash/child.ts';
import { checkInvariants } from './crash/invariants.ts';
import { runRepairs } from './crash/repair-run.ts';

const workload = new URL('crash/repair-workload.ts', import.meta.url).pathname;
/** Rounds at a time: most of a round is waiting for the disk. */
const LANES = 4;

interface Told {
  readonly digest: Digest;
  readonly kind: string;
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-crash-repair-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function openFolder(folder: string): Promise<RegistryFixture> {
  const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
  return openRegistry({ blobs, databaseFile: join(folder, 'plimsoll.db') });
}

function fileOf(folder: string, digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  return join(folder, 'blobs', 'sha256', hex.slice(0, 2), hex);
}

/** Before anything is repaired again: what a row calls sound has its bytes, what was said to be repaired is. */
async function checkHonest(
  { stores }: RegistryFixture,
  found: ReadonlySet<string>,
  repaired: readonly Digest[],
): Promise<void> {
  const rows = await stores.database.query.selectFrom('blob').select(['digest', 'damaged_at']).execute();
  for (const { digest, damaged_at } of rows) {
    // Not found damaged yet when it was killed.
    if (damaged_at !== null || found.has(digest)) continue;
    assert.equal(digestOf(await stores.blobs.readAll(digest as Digest, 1e6)), digest);
  }
  for (const digest of repaired) assert.equal(rows.find((row) => row.digest === digest)?.damaged_at, null);
}

test('kill -9 at any step of finding damage and repairing it from a mirror: wholly repaired or not at all', async (context) => {
  using place = temporary();
  const [sound, damaged] = ['sound', 'damaged'].map((name) => join(place.path, name)) as [string, string];
  mkdirSync(sound);
  let manifest: Digest;
  {
    await using registry = await openFolder(sound);
    manifest = await registry.pushImage('one/app', '1', ['layer', 'another']);
  }
  const digests = [digestOf('layer'), manifest];
  cpSync(sound, damaged, { recursive: true });
  for (const digest of digests) {
    const bytes = readFileSync(fileOf(damaged, digest));
    bytes[0] = (bytes[0] as number) ^ 1;
    writeFileSync(fileOf(damaged, digest), bytes);
  }

  const points: string[] = [];
  /** False where all was over before that point. */
  async function killAt(at: number, after: string): Promise<boolean> {
    const folder = join(place.path, `round-${at}${after}`);
    cpSync(damaged, folder, { recursive: true });
    const args = [folder, sound, ...digests];
    const ended = await runChild<Told>(workload, args, { CRASH_AT: String(at), CRASH_AFTER: after });
    const point = ended.lines.at(-1)?.killed;
    if (point !== undefined) points.push(point);
    assert.equal(ended.signal ?? ended.code, point === undefined ? 0 : 'SIGKILL');
    const said = ended.lines.filter(({ kind }) => kind === 'repaired').map(({ digest }) => digest);
    {
      await using registry = await openFolder(folder);
      const { database } = registry.stores;
      const reported = await database.query.selectFrom('blob_damage').select('digest').execute();
      const known = new Set(reported.map((row) => row.digest));
      const unfound = new Set<string>(digests.filter((digest) => !known.has(digest)));
      await checkHonest(registry, unfound, said);
      // Whoever is damaged has an event that leads to the next try.
      const events = await database.query
        .selectFrom('event')
        .select('subject_json')
        .where('kind', '=', 'blob_damaged')
        .execute();
      for (const digest of known) assert.ok(events.some((event) => event.subject_json.includes(digest)));
    }
    await using registry = await openFolder(folder);
    await runRepairs(registry, sound, digests);
    await checkInvariants(registry);
    registry.stores.clock.time += 2 * limits.uploadIdleMs;
    await registry.uploads.expire();
    assert.deepEqual(readdirSync(join(folder, 'uploads')), [], 'no upload is left for ever');
    return point !== undefined;
  }

  for (let at = 1, isOver = false; !isOver; at += LANES) {
    const next = Array.from({ length: LANES }, (_, more) => at + more);
    // Before a change at one point, after it at the next.
    const killed = await Promise.all(next.map((point) => killAt(point, point % 2 === 0 ? '' : 'yes')));
    isOver = killed.includes(false);
  }
  context.diagnostic(`killed at ${points.length} points: ${[...new Set(points)].join('; ')}`);
  assert.ok(points.length > 25);
  for (const wanted of ['file sync', 'folder rename', 'sqlite update'])
    assert.ok(
      points.some((point) => point.startsWith(wanted)),
      `never killed at ${wanted}`,
    );
});
