// What every store of a log must do; each store's test runs it. The durable one also shows by its own tests that
// what it called kept is there after a crash.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  emptyEdge,
  growEdge,
  hashLeaf,
  isSameHash,
  rootOfEdge,
  type TreeEdge,
  type TreeNode,
} from '../../formats/crypto/merkle.ts';
import type { LogBatch, LogStore } from './entry-log.ts';

/** `count` entries behind an edge, as a log writes them. */
function batchBehind(edge: TreeEdge, count: number): LogBatch {
  let grown = edge;
  const nodes: TreeNode[] = [];
  const entries = Array.from({ length: count }, (_, at) => {
    const bytes = Buffer.from(`entry ${edge.size + at}`);
    const leaf = hashLeaf(bytes);
    const { edge: next, completed } = growEdge(grown, leaf);
    grown = next;
    nodes.push(...completed);
    return { bytes, leaf };
  });
  return { before: edge.size, entries, nodes, edge: grown };
}

function isSameEdge(one: TreeEdge, other: TreeEdge): boolean {
  return one.size === other.size && isSameHash(rootOfEdge(one), rootOfEdge(other));
}

/** Registers the contract's tests. `open` gives an empty store. */
export function testLogStore(name: string, open: (t: TestContext) => Promise<LogStore>): void {
  test(`${name}: what was appended is the tree, and each of its nodes can be read`, async (t) => {
    const store = await open(t);
    let edge = emptyEdge;
    assert.ok(isSameEdge(await store.readEdge(), edge));
    for (const count of [1, 2, 255, 1, 300]) {
      const batch = batchBehind(edge, count);
      assert.equal(await store.append(batch), true);
      edge = batch.edge;
      assert.ok(isSameEdge(await store.readEdge(), edge), `${edge.size} entries`);
      for (const { level, position, hash } of batch.nodes)
        assert.ok(isSameHash(await store.readNode(level, position), hash), `node ${level}/${position}`);
    }
  });

  test(`${name}: a batch that does not follow is refused, and nothing of it kept`, async (t) => {
    const store = await open(t);
    const first = batchBehind(emptyEdge, 3);
    assert.equal(await store.append(first), true);
    assert.equal(await store.append(batchBehind(emptyEdge, 2)), false);
    assert.equal(await store.append(batchBehind(batchBehind(first.edge, 4).edge, 1)), false);
    assert.ok(isSameEdge(await store.readEdge(), first.edge));
    assert.equal(await store.append(batchBehind(first.edge, 1)), true);
  });

  test(`${name}: of two batches at once for one place exactly one is kept`, async (t) => {
    const store = await open(t);
    const kept = await Promise.all([1, 2].map((count) => store.append(batchBehind(emptyEdge, count))));
    assert.deepEqual(kept.toSorted(), [false, true]);
    const wanted = kept[0] === true ? 1 : 2;
    assert.equal((await store.readEdge()).size, wanted);
  });
}
