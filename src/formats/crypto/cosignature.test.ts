import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { goCheckpoint, goCosignedNote, goCosigners } from './cosignature.fixture.ts';
import {
  type CosignatureAlgorithm,
  cosignerKey,
  createCosigner,
  formatCosignerKey,
  judgeCosignature,
  parseCosignerKey,
} from './cosignature.ts';
import { cryptoErrors } from './errors.ts';
import { createNoteSigner, verifyNote } from './note.ts';

const algorithms: readonly CosignatureAlgorithm[] = ['ed25519', 'ml-dsa-44'];
const AT = Date.UTC(2026, 10, 21, 12, 0, 0, 999);
const witness = (algorithm: CosignatureAlgorithm, fill = 3, name = 'witness.example.org') =>
  createCosigner(name, algorithm, new Uint8Array(32).fill(fill));

for (const algorithm of algorithms) {
  test(`cosignature: another implementation’s line of ${algorithm} holds, with its time`, () => {
    const key = parseCosignerKey(goCosigners[algorithm]);
    assert.equal(formatCosignerKey(key), goCosigners[algorithm]);
    assert.deepEqual(judgeCosignature(goCosignedNote, key), {
      kind: 'held',
      at: new Date('2026-11-21T22:31:15Z'),
    });
  });

  test(`cosignature: of ${algorithm} says one checkpoint, name and time, and no other`, () => {
    const one = witness(algorithm);
    const line = one.cosign(goCheckpoint, AT);
    const note = `${goCheckpoint}\n${line}`;
    assert.deepEqual(judgeCosignature(note, one.key), { kind: 'held', at: new Date('2026-11-21T12:00:00Z') });
    assert.deepEqual(judgeCosignature(note, witness(algorithm, 4).key), { kind: 'absent' });
    assert.deepEqual(judgeCosignature(note.replace('20852163', '20852164'), one.key), { kind: 'forged' });
    const [, encoded = ''] = /^— \S+ (\S+)\n$/.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    for (const at of [5, 11, 20, bytes.byteLength - 1]) {
      const bent = Buffer.from(bytes);
      bent[at] = (bent[at] as number) ^ 1;
      const bad = `${goCheckpoint}\n— witness.example.org ${bent.toString('base64')}\n`;
      assert.deepEqual(judgeCosignature(bad, one.key), { kind: 'forged' }, `byte ${at}`);
    }
    const cut = `${goCheckpoint}\n— witness.example.org ${bytes.subarray(0, 60).toString('base64')}\n`;
    assert.deepEqual(judgeCosignature(cut, one.key), { kind: 'forged' });
  });
}

test('cosignature: of two lines of one key a forged one is not saved by one that holds', () => {
  const one = witness('ed25519');
  const other = `example.org/other\n5\n${Buffer.alloc(32).toString('base64')}\n`;
  const note = `${goCheckpoint}\n${one.cosign(goCheckpoint, AT)}${one.cosign(other, AT)}`;
  assert.deepEqual(judgeCosignature(note, one.key), { kind: 'forged' });
});

test('cosignature: the log’s own signature is none of a witness', () => {
  const seed = new Uint8Array(32).fill(3);
  const log = createNoteSigner('witness.example.org', seed);
  const one = witness('ed25519');
  assert.notEqual(log.key.id, one.key.id);
  assert.deepEqual(judgeCosignature(log.sign(goCheckpoint), one.key), { kind: 'absent' });
  const both = log.sign(goCheckpoint) + one.cosign(goCheckpoint, AT);
  assert.equal(verifyNote(both, log.key), goCheckpoint);
  assert.equal(judgeCosignature(both, one.key).kind, 'held');
});

test('cosignature: what is no key of a witness is said to be none', () => {
  const invalid = { code: cryptoErrors.key_invalid.code };
  const good = formatCosignerKey(witness('ed25519').key);
  for (const bad of [
    '',
    'name',
    good.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
    good.slice(0, -4),
    good.replace(/\+\w+=*$/, '+AAAA'),
  ])
    assert.throws(() => parseCosignerKey(bad), invalid, bad);
  assert.throws(() => cosignerKey('a b', 'ed25519', new Uint8Array(32)), invalid);
  assert.throws(() => cosignerKey('x'.repeat(256), 'ed25519', new Uint8Array(32)), invalid);
  assert.throws(() => createCosigner('w', 'ed25519', new Uint8Array(31)), invalid);
  const long = `${'o'.repeat(256)}\n1\n${Buffer.alloc(32).toString('base64')}\n`;
  assert.throws(() => witness('ml-dsa-44').cosign(long, AT), { code: cryptoErrors.note_invalid.code });
});

test('cosignature: hostile keys and notes are refused in a coded way, or judged', () => {
  const key = witness('ml-dsa-44').key;
  const coded = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      assert.ok(isPlimsollError(error), String(error));
    }
  };
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.base64String(), (text, base64) => {
      coded(() => parseCosignerKey(text));
      coded(() => parseCosignerKey(`w+00000000+${base64}`));
      coded(() => judgeCosignature(`${goCheckpoint}\n— ${key.name} ${base64}\n`, key));
      coded(() => judgeCosignature(`${text}\n\n— ${key.name} ${base64}\n`, key));
    }),
    { numRuns: 300 },
  );
});
