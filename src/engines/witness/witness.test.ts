import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCosigner, judgeCosignature } from '../../formats/crypto/cosignature.ts';
import { createNoteSigner, verifyNote } from '../../formats/crypto/note.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { collectCosignatures, type WitnessReply } from './collect.ts';
import { witnessErrors } from './errors.ts';
import type { PolicyWitness } from './policy.ts';
import { formatWitnessRequest, parseWitnessRequest } from './request.ts';
import { createLog, createMemoryWitnessStore, NOW } from './witness.fixture.ts';
import { createWitness, type Witness, type WitnessAnswer } from './witness.ts';

const cosigners = [
  createCosigner('witness.example.org', 'ml-dsa-44', new Uint8Array(32).fill(5)),
  createCosigner('witness.example.org', 'ed25519', new Uint8Array(32).fill(5)),
];
const log = createLog();

function open(store = createMemoryWitnessStore()): Witness {
  return createWitness({ logs: [log.signer.key], cosigners, store, clock: { now: () => NOW } });
}

async function post(witness: Witness, oldSize: number, size: number, from = log): Promise<WitnessAnswer> {
  const proof = oldSize === 0 || oldSize >= size ? [] : await from.prove(oldSize, size);
  return witness.addCheckpoint(formatWitnessRequest({ oldSize, proof, checkpoint: from.checkpoint(size) }));
}

test('witness: cosigns what only grew, with every key that it has, and keeps the checkpoint', async () => {
  const store = createMemoryWitnessStore();
  const witness = open(store);
  for (const [oldSize, size] of [
    [0, 3],
    [3, 3],
    [3, 4],
    [4, 17],
    [17, 39],
  ] as const) {
    const answer = await post(witness, oldSize, size);
    assert.equal(answer.kind, 'cosigned', `${oldSize} to ${size}`);
    const note = log.checkpoint(size) + (answer as { lines: string }).lines;
    for (const { key } of cosigners) assert.equal(judgeCosignature(note, key).kind, 'held');
    assert.equal(store.trees.get('log.example.org')?.note, note);
  }
});

test('witness: another history of the same size, or behind it, is not cosigned', async () => {
  const witness = open();
  await post(witness, 0, 10);
  const other = createLog('other');
  assert.equal((await post(witness, 10, 10, other)).kind, 'inconsistent');
  assert.equal((await post(witness, 10, 20, other)).kind, 'inconsistent');
  assert.equal((await post(witness, 10, 20)).kind, 'cosigned');
});

test('witness: says which size it knows, and never goes back', async () => {
  const witness = open();
  assert.deepEqual(await post(witness, 5, 10), { kind: 'other-size', size: 0 });
  await post(witness, 0, 10);
  assert.deepEqual(await post(witness, 0, 10), { kind: 'other-size', size: 10 });
  assert.deepEqual(await post(witness, 4, 5), { kind: 'other-size', size: 10 });
  const body = formatWitnessRequest({ oldSize: 10, proof: [], checkpoint: log.checkpoint(5) });
  assert.equal((await witness.addCheckpoint(body)).kind, 'malformed');
});

test('witness: of two at once from one size one is cosigned', async () => {
  const witness = open();
  await post(witness, 0, 10);
  const answers = await Promise.all([post(witness, 10, 11), post(witness, 10, 30)]);
  assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['cosigned', 'other-size']);
});

test('witness: an unknown log, another key, a line that does not hold and a proof too much are refused', async () => {
  const witness = open();
  const stranger = createLog('entry', 'other.example.org');
  assert.equal((await post(witness, 0, 3, stranger)).kind, 'unknown-log');
  const thief = createNoteSigner('log.example.org', new Uint8Array(32).fill(9));
  const text = verifyNote(log.checkpoint(3), log.signer.key);
  const ask = (checkpoint: string, proof: readonly Uint8Array[] = []) =>
    witness.addCheckpoint(formatWitnessRequest({ oldSize: 0, proof, checkpoint }));
  assert.equal((await ask(thief.sign(text))).kind, 'unsigned');
  assert.equal((await ask(log.checkpoint(3).replace('\n3\n', '\n4\n'))).kind, 'unsigned');
  assert.equal((await ask(log.checkpoint(3), [new Uint8Array(32)])).kind, 'inconsistent');
  const empty = log.signer.sign(`log.example.org\n0\n${Buffer.alloc(32).toString('base64')}\n`);
  assert.equal((await ask(empty)).kind, 'inconsistent');
  assert.equal((await ask(log.checkpoint(0))).kind, 'cosigned');
  assert.equal((await ask(log.signer.sign('no checkpoint\n'))).kind, 'malformed');
});

test('witness: lines of others beside the log’s are not repeated in its name', async () => {
  const store = createMemoryWitnessStore();
  const strange = createCosigner('strange.example.org', 'ed25519', new Uint8Array(32).fill(8));
  const text = verifyNote(log.checkpoint(3), log.signer.key);
  const checkpoint = log.checkpoint(3) + strange.cosign(text, NOW);
  await open(store).addCheckpoint(formatWitnessRequest({ oldSize: 0, proof: [], checkpoint }));
  const kept = store.trees.get('log.example.org')?.note ?? '';
  assert.ok(kept.startsWith(log.checkpoint(3)));
  assert.equal(kept.match(/^— /gm)?.length, 1 + cosigners.length);
  assert.doesNotMatch(kept, /strange/);
});

test('witness request: hostile ones are refused with their code', () => {
  const invalid = { code: witnessErrors.request_invalid.code };
  for (const bad of [
    '',
    'old',
    'old 01\n\nx',
    'old -1\n\nx',
    'old 99999999999999999\n\nx',
    'old 1\nAAAA\n\nx',
  ])
    assert.throws(() => parseWitnessRequest(bad), invalid, bad);
  const hash = `${Buffer.alloc(32).toString('base64')}\n`;
  assert.throws(() => parseWitnessRequest(`old 1\n${hash.repeat(64)}\nx`), invalid);
  assert.equal(parseWitnessRequest(`old 1\n${hash.repeat(63)}\nx`).proof.length, 63);
});

test('witness: hostile bodies are answered, and nothing is cosigned', async () => {
  const witness = open();
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      for (const body of [text, `old 0\n\n${text}`, `old 0\n\n${log.checkpoint(1)}${text}`]) {
        const { kind } = await witness.addCheckpoint(body).catch((error: unknown) => {
          assert.ok(isPlimsollError(error), String(error));
          return { kind: 'malformed' };
        });
        if (body !== `old 0\n\n${log.checkpoint(1)}`) assert.notEqual(kind, 'cosigned', body);
      }
    }),
    { numRuns: 200 },
  );
});

const [first] = cosigners as [(typeof cosigners)[0]];
const peer: PolicyWitness = {
  kind: 'witness',
  name: 'w1',
  key: first.key,
  url: 'https://witness.example.org',
};

function askOf(witness: Witness): (url: string, body: string) => Promise<WitnessReply> {
  return async (_, body) => {
    const answer = await witness.addCheckpoint(body);
    if (answer.kind === 'cosigned') return { status: 200, body: answer.lines };
    if (answer.kind === 'other-size') return { status: 409, body: `${answer.size}\n` };
    return { status: 422, body: answer.why };
  };
}

test('collect: a witness that knows another size is asked again, and the right lines are taken over', async () => {
  const witness = open();
  await post(witness, 0, 7);
  const sizes = new Map([['https://witness.example.org', 3]]);
  const second: PolicyWitness = { ...peer, name: 'w2', key: (cosigners[1] as typeof first).key };
  const parts = { witnesses: [peer, second], prove: log.prove, ask: askOf(witness), sizes };
  const { checkpoint, cosigned, missed } = await collectCosignatures({
    ...parts,
    checkpoint: log.checkpoint(20),
  });
  assert.deepEqual([cosigned, missed], [['w1', 'w2'], []]);
  assert.equal(judgeCosignature(checkpoint, first.key).kind, 'held');
  assert.equal(sizes.get('https://witness.example.org'), 20);
  assert.equal(verifyNote(checkpoint, log.signer.key), verifyNote(log.checkpoint(20), log.signer.key));
});

test('collect: what a witness does not say rightly is told, and nothing of it taken', async () => {
  const other = createCosigner('witness.example.org', 'ml-dsa-44', new Uint8Array(32).fill(6));
  const replies: readonly [WitnessReply, RegExp][] = [
    [
      { status: 200, body: other.cosign(verifyNote(log.checkpoint(5), log.signer.key), NOW) },
      /no cosignature/,
    ],
    [
      { status: 200, body: first.cosign(verifyNote(log.checkpoint(6), log.signer.key), NOW) },
      /no cosignature/,
    ],
    [{ status: 200, body: `— witness.example.org \n— witness.example.org !\n` }, /no cosignature/],
    [{ status: 409, body: 'what' }, /not which/],
    [{ status: 409, body: '3\n' }, /another size each time/],
    [{ status: 409, body: '50\n' }, /knows a tree of 50 entries/],
    [{ status: 500, body: 'broken\u0007' }, /^it answers 500: broken$/],
  ];
  for (const [reply, why] of replies) {
    const collected = await collectCosignatures({
      checkpoint: log.checkpoint(5),
      witnesses: [peer],
      prove: log.prove,
      ask: async () => reply,
      sizes: new Map(),
    });
    assert.equal(collected.checkpoint, log.checkpoint(5));
    assert.match(collected.missed[0]?.why ?? '', why);
  }
  const collected = await collectCosignatures({
    checkpoint: log.checkpoint(5),
    witnesses: [peer],
    prove: log.prove,
    ask: () => Promise.reject(witnessErrors.request_invalid('it did not answer within 2 s')),
    sizes: new Map(),
  });
  assert.deepEqual(collected.missed, [{ name: 'w1', why: 'it did not answer within 2 s' }]);
});
