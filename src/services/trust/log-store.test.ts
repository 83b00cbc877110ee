// The log's store over the embedded database: the contract, and the order of its nodes.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testLogStore } from '../../engines/authority/log-store-suite.ts';
import { emptyEdge, growEdge, hashLeaf } from '../../formats/crypto/merkle.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { trustErrors } from './errors.ts';
import { createTrustLogStore, placeOf } from './log-store.ts';

async function open(t: TestContext) {
  const database = await openSqliteDatabase(':memory:');
  t.after(() => database[Symbol.asyncDispose]());
  return database;
}

testLogStore('a log in the database', async (t) => createTrustLogStore(await open(t)));

test('a log in the database: nodes stand in the order in which appends complete them, without a gap', () => {
  let edge = emptyEdge;
  let next = 0;
  for (let leaf = 0; leaf < 1_000; leaf += 1) {
    const grown = growEdge(edge, hashLeaf(Buffer.from(String(leaf))));
    edge = grown.edge;
    for (const { level, position } of grown.completed) {
      assert.equal(placeOf(level, position), next, `${level}/${position}`);
      next += 1;
    }
  }
  // Far beyond what can be appended in a test: neighbours of a level are apart by what stands between them.
  assert.equal(placeOf(0, 2 ** 40), placeOf(40, 0) + 1);
});

test('a log in the database: a head or a node that is not there is damage, not a hash', async (t) => {
  const database = await open(t);
  const store = createTrustLogStore(database);
  await assert.rejects(store.readNode(0, 7), { code: trustErrors.log_damaged.code });
  await database.query.updateTable('trust_log').set({ size: 3 }).execute();
  await assert.rejects(store.readEdge(), { code: trustErrors.log_damaged.code });
});
