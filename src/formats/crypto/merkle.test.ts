import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  edgeLength,
  emptyEdge,
  growEdge,
  hashLeaf,
  type MerkleHash,
  rootOfEdge,
  type TreeEdge,
} from './merkle.ts';
import {
  isConsistent,
  isIncluded,
  proveConsistency,
  proveInclusion,
  type ReadNode,
  readRoot,
} from './proof.ts';
import { goConsistency, goInclusion, goRoots } from './vector.fixture.ts';

/** A log of `size` leaves, every node of which can be read. */
function growLog(size: number): { edges: TreeEdge[]; leaves: MerkleHash[]; read: ReadNode } {
  const edges: TreeEdge[] = [emptyEdge];
  const nodes = new Map<string, MerkleHash>();
  const leaves: MerkleHash[] = [];
  for (let at = 0; at < size; at += 1) {
    const leaf = hashLeaf(Buffer.from(`entry ${at}`));
    leaves.push(leaf);
    const grown = growEdge(edges[at] as TreeEdge, leaf);
    edges.push(grown.edge);
    for (const { level, position, hash } of grown.completed) nodes.set(`${level}/${position}`, hash);
  }
  return {
    edges,
    leaves,
    async read(level, position) {
      const hash = nodes.get(`${level}/${position}`);
      assert.ok(hash !== undefined, `only complete nodes are read: ${level}/${position}`);
      return hash;
    },
  };
}

const log = growLog(300);
const rootAt = (size: number): MerkleHash => rootOfEdge(log.edges[size] as TreeEdge);
const text = (hashes: readonly MerkleHash[]): string =>
  hashes.map((hash) => Buffer.from(hash).toString('base64')).join(' ');
const bytes = (line: string): MerkleHash[] =>
  line === '' ? [] : line.split(' ').map((hash) => Buffer.from(hash, 'base64'));

test('merkle: roots are those of golang.org/x/mod/sumdb/tlog, from the edge and from the nodes alike', async () => {
  assert.equal(
    Buffer.from(rootOfEdge(emptyEdge)).toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  for (const [size, root] of goRoots) {
    assert.equal(text([rootAt(size)]), root, `root of ${size}`);
    assert.equal(text([await readRoot(size, log.read)]), root, `root of ${size} by its nodes`);
    assert.equal(log.edges[size]?.hashes.length, edgeLength(size));
  }
});

test('merkle: inclusion proofs are those of golang.org/x/mod/sumdb/tlog, and hold', async () => {
  for (const [size, index, proof] of goInclusion) {
    assert.equal(text(await proveInclusion(index, size, log.read)), proof, `${index} in ${size}`);
    const leaf = log.leaves[index] as MerkleHash;
    assert.ok(isIncluded({ leaf, index, size, proof: bytes(proof), root: rootAt(size) }));
  }
});

test('merkle: consistency proofs are those of golang.org/x/mod/sumdb/tlog, and hold', async () => {
  for (const [before, after, proof] of goConsistency) {
    assert.equal(text(await proveConsistency(before, after, log.read)), proof, `${before} in ${after}`);
    const [old, grown] = [before, after].map((size) => ({ size, root: rootAt(size) }));
    assert.ok(old !== undefined && grown !== undefined && isConsistent(old, grown, bytes(proof)));
  }
});

const sizes = fc.integer({ min: 1, max: 300 });
const twoSizes = fc.tuple(sizes, sizes).map(([a, b]) => (a < b ? [a, b] : [b, a]) as [number, number]);

test('merkle: any leaf is proven in any tree that has it, and no other leaf, place or root is', async () => {
  await fc.assert(
    fc.asyncProperty(twoSizes, sizes, async ([index, size], other) => {
      if (index === size) return;
      const proof = await proveInclusion(index, size, log.read);
      const held = { leaf: log.leaves[index] as MerkleHash, index, size, proof, root: rootAt(size) };
      assert.ok(isIncluded(held));
      if (other !== size) assert.ok(!isIncluded({ ...held, root: rootAt(other) }));
      if (other - 1 !== index) {
        assert.ok(!isIncluded({ ...held, leaf: log.leaves[other - 1] as MerkleHash }));
        assert.ok(!isIncluded({ ...held, index: other - 1 }));
      }
      assert.ok(!isIncluded({ ...held, proof: [...proof, held.leaf] }));
      if (proof.length > 0) assert.ok(!isIncluded({ ...held, proof: proof.slice(1) }));
    }),
  );
});

test('merkle: any earlier tree is proven to begin a later one, and no other tree is', async () => {
  await fc.assert(
    fc.asyncProperty(twoSizes, sizes, async ([before, after], other) => {
      const proof = await proveConsistency(before, after, log.read);
      const old = { size: before, root: rootAt(before) };
      const grown = { size: after, root: rootAt(after) };
      assert.ok(isConsistent(old, grown, proof));
      if (other !== before) assert.ok(!isConsistent({ ...old, root: rootAt(other) }, grown, proof));
      assert.ok(!isConsistent(old, { ...grown, root: hashLeaf(Buffer.from('fork')) }, proof));
      if (before < after) assert.ok(!isConsistent(grown, old, proof), 'a log that lost leaves');
      assert.ok(!isConsistent(old, grown, [...proof, old.root]));
    }),
  );
});

test('merkle: proofs of foreign making never throw', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const count = fc.oneof(
    fc.integer({ min: -2, max: 400 }),
    fc.double(),
    fc.constant(Number.MAX_SAFE_INTEGER),
  );
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 80 }), count, count, hash, (proof, a, b, root) => {
      assert.equal(isIncluded({ leaf: root, index: a, size: b, proof, root: hashLeaf(root) }), false);
      isConsistent({ size: a, root }, { size: b, root }, proof);
    }),
  );
});
