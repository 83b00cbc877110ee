import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { hashHex } from '../../kit/hash.ts';
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
  const said = { by: 'ours', at: new Date(whole.at) };
  assert.deepEqual(prove([say(whole)]).revocations, [
    { kind: 'digest', digest: image, why: 'it is bad', said },
  ]);
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

test('revocation statement: no other root speaks for the instance whose own is known', () => {
  const instance = 'https://images.example.org';
  const stranger = createTrustWorld();
  const json = structuredClone(trust.rootJson);
  json.certificateAuthorities[0].uri = `${instance}/trust/ca`;
  const own = parseTrustedRoot(Buffer.from(JSON.stringify(json)));
  const byName = { uris: [instance], claims: { 8: instance, 11: 'self-hosted' } };
  const as = (world: typeof trust, predicate: object): Bundle =>
    parse(world.sign({ predicateType: revocationPredicateType, predicate, ...byName }));
  const undo = { ...whole, action: 'reinstate', at: '2026-11-02T00:00:00Z' };
  const judged = (trustedRoots: readonly TrustedRoot[], ...bundles: readonly Bundle[]) =>
    prove(bundles, { trustedRoots, instance, rule: { signers: [] } });
  const both = [own, stranger.root];
  assert.equal(judged(both, as(trust, whole), as(trust, undo)).revocations.length, 0);
  const undone = judged(both, as(trust, whole), as(stranger, undo));
  assert.deepEqual([undone.revocations.length, undone.unproved.length], [1, 1]);
  assert.equal(judged(both, as(stranger, whole)).unproved.length, 1);
  // Where nobody's root is the instance's, each of them vouches for it as for any name.
  assert.equal(judged([trust.root, stranger.root], as(stranger, whole)).revocations.length, 1);
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

test('revocation statement: of a list counts what the instance itself says about these digests and signers', () => {
  const instance = 'https://images.example.org';
  const own = { uris: [instance], claims: { 8: instance } };
  const list = (predicate: object, signed: object = own, subject = image): Bundle =>
    parse(trust.sign({ predicateType: revocationPredicateType, predicate, subject, ...signed }));
  const listed = (bundles: readonly Bundle[], more: Partial<RevocationQuestion> = {}): ProvedRevocations =>
    prove([], { listed: bundles, instance, ...more });
  const nothing = { revocations: [], unproved: [], unclear: [] };
  const other = digestOf('another image');
  const [taken] = listed([list(whole)]).revocations;
  assert.deepEqual(taken?.said, { by: instance, at: new Date(whole.at) });
  assert.deepEqual(listed([list({ ...whole, value: other }, own, other)]), nothing);
  assert.deepEqual(listed([list({ ...whole, repository: 'images.example.org/other' })]), nothing);
  // Not the instance's word: the signer's own statements hang on the image.
  assert.match(listed([list(whole, { plainKey: keys })]).unproved[0] ?? '', /on the list of https:/);
  assert.equal(
    listed([list(whole, { uris: ['https://x.example'], claims: { 8: instance } })]).unproved.length,
    1,
  );
  assert.equal(listed([list({ ...whole, kind: 'everything' })]).unclear.length, 1);
  // The same statement hangs on the image and is on the list.
  const once = list(whole);
  assert.equal(prove([once], { listed: [once], instance }).revocations.length, 1);
  // What it says of a key, whatever its subject: where that key is one of those that judge.
  const thumbprint = hashHex('sha256', ours.key.der);
  const key = (value: string) => list({ ...whole, kind: 'key', value }, own, digestOf(value));
  assert.equal(listed([key(thumbprint)]).revocations.length, 1);
  assert.deepEqual(listed([key('a'.repeat(64))]), nothing);
  const who = list({ ...whole, kind: 'identity', value: identity }, own, digestOf(identity));
  assert.deepEqual(listed([who]), nothing);
  const signed = parse(trust.sign());
  assert.equal(prove([signed], { listed: [who], instance }).revocations.length, 1);
  assert.equal(listed([who], { beside: [signed] }).revocations.length, 1);
});
