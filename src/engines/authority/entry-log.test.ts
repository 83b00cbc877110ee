// The log: what waits is one batch, every answer's proof holds for its checkpoint, and a failed write leaves nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { hashLeaf } from '../../formats/crypto/merkle.ts';
import { noteKey, verifyNote } from '../../formats/crypto/note.ts';
import { isIncluded } from '../../formats/crypto/proof.ts';
import { entryBytes } from '../../formats/crypto/tile.ts';
import type { LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { rawEd25519 } from '../../formats/x509/algorithm.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { limits } from '../../kit/limits.ts';
import { createEntryLog, type EntryLog } from './entry-log.ts';
import { authorityErrors } from './errors.ts';
import { createKeptLog } from './instance.fixture.ts';
import { testLogStore } from './log-store-suite.ts';

testLogStore('a log in memory', async () => createKeptLog());

const key = await createMemoryKey('ed25519');
const open = (store = createKeptLog()) => ({
  store,
  log: createEntryLog({ origin: 'images.example.org', key, store }),
});
const entryOf = (at: number): Uint8Array => Buffer.from(`entry ${at}`);

function checkLogged({ index, proof, checkpoint, entry }: LoggedEntry): number {
  const { origin, size, root } = parseCheckpoint(
    verifyNote(checkpoint, noteKey('images.example.org', rawEd25519(key.publicKey))),
  );
  assert.equal(origin, 'images.example.org');
  assert.ok(isIncluded({ leaf: hashLeaf(entry), index, size, proof, root }), `entry ${index} of ${size}`);
  return size;
}

const appendMany = (log: EntryLog, count: number): Promise<readonly LoggedEntry[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => log.append(entryOf(at))));

test('log: each entry is proven by the checkpoint that it is answered with', async () => {
  const { log } = open();
  for (let at = 0; at < 40; at += 1) {
    const logged = await log.append(entryOf(at));
    assert.equal(logged.index, at);
    assert.equal(checkLogged(logged), at + 1);
  }
});

test('log: what is appended at once is one batch with one checkpoint, in its order', async () => {
  const { log, store } = open();
  await log.append(entryOf(0));
  const logged = await appendMany(log, 300);
  assert.deepEqual(
    store.batches.map(({ entries }) => entries.length),
    [1, 300],
  );
  assert.equal(new Set(logged.map(({ checkpoint }) => checkpoint)).size, 1);
  for (const [at, one] of logged.entries()) {
    assert.equal(one.index, at + 1);
    assert.deepEqual(one.entry, entryOf(at));
    assert.equal(checkLogged(one), 301);
  }
});

test('log: a batch has at most as many as the limit; the rest is the next', async () => {
  const { log, store } = open();
  const logged = await appendMany(log, limits.logBatch + 3);
  assert.deepEqual(
    store.batches.map(({ entries }) => entries.length),
    [limits.logBatch, 3],
  );
  for (const one of [logged[0], logged.at(-1)]) checkLogged(one as LoggedEntry);
});

test('log: opened again it goes on where its store is', async () => {
  const { store, log } = open();
  await appendMany(log, 5);
  const logged = await open(store).log.append(entryOf(5));
  assert.equal(logged.index, 5);
  assert.equal(checkLogged(logged), 6);
});

test('log: a write that fails is told to all who waited for it, and the next one begins anew', async () => {
  const { log, store } = open();
  const { append } = store;
  store.append = () => Promise.reject(new Error('the disk is full'));
  const ended = await Promise.allSettled([log.append(entryOf(0)), log.append(entryOf(1))]);
  assert.deepEqual(
    ended.map((one) => one.status === 'rejected' && String(one.reason)),
    ['Error: the disk is full', 'Error: the disk is full'],
  );
  store.append = append;
  const logged = await log.append(entryOf(2));
  assert.equal(logged.index, 0);
  checkLogged(logged);
});

test('log: two that write one store do not both win', async () => {
  const { store, log } = open();
  const other = open(store).log;
  await log.append(entryOf(0));
  await other.append(entryOf(1));
  await assert.rejects(log.append(entryOf(2)), { code: authorityErrors.log_conflict.code });
  // What was refused is not there, and the log knows the store again.
  assert.equal((await log.append(entryOf(2))).index, 2);
});

test('log: an entry that no bundle of tiles could hold is refused', async () => {
  const { log, store } = open();
  await assert.rejects(log.append(new Uint8Array(entryBytes + 1)), {
    code: authorityErrors.entry_too_large.code,
  });
  checkLogged(await log.append(new Uint8Array(entryBytes)));
  assert.equal(store.batches.length, 1);
});

test('log: its key must be Ed25519, and its name one that a note can have', async () => {
  const store = createKeptLog();
  const other = await createMemoryKey('ecdsa-p256-sha256');
  assert.throws(() => createEntryLog({ origin: 'a', key: other, store }), { code: 'x509.key_invalid' });
  assert.throws(() => createEntryLog({ origin: 'a b', key, store }), { code: 'crypto.key_invalid' });
});
