import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { limits } from '../../kit/limits.ts';
import { createQueue } from '../jobs/queue.ts';
import { createChangeRoutes, createChanges } from './changes.ts';

const [one, two, three] = ['one', 'two', 'three'].map((text) => digestOf(text)) as [Digest, Digest, Digest];
const repository = { id: 1, name: 'team/app' };
let database: Database;
let events = 0;

before(async () => {
  database = await openSqliteDatabase(':memory:');
});
after(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const name of ['job', 'tag_change', 'manifest_child', 'manifest', 'blob', 'repository'] as const)
    await database.query.deleteFrom(name).execute();
  await database.query
    .insertInto('repository')
    .values({ ...repository, is_public: 1, created_at: 0, updated_at: 0 })
    .execute();
  for (const digest of [one, two, three]) await addManifest(digest);
});

test('changes: a move is remembered; a new tag, a fallback tag and what cannot be read are not', async () => {
  await move('1.0', one, two);
  await move('2.0', null, two);
  await move(`sha256-${'0'.repeat(64)}`, one, two);
  await tell('tag_moved', { repository: 'team/none', tag: '1', digest: two, previous: one });
  await tell('tag_moved', { repository: 7, tag: '1', digest: two, previous: one });
  const { rows } = await list();
  assert.deepEqual(
    rows.map(({ tag, before: was, after: is, movedAt }) => [tag, was, is, movedAt]),
    [['1.0', one, two, 5_000]],
  );
  assert.equal((await jobs()).length, 1);
});

test('changes: the newest of each tag are kept', async () => {
  await move('other', one, two);
  for (let count = 0; count < limits.tagChanges + 3; count += 1) await move('1.0', one, two);
  assert.equal((await list('1.0', 500)).rows.length, limits.tagChanges);
  assert.equal((await list('other')).rows.length, 1);
});

test('changes: a list goes on where its last page ended', async () => {
  for (const [was, is] of [
    [one, two],
    [two, three],
    [three, one],
  ] as const)
    await move('1.0', was, is);
  const changes = createChanges({ database });
  const first = await changes.list(repository, { limit: 2 });
  assert.deepEqual(
    first.rows.map((row) => row.after),
    [one, three],
  );
  assert.ok(first.next);
  const last = await changes.list(repository, { limit: 2, after: first.next });
  assert.deepEqual([last.rows.map((row) => row.after), last.next], [[two], undefined]);
});

test('changes: what an image came from is the last move to it, of the tag asked for', async () => {
  await move('1.0', one, three);
  await move('latest', two, three);
  const changes = createChanges({ database });
  const find = async (wish: { to: Digest; tag?: string }) =>
    (await changes.list(repository, { ...wish, limit: 1 })).rows[0]?.before;
  assert.deepEqual(
    [await find({ to: three }), await find({ to: three, tag: '1.0' }), await find({ to: one })],
    [two, one, undefined],
  );
});

test('changes: the end of a scan asks again for those that wait, of an index too, and of no others', async () => {
  await database.query
    .insertInto('manifest_child')
    .values({ repository_id: 1, digest: two, child_digest: three, role: 'manifest', position: 0 })
    .execute();
  await move('1.0', one, two);
  const scanned = async (digest: unknown) => {
    await database.query.deleteFrom('job').execute();
    await tell('scan_ended', { digest });
    return (await jobs()).length;
  };
  assert.deepEqual(
    [await scanned(one), await scanned(two), await scanned(three), await scanned(digestOf('other'))],
    [1, 1, 1, 0],
  );
  assert.equal(await scanned(7), 0);
  await database.query.updateTable('tag_change').set({ told_at: 1 }).execute();
  assert.equal(await scanned(one), 0);
});

test('changes: the end of a scan while its change is looked at makes it be looked at again', async () => {
  await move('1.0', one, two);
  const queue = createQueue({ database, clock: { now: () => 9_000 } });
  const job = await queue.lease('me', ['tell-change']);
  assert.ok(job);
  await tell('scan_ended', { digest: two });
  await queue.complete(job);
  assert.ok(await queue.lease('me', ['tell-change']));
});

test('changes: with one image gone a move stays and is decided; with both it is forgotten', async () => {
  await move('1.0', one, two);
  await database.query.deleteFrom('job').execute();
  await remove(one);
  assert.equal((await list()).rows.length, 1);
  assert.equal((await jobs()).length, 1);
  await remove(two);
  assert.equal((await list()).rows.length, 0);
  await tell('manifest_deleted', { repository: 'team/none', digest: one });
  await tell('manifest_deleted', { repository: null, digest: one });
});

test('changes: they go with their repository', async () => {
  await move('1.0', one, two);
  await database.query.deleteFrom('manifest').execute();
  await database.query.deleteFrom('repository').execute();
  assert.equal((await list()).rows.length, 0);
});

function list(tag?: string, limit = 50) {
  return createChanges({ database }).list(repository, { limit, ...(tag === undefined ? {} : { tag }) });
}

function jobs() {
  return database.query.selectFrom('job').select(['key', 'input_json']).execute();
}

async function move(tag: string, previous: Digest | null, digest: Digest): Promise<void> {
  await tell('tag_moved', { repository: repository.name, tag, digest, previous });
}

async function remove(digest: Digest): Promise<void> {
  await database.query.deleteFrom('manifest').where('digest', '=', digest).execute();
  await tell('manifest_deleted', { repository: repository.name, digest });
}

async function tell(kind: string, subject: Record<string, unknown>): Promise<void> {
  events += 1;
  const queue = createQueue({ database, clock: { now: () => 5_000 } });
  const route = createChangeRoutes({ queue })[kind];
  await database.transaction(async (query) => route?.(query, subject as never, { id: events, at: 5_000 }));
}

async function addManifest(digest: Digest): Promise<void> {
  await database.query.insertInto('blob').values({ digest, size_bytes: 1, created_at: 0 }).execute();
  await database.query
    .insertInto('manifest')
    .values({
      repository_id: 1,
      digest,
      media_type: '',
      kind: 'image',
      artifact_type: null,
      size_bytes: 1,
      subject_digest: null,
      annotations_json: null,
      created_at: 0,
    })
    .execute();
}
