import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { type ProvedRevocations, proveRevocations, type RevocationQuestion } from './revocation-statement.ts';
import { parseTrustedKey } from './signer.ts';
import type { TrustSigner } from './trust-policy.ts';
import {
  createTrustWorld,
  identity,
  image,
  issuer,
  makeKeys,
  now,
  parse,
  pemOf,
} from './trust-world.fixture.ts';

const trust = createTrustWorld();
const keys = makeKeys();
const ours = parseTrustedKey(pemOf(keys), 'ours');
const whole = {
  action: 'revoke',
  kind: 'digest',
  value: image,
  why: 'it is bad',
  at: '2026-11-01T00:00:00Z',
};

function say(predicate: object): Bundle {
  return parse(trust.sign({ predicateType: revocationPredicateType, predicate, plainKey: keys }));
}

function prove(bundles: readonly Bundle[], more: Partial<RevocationQuestion> = {}): ProvedRevocations {
  return proveRevocations({
    name: 'images.example.org/acme/app',
    hanging: [{ digest: image, bundles }],
    trustedRoots: [trust.root],
    keys: [ours],
    rule: { signers: [{ kind: 'key', key: 'ours' }] },
    now,
    ...more,
  });
}

test('revocation statement: what it says is taken whole, or told as not understood', () => {
  assert.deepEqual(prove([say(whole)]).revocations, [{ kind: 'digest', digest: image, why: 'it is bad' }]);
  for (const wrong of [
    { action: 'suspend' },
    { action: undefined },
    { kind: 'everything' },
    { value: 'sha256:00' },
    { value: '' },
    { why: '' },
    { at: 'yesterday' },
    { from: 'yesterday' },
    { repository: 7 },
  ]) {
    const { revocations, unproved, unclear } = prove([say({ ...whole, ...wrong })]);
    assert.deepEqual([revocations.length, unproved.length, unclear.length], [0, 0, 1], JSON.stringify(wrong));
    assert.equal(prove([say({ ...whole, ...wrong })], { keys: [] }).unproved.length, 1);
  }
});

test('revocation statement: nobody who may take back signed it, or for another repository', () => {
  assert.equal(prove([say(whole)], { rule: { signers: [] } }).unproved.length, 1);
  assert.equal(prove([say(whole)], { keys: [] }).unproved.length, 1);
  const elsewhere = prove([say({ ...whole, repository: 'images.example.org/other' })]);
  assert.deepEqual(elsewhere, { revocations: [], unproved: [], unclear: [] });
  assert.deepEqual(prove([parse(trust.sign())]), { revocations: [], unproved: [], unclear: [] });
});

test('revocation statement: what a rule does without for a signature, it does without for what takes it back', () => {
  const certified = parse(
    trust.sign({ predicateType: revocationPredicateType, predicate: whole, isLogged: false }),
  );
  const signer: TrustSigner = {
    kind: 'identity',
    issuer: { kind: 'exact', text: issuer },
    identity: { kind: 'exact', text: identity },
  };
  assert.equal(prove([certified], { rule: { signers: [signer] } }).unproved.length, 1);
  assert.equal(prove([certified], { rule: { signers: [signer], logs: 0 } }).revocations.length, 1);
});

test('revocation statement: the last word of the same signer holds, in whichever order they are found', () => {
  const undo = say({ ...whole, action: 'reinstate', at: '2026-11-02T00:00:00Z' });
  const again = say({ ...whole, at: '2026-11-03T00:00:00Z' });
  assert.equal(prove([undo, say(whole)]).revocations.length, 0);
  assert.equal(prove([again, undo, say(whole)]).revocations.length, 1);
  const here = { repository: 'images.example.org/acme/app' };
  const undoneHere = say({ ...whole, ...here, action: 'reinstate', at: '2026-11-02T00:00:00Z' });
  assert.equal(prove([say(whole), undoneHere]).revocations.length, 1, 'what holds everywhere');
  assert.equal(prove([say({ ...whole, ...here }), undoneHere]).revocations.length, 0);
  const key = { kind: 'key', value: 'a'.repeat(64) };
  assert.equal(prove([undo, say({ ...whole, ...key })]).revocations.length, 1);
});

test('revocation statement: whatever a predicate holds, nothing is thrown', () => {
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(whole)));
  const predicate = fc.dictionary(fc.constantFrom(...Object.keys(whole), 'from', 'repository'), member);
  fc.assert(
    fc.property(predicate, (found) => {
      const { revocations, unproved, unclear } = prove([say(found)]);
      assert.ok(revocations.length + unproved.length + unclear.length <= 1);
    }),
    { numRuns: 60 },
  );
});
