// The log and the tags: every move a leaf, one tree, and a replay that gives exactly the tags.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { hashLeaf, isSameHash } from '../../formats/crypto/merkle.ts';
import { parseNoteKey, verifyNote } from '../../formats/crypto/note.ts';
import { isIncluded } from '../../formats/crypto/proof.ts';
import { parseBundle, parseTile } from '../../formats/crypto/tile.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { adoptTags } from './tag-adoption.ts';
import { createTagLog } from './tag-log.ts';
import { judgeTagLog } from './tag-log-check.ts';
import { formatEntry, parseTagRecord } from './tag-record.ts';
import { createTagRules } from './tag-rules.ts';

const app = grant('pull', 'team/app');
const drop = grant('delete', 'team/app');
const immutable = { code: registryErrors.tag_immutable.code };

async function entriesOf({ tagLog }: RegistryFixture): Promise<readonly unknown[]> {
  const { size } = await tagLog.describe();
  if (size === 0) return [];
  const bundle = await tagLog.tile({ kind: 'entries', position: 0, width: size });
  return parseBundle(bundle as Uint8Array, size).map((entry) => parseJson(Buffer.from(entry).toString()));
}

test('tag log: making, moving and deleting a tag are a leaf each; the same digest again is none', async () => {
  await using registry = await openRegistry();
  const one = await registry.pushImage('team/app', 'latest', ['one']);
  registry.stores.clock.time += 1_000;
  const two = await registry.pushImage('team/app', 'latest', ['two']);
  await registry.pushImage('team/app', 'latest', ['two']);
  await registry.tags.delete(drop, 'latest');
  const record = { v: 1, repository: 'team/app', tag: 'latest', by: 'admin' };
  const [at, later] = ['1970-01-01T00:16:40.000Z', '1970-01-01T00:16:41.000Z'];
  assert.deepEqual(await entriesOf(registry), [
    { ...record, kind: 'moved', digest: one, previous: null, at, via: 'push' },
    { ...record, kind: 'moved', digest: two, previous: one, at: later, via: 'push' },
    { ...record, kind: 'deleted', digest: null, previous: two, at: later, via: 'delete' },
  ]);
  assert.deepEqual(await judgeTagLog(registry.stores.database), []);
});

test('tag log: a manifest that is deleted takes its tags along, a leaf for each', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('team/app', 'b', []);
  await registry.manifests.put(
    grant('push', 'team/app'),
    { digest },
    mediaTypes.ociManifest,
    imageManifest({}),
    {
      tags: ['a', 'b', 'c'],
    },
  );
  await registry.manifests.delete(drop, digest);
  const kinds = (await entriesOf(registry)).map((entry) => {
    const { kind, tag } = entry as { kind: string; tag: string };
    return `${kind} ${tag}`;
  });
  assert.deepEqual(kinds, ['moved b', 'moved a', 'moved c', 'deleted a', 'deleted b', 'deleted c']);
  assert.deepEqual(await judgeTagLog(registry.stores.database), []);
});

test('tag log: a push that fails leaves no leaf', async () => {
  await using registry = await openRegistry({ sparse: 'refuse' });
  await registry.pushImage('team/app', 'one', ['layer']);
  const wanting = imageManifest({ layers: ['absent'] });
  await assert.rejects(
    registry.manifests.put(grant('push', 'team/app'), { tag: 'two' }, mediaTypes.ociManifest, wanting),
  );
  assert.equal((await registry.tagLog.describe()).size, 1);
});

test('tag log: a release stays what it is; the same image again is fine, another is refused with what to do', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('team/app', '1.2.3', ['one']);
  assert.equal(await registry.pushImage('team/app', '1.2.3', ['one']), digest);
  const blobs = await registry.stores.database.query.selectFrom('manifest').select('digest').execute();
  await assert.rejects(registry.pushImage('team/app', '1.2.3', ['two']), (error) => {
    assert.ok(isPlimsollError(error, { ...immutable, kind: 'conflict' }));
    assert.match(
      error.message,
      /^tag 1\.2\.3 of team\/app is a release and stays what it is \(sha256:[0-9a-f]{12}…\); push another version, or let a maintainer change the rule: plimsoll repository set HOST\/team\/app --immutable-tags ''$/,
    );
    return true;
  });
  const after = await registry.stores.database.query.selectFrom('manifest').select('digest').execute();
  assert.deepEqual(after, blobs, 'a refused push leaves no manifest');
  assert.equal((await registry.manifests.stat(app, { tag: '1.2.3' })).digest, digest);
  await registry.pushImage('team/app', '1.2.3-rc.1', ['one']);
  await registry.pushImage('team/app', '1.2.3-rc.1', ['two']);
});

test('tag log: one of many tags that may not move keeps all of them where they are', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('team/app', 'v1.0.0', ['one']);
  const bytes = imageManifest({ layers: ['one'], annotations: { second: 'yes' } });
  const put = registry.manifests.put(
    grant('push', 'team/app'),
    { tag: 'latest' },
    mediaTypes.ociManifest,
    bytes,
    { tags: ['v1.0.0'] },
  );
  await assert.rejects(put, immutable);
  assert.deepEqual(await registry.tags.list(app, { limit: 9 }), ['v1.0.0']);
  assert.equal((await registry.tagLog.describe()).size, 1);
});

test('tag log: a release is deleted with a reason alone, by its tag and by its digest', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('team/app', '1.2.3', ['one']);
  await assert.rejects(registry.tags.delete(drop, '1.2.3'), {
    ...immutable,
    message:
      /a maintainer deletes it with a reason, .* plimsoll repository untag HOST\/team\/app:1\.2\.3 --reason/,
  });
  await assert.rejects(registry.manifests.delete(drop, digest), immutable);
  assert.equal((await registry.manifests.stat(app, { tag: '1.2.3' })).digest, digest);
  await registry.tags.delete(drop, '1.2.3', { via: 'api', reason: 'a key was in it' });
  const [last] = await registry.tagHistory.list(app, '1.2.3', { limit: 1 });
  assert.equal(last?.record.reason, 'a key was in it');
  assert.equal(last?.record.via, 'api');
  await registry.manifests.delete(drop, digest);
  assert.deepEqual(await judgeTagLog(registry.stores.database), []);
});

test('tag log: the rule of a repository can be changed, and its change is an event', async () => {
  await using registry = await openRegistry();
  const rules = createTagRules(registry.stores);
  const maintain = grant('maintain', 'team/app');
  await registry.pushImage('team/app', '1.2.3', ['one']);
  assert.deepEqual(await rules.find(app), ['#.#.#', 'v#.#.#']);
  await rules.set(maintain, []);
  await registry.pushImage('team/app', '1.2.3', ['two']);
  await rules.set(maintain, ['latest']);
  await registry.pushImage('team/app', 'latest', ['one']);
  await assert.rejects(registry.pushImage('team/app', 'latest', ['two']), {
    ...immutable,
    message: /^tag latest of team\/app is immutable by the repository’s rule and stays what it is \(/,
  });
  await assert.rejects(rules.set(maintain, ['(a+)+$']), { code: registryErrors.tag_pattern_invalid.code });
  assert.deepEqual(await rules.set(maintain, null), ['#.#.#', 'v#.#.#']);
  const events = await registry.stores.database.query
    .selectFrom('event')
    .select('subject_json')
    .where('kind', '=', 'tag_rule_changed')
    .orderBy('id')
    .execute();
  assert.deepEqual(
    events.map(({ subject_json }) => parseJson(subject_json)),
    [[], ['latest'], null].map((patterns) => ({
      repository: 'team/app',
      patterns,
      who: 'admin',
      via: 'password',
    })),
  );
});

test('tag log: of a private repository the log has a salted hash and no name; the opening fits it', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('team/app', 'open', []);
  const { database } = registry.stores;
  await database.query.updateTable('repository').set({ is_public: 0 }).execute();
  await registry.pushImage('team/app', 'hidden', ['one']);
  await registry.pushImage('team/app', 'hidden', ['two']);
  const [, first, second] = await entriesOf(registry);
  for (const entry of [first, second]) {
    assert.deepEqual(Object.keys(entry as object), ['commitment', 'kind', 'v']);
    assert.match((entry as { commitment: string }).commitment, /^[0-9a-f]{64}$/);
  }
  const [last] = await registry.tagHistory.list(app, 'hidden', { limit: 1 });
  assert.ok(last !== undefined);
  assert.deepEqual(parseJson(Buffer.from(formatEntry(last)).toString()), second);
  assert.equal(parseTagRecord(last.recordJson)?.tag, 'hidden');
  assert.deepEqual(await judgeTagLog(database), []);
});

test('tag log: what a tag was at a time', async () => {
  await using registry = await openRegistry();
  const { clock } = registry.stores;
  const start = clock.time;
  const one = await registry.pushImage('team/app', 'latest', ['one']);
  clock.time = start + 100;
  const two = await registry.pushImage('team/app', 'latest', ['two']);
  clock.time = start + 200;
  await registry.tags.delete(drop, 'latest');
  const at = (time: number) => registry.tagHistory.at(app, 'latest', time);
  assert.deepEqual(await at(start - 1), { isHeld: false });
  assert.equal((await at(start)).digest, one);
  assert.equal((await at(start + 99)).digest, one);
  assert.equal((await at(start + 100)).digest, two);
  assert.deepEqual((await at(start + 100)).isHeld, true);
  const gone = await at(start + 500);
  assert.equal(gone.digest, undefined);
  assert.equal(gone.move?.record.kind, 'deleted');
  await registry.manifests.delete(drop, one);
  assert.deepEqual((await at(start)).isHeld, false);
});

test('tag log: tags of before are adopted in batches, once, with since when they were so', async () => {
  await using registry = await openRegistry();
  const { database } = registry.stores;
  const digest = await registry.pushImage('team/app', 'first', []);
  const { id } = await database.query.selectFrom('repository').select('id').executeTakeFirstOrThrow();
  const count = 12_000;
  await database.transaction(async (query) => {
    for (let at = 0; at < count; at += 1)
      await query
        .insertInto('tag')
        .values({ repository_id: id, name: `t${at}`, digest, updated_at: at, leaf: null })
        .execute();
  });
  assert.match((await judgeTagLog(database))[0] ?? '', /^team\/app:t0 is sha256:.*, by the log nothing$/);
  assert.equal(await adoptTags(registry.stores), count);
  assert.equal(await adoptTags(registry.stores), 0);
  assert.deepEqual(await judgeTagLog(database), []);
  const { digest: then, move } = await registry.tagHistory.at(app, 't7', 7);
  assert.equal(then, digest);
  assert.equal(move?.record.kind, 'adopted');
  assert.equal(move?.record.since, '1970-01-01T00:00:00.007Z');
  const { size } = await registry.tagLog.describe();
  assert.equal(size, count + 1);
  const level1 = await registry.tagLog.tile({ kind: 'hashes', level: 1, position: 0, width: 46 });
  assert.equal(parseTile(level1 as Uint8Array, 46).length, 46);
});

test('tag log: checkpoint, tiles and proofs are one tree, and tiles of before stay to be had', async () => {
  await using registry = await openRegistry();
  for (let at = 0; at < 300; at += 1) await registry.pushImage('team/app', `t${at}`, []);
  const { key, origin, size } = await registry.tagLog.describe();
  assert.match(origin, /^plimsoll\/[0-9a-f]{16}$/);
  assert.equal(size, 300);
  const note = await registry.tagLog.checkpoint();
  assert.equal(await registry.tagLog.checkpoint(), note);
  const { root } = parseCheckpoint(verifyNote(note, parseNoteKey(key)));
  const bundle = parseBundle(
    (await registry.tagLog.tile({ kind: 'entries', position: 1, width: 44 })) as Uint8Array,
    44,
  );
  const proof = (await registry.tagLog.prove(299)) ?? '';
  const [head = '', ...rest] = proof.split('\n\n');
  const [title, index, ...path] = head.split('\n');
  assert.equal(title, 'c2sp.org/tlog-proof@v1');
  assert.equal(index, 'index 299');
  assert.equal(rest.join('\n\n'), note);
  const leaf = hashLeaf(bundle[43] as Uint8Array);
  const hashes = path.map((line) => Buffer.from(line, 'base64'));
  assert.ok(isIncluded({ leaf, index: 299, size, proof: hashes, root }));
  const tile = async (width: number) =>
    registry.tagLog.tile({ kind: 'hashes', level: 0, position: 1, width });
  assert.ok(isSameHash(parseTile((await tile(44)) as Uint8Array, 44)[43] as Uint8Array, leaf));
  assert.equal((await tile(10))?.byteLength, 320);
  assert.equal(await tile(45), undefined);
  assert.equal(await tile(256), undefined);
  assert.equal(await registry.tagLog.tile({ kind: 'hashes', level: 9, position: 0, width: 1 }), undefined);
  assert.equal(await registry.tagLog.prove(300), undefined);
});

test('tag log: key and name are kept, whatever the server is called later', async () => {
  await using registry = await openRegistry();
  const { database, clock, random } = registry.stores;
  const named = createTagLog({
    database,
    clock,
    random,
    publicUrl: 'https://images.example.org',
  });
  const facts = await named.describe();
  assert.equal(facts.origin, 'images.example.org/tlog');
  const renamed = createTagLog({
    database,
    clock,
    random,
    publicUrl: 'https://other.example.org',
  });
  assert.deepEqual(await renamed.describe(), facts);
});

test('tag log: a head or a record that is damaged is said to be, and nothing is appended to it', async () => {
  await using registry = await openRegistry();
  const { database } = registry.stores;
  await registry.pushImage('team/app', 'one', []);
  await database.query
    .updateTable('tag_log')
    .set({ edge: new Uint8Array(31) })
    .execute();
  const damaged = { code: registryErrors.tag_log_damaged.code };
  await assert.rejects(registry.pushImage('team/app', 'two', []), damaged);
  await assert.rejects(registry.tagLog.checkpoint(), damaged);
  assert.deepEqual(await registry.tags.list(app, { limit: 9 }), ['one']);
  await database.query.updateTable('tag_leaf').set({ record_json: '{}' }).execute();
  await assert.rejects(registry.tagHistory.list(app, 'one', { limit: 1 }), damaged);
});

test('tag log: the check finds a changed record, a dropped leaf, a moved tag and a head of another tree', async () => {
  await using registry = await openRegistry();
  const { database } = registry.stores;
  for (const layers of [['one'], ['two'], ['three']]) await registry.pushImage('team/app', 'latest', layers);
  const broken = async (change: () => Promise<unknown>): Promise<string> => {
    await change();
    return (await judgeTagLog(database)).join('\n');
  };
  const leaves = await database.query.selectFrom('tag_leaf').selectAll().orderBy('leaf').execute();
  const second = leaves[1];
  assert.ok(second !== undefined);
  const restore = async (): Promise<void> => {
    await database.query.deleteFrom('tag_leaf').execute();
    for (const leaf of leaves) await database.query.insertInto('tag_leaf').values(leaf).execute();
  };
  const changed = second.record_json.replace('"by":"admin"', '"by":"nobody"');
  assert.match(
    await broken(() =>
      database.query.updateTable('tag_leaf').set({ record_json: changed }).where('leaf', '=', 1).execute(),
    ),
    /leaf 1 has another hash than its record/,
  );
  await restore();
  assert.match(
    await broken(() => database.query.deleteFrom('tag_leaf').where('leaf', '=', 1).execute()),
    /leaf 1 is missing before leaf 2/,
  );
  await restore();
  assert.match(
    await broken(() => database.query.deleteFrom('tag').execute()),
    /team\/app:latest is not there, though leaf 2 put it there/,
  );
});

test('tag log: a reason of any text up to its limit fits an entry', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('team/app', '1.0.0', []);
  const reason = '\u0001'.repeat(limits.tagReasonChars);
  await registry.tags.delete(drop, '1.0.0', { reason });
  const [last] = await entriesOf(registry).then((all) => all.slice(-1));
  assert.equal((last as { reason: string }).reason, reason);
});

test('tag log: whatever is pushed, moved and deleted at once, replaying the log gives exactly the tags', async () => {
  const step = fc.record({
    action: fc.constantFrom('push', 'push', 'push', 'untag', 'delete', 'hide', 'show'),
    repository: fc.constantFrom('team/app', 'team/web'),
    tag: fc.constantFrom('latest', '1.0.0', 'v1', 'sha256-aa.sig'),
    layer: fc.constantFrom('one', 'two', 'three'),
    isLate: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), async (rounds) => {
      await using registry = await openRegistry();
      const { database, clock } = registry.stores;
      for (const round of rounds)
        await Promise.allSettled(
          round.map(async ({ action, repository, tag, layer, isLate }) => {
            clock.time += isLate ? -500 : 1_000;
            const right = grant('delete', repository);
            if (action === 'push') await registry.pushImage(repository, tag, [layer]);
            else if (action === 'untag')
              await registry.tags.delete(right, tag, isLate ? {} : { reason: layer });
            else if (action === 'delete') {
              const { digest } = await registry.manifests.stat(grant('pull', repository), { tag });
              await registry.manifests.delete(right, digest);
            } else
              await database.query
                .updateTable('repository')
                .set({ is_public: action === 'hide' ? 0 : 1 })
                .where('name', '=', repository)
                .execute();
          }),
        );
      assert.deepEqual(await judgeTagLog(database), []);
      const unlogged = await database.query
        .selectFrom('tag')
        .select('name')
        .where('leaf', 'is', null)
        .execute();
      assert.deepEqual(unlogged, []);
    }),
    { numRuns: 40 },
  );
});
