import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { grant, openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { auditHash, auditStart, createAuditLog, type HashedEntry } from './audit.ts';

let registry: RegistryFixture;
before(async () => {
  registry = await openRegistry();
});
after(() => registry[Symbol.asyncDispose]());

const list = (): Promise<readonly HashedEntry[]> =>
  createAuditLog(registry.stores).list({ after: 0, limit: 1_000 });

function follow(entries: readonly HashedEntry[]): boolean {
  let hash = auditStart;
  return entries.every((entry, at) => {
    hash = auditHash(hash, entry);
    return entry.hash === hash && entry.seq === at + 1;
  });
}

test('a push, a move and a deletion are there with who, via what and which digest; the hashes follow', async () => {
  const first = await registry.pushImage('team/app', '1', ['one']);
  const second = await registry.pushImage('team/app', '1', ['two']);
  await registry.tags.delete(grant('delete', 'team/app'), '1');
  await registry.manifests.delete(grant('delete', 'team/app'), first);
  const blob = await registry.pushBlob('team/app', 'alone');
  await registry.blobs.delete(grant('delete', 'team/app'), blob);
  const entries = await list();
  assert.deepEqual(
    entries.map(({ action, digest }) => [action, digest]),
    [
      ['manifest.push', first],
      ['tag.move', first],
      ['manifest.push', second],
      ['tag.move', second],
      ['tag.delete', second],
      ['manifest.delete', first],
      ['blob.delete', blob],
    ],
  );
  assert.deepEqual(entries[3]?.detail, { tag: '1', previous: first });
  for (const { who, via, target } of entries)
    assert.deepEqual([who, via, target], ['admin', 'password', 'team/app']);
  assert.ok(follow(entries));
});

test('what fails leaves no row', async () => {
  const before = (await list()).length;
  await assert.rejects(registry.tags.delete(grant('delete', 'team/app'), 'none'));
  await assert.rejects(registry.manifests.delete(grant('delete', 'team/app'), digestOf(Buffer.from('none'))));
  assert.equal((await list()).length, before);
});

test('pushes at once, committed together, follow each other', async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, at) => registry.pushImage('team/many', `t${at}`, [`${at}`])),
  );
  const entries = await list();
  assert.ok(entries.length >= 80);
  assert.ok(follow(entries));
});

test('a row that was changed, taken out or put in breaks the chain', async () => {
  const entries = [...(await list())];
  const changed = entries.map((entry) => (entry.seq === 2 ? { ...entry, who: 'somebody else' } : entry));
  assert.equal(follow(changed), false);
  assert.equal(follow(entries.filter(({ seq }) => seq !== 2)), false);
  assert.equal(follow([...entries.slice(0, 2), ...entries.slice(1)]), false);
});

test('pages go on after a number', async () => {
  const log = createAuditLog(registry.stores);
  const page = await log.list({ after: 2, limit: 3 });
  assert.deepEqual(
    page.map(({ seq }) => seq),
    [3, 4, 5],
  );
});
