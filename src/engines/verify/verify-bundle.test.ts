// The traps of what others' recipes leave open: each is something that must be refused, beside the same thing right.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestHex, digestOf } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { expected, faultsOf, provenance, verify, world } from './bundle-verdict.fixture.ts';
import { judgeChecks } from './check.ts';
import { type Expectations, tagPredicateType } from './expectation.ts';
import { createPattern, exactly } from './pattern.ts';
import { parseTrustedKey } from './signer.ts';
import {
  type BundleJson,
  identity,
  image,
  issuer,
  makeKeys,
  now,
  parse,
  pemOf,
  repository,
} from './trust-world.fixture.ts';
import { verifyBundle } from './verify-bundle.ts';

test('verify: a signature that holds is told by each thing that it proves', () => {
  const answer = verify(world.sign());
  assert.deepEqual(
    answer.checks.map(({ code, outcome }) => `${code} ${outcome}`),
    [
      'log passed',
      'time passed',
      'chain passed',
      'certificate-log passed',
      'signature passed',
      'subject passed',
      'predicate-type passed',
      'identity passed',
      'issuer passed',
      'source-repository passed',
    ],
  );
  assert.equal(answer.outcome, 'passed');
  assert.deepEqual(answer.signedAt, new Date('2026-11-21T11:00:00Z'));
  assert.equal(answer.signer?.kind === 'certificate' && answer.signer.claims.sourceRepository, repository);
});

test('verify: a lone attestation is no signature of the image', () => {
  const json = world.sign({ predicateType: provenance });
  assert.deepEqual(faultsOf(verify(json)), ['predicate-type failed']);
  assert.equal(verify(json, { kind: [provenance] }).outcome, 'passed');
});

test('verify: a statement of another type than was asked for is refused, and so is one that is none', () => {
  const asked = { kind: [provenance] };
  assert.deepEqual(faultsOf(verify(world.sign({ predicateType: 'https://spdx.dev/Document' }), asked)), [
    'predicate-type failed',
  ]);
  const other = world.sign({ predicateType: provenance, statementType: 'https://in-toto.io/Statement/v9' });
  assert.deepEqual(faultsOf(verify(other, asked)), ['subject failed', 'predicate-type failed']);
  const bare = world.sign({ predicateType: provenance, payloadType: 'application/json' });
  assert.deepEqual(faultsOf(verify(bare, { kind: 'any' })), ['subject failed', 'predicate-type failed']);
  assert.equal(verify(world.sign({ statementType: 'https://in-toto.io/Statement/v0.1' })).outcome, 'passed');
});

test('verify: what is about another digest is refused', () => {
  assert.deepEqual(faultsOf(verify(world.sign({ subject: digestOf('another') }))), ['subject failed']);
});

test('verify: a builder’s identity is not taken for any repository', () => {
  const builder = 'https://git.example.org/builders/build/.workflows/build.yml@refs/tags/v1';
  const json = world.sign({
    uris: [builder],
    claims: { 8: issuer, 9: builder, 12: 'https://git.example.org/evil/app' },
  });
  const asked = { identity: exactly(builder) };
  assert.deepEqual(faultsOf(verify(json, asked)), ['source-repository failed']);
  assert.deepEqual(faultsOf(verify(json, { ...asked, sourceRepository: exactly(repository) })), [
    'source-repository failed',
  ]);
  const right = exactly('https://git.example.org/evil/app');
  assert.equal(verify(json, { ...asked, sourceRepository: right }).outcome, 'passed');
});

test('verify: a repository whose name begins like another’s is not the other', () => {
  const builder = `${repository}-builder/.workflows/build.yml@refs/tags/v1`;
  const json = world.sign({ uris: [builder], claims: { 8: issuer, 9: builder, 12: repository } });
  assert.deepEqual(faultsOf(verify(json, { identity: exactly(builder) })), ['source-repository failed']);
});

test('verify: an old certificate that names its source by owner and name is no way around that', () => {
  const builder = 'https://git.example.org/builders/build/.workflows/build.yml@refs/tags/v1';
  const foreign = world.sign({ uris: [builder], claims: { 8: issuer }, more: [oldSource('evil/app')] });
  assert.deepEqual(faultsOf(verify(foreign, { identity: exactly(builder) })), ['source-repository failed']);
  const own = world.sign({ claims: { 8: issuer }, more: [oldSource('acme/app')] });
  assert.equal(verify(own, { sourceRepository: exactly(repository) }).outcome, 'passed');
  assert.equal(verify(own).outcome, 'passed');
});

function oldSource(name: string): readonly [string, boolean, Uint8Array] {
  return ['1.3.6.1.4.1.57264.1.5', false, Buffer.from(name)];
}

test('verify: patterns match the whole identity, in RE2’s syntax', () => {
  const wide = createPattern('https://git\\.example\\.org/acme/app/.*');
  assert.equal(verify(world.sign(), { identity: wide }).outcome, 'passed');
  for (const text of ['example\\.org', 'acme/app', 'https://git\\.example\\.org/acme/ap', '^https://git'])
    assert.deepEqual(
      faultsOf(verify(world.sign(), { identity: createPattern(text) })),
      ['identity failed'],
      text,
    );
  for (const text of ['(?=a)b', '(a)\\1', '(', 'a'.repeat(1_001)])
    assert.throws(
      () => createPattern(text),
      (error) => isPlimsollError(error, { code: 'verify.pattern_invalid' }),
      text,
    );
  const slow = createPattern('(a*)*b');
  assert.equal(slow.matches('a'.repeat(50_000)), false);
});

test('verify: an identity or issuer that nobody asked for is unknown, never passed', () => {
  const answer = verifyBundle({
    bundle: parse(world.sign()),
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { kind: 'signature' },
    now,
  });
  assert.deepEqual(faultsOf(answer), ['identity unknown', 'issuer unknown']);
  assert.equal(answer.outcome, 'unknown');
  assert.equal(judgeChecks([]), 'unknown');
});

test('verify: another identity, issuer, ref, builder or runner is refused, and a certificate of two names', () => {
  const json = world.sign();
  const cases: readonly (readonly [Partial<Expectations>, string])[] = [
    [{ identity: exactly(`${identity}x`) }, 'identity failed'],
    [{ issuer: exactly('https://token.example.com') }, 'issuer failed'],
    [{ sourceRef: exactly('refs/heads/main') }, 'source-ref failed'],
    [{ builder: exactly('https://other.example.org') }, 'builder failed'],
    [{ runner: exactly('github-hosted') }, 'runner failed'],
  ];
  for (const [asked, code] of cases) assert.deepEqual(faultsOf(verify(json, asked)), [code]);
  const two = world.sign({ uris: [identity, 'https://git.example.org/evil/app/x'] });
  assert.ok(faultsOf(verify(two)).includes('identity failed'));
});

test('verify: a changed byte anywhere is refused', () => {
  const flip = (text: string, at: number): string => {
    const bytes = Buffer.from(text, 'base64');
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] as number) ^ 1;
    return bytes.toString('base64');
  };
  const changes: readonly ((json: BundleJson) => void)[] = [
    (json) => (json.dsseEnvelope.payload = flip(json.dsseEnvelope.payload, -3)),
    (json) => (json.dsseEnvelope.signatures[0].sig = flip(json.dsseEnvelope.signatures[0].sig, -3)),
    ({ verificationMaterial: { certificate } }) => (certificate.rawBytes = flip(certificate.rawBytes, -3)),
    ({ verificationMaterial: { tlogEntries } }) =>
      (tlogEntries[0].inclusionProof.hashes[0] = flip(tlogEntries[0].inclusionProof.hashes[0], 3)),
    ({ verificationMaterial: { tlogEntries } }) =>
      (tlogEntries[0].inclusionProof.checkpoint.envelope =
        tlogEntries[0].inclusionProof.checkpoint.envelope.replace('\n2\n', '\n3\n')),
    ({ verificationMaterial: { timestampVerificationData: stamps } }) =>
      (stamps.rfc3161Timestamps[0].signedTimestamp = flip(stamps.rfc3161Timestamps[0].signedTimestamp, -3)),
    (json) => (json.dsseEnvelope.payloadType = 'application/vnd.in-toto+jsom'),
  ];
  for (const [at, change] of changes.entries()) {
    const json = world.sign();
    change(json);
    assert.equal(verify(json).outcome, 'failed', `change ${at}`);
  }
});

test('verify: a tag is bound by what names it, and by nothing else', () => {
  const tag = { name: 'images.example.org/acme/app', tag: '1.0' };
  const bind = (predicate: object) => world.sign({ predicateType: tagPredicateType, predicate });
  const asked = { kind: [tagPredicateType], tag };
  assert.equal(verify(bind({ ...tag, digest: image }), asked).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(bind({ ...tag, tag: '1.1', digest: image }), asked)), [
    'tag-binding failed',
  ]);
  assert.deepEqual(faultsOf(verify(bind({ ...tag, digest: digestOf('other') }), asked)), [
    'tag-binding failed',
  ]);
  assert.deepEqual(faultsOf(verify(world.sign(), { tag })), ['tag-binding unknown']);
});

test('verify: what was taken back is refused, and what a key signed before stays', () => {
  const json = world.sign();
  const [certificate] = [
    parseCertificate(Buffer.from(json.verificationMaterial.certificate.rawBytes, 'base64')),
  ];
  const thumbprint = hash('sha256', certificate.publicKey);
  const before = new Date('2026-11-21T10:00:00Z');
  const after = new Date('2026-11-21T11:30:00Z');
  const lists: readonly (readonly [NonNullable<Expectations['revocations']>, boolean])[] = [
    [[], true],
    [[{ kind: 'digest', digest: image, why: 'it leaks.' }], false],
    [[{ kind: 'digest', digest: digestOf('other'), why: 'it leaks.' }], true],
    [[{ kind: 'certificate', serial: '07', why: 'it was stolen.' }], false],
    [[{ kind: 'key', thumbprint, from: before, why: 'it was stolen.' }], false],
    [[{ kind: 'key', thumbprint, from: after, why: 'it was stolen.' }], true],
    [[{ kind: 'identity', identity, why: 'it was sold.' }], false],
  ];
  for (const [revocations, isGood] of lists) {
    const answer = verify(json, { revocations });
    assert.deepEqual(faultsOf(answer), isGood ? [] : ['revocation failed'], JSON.stringify(revocations));
  }
});

test('verify: age is counted from the proven time, and unknown without one', () => {
  assert.equal(verify(world.sign(), { maxAgeMs: 3_600_000 }).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(world.sign(), { maxAgeMs: 3_599_999 })), ['age failed']);
  const keys = makeKeys();
  const answer = verifyBundle({
    bundle: parse(world.sign({ plainKey: keys })),
    artifact: { digest: image },
    trustedRoots: [],
    keys: [parseTrustedKey(pemOf(keys), 'own.pub')],
    expectations: { kind: 'signature', maxAgeMs: 1 },
    now,
  });
  assert.deepEqual(faultsOf(answer), ['age unknown']);
});

test('verify: whatever is changed in a bundle, the answer is checks or a coded refusal, and what is signed stays', () => {
  const whole = JSON.stringify(world.sign());
  const change = fc.tuple(fc.nat(whole.length - 1), fc.string({ maxLength: 3 }), fc.nat(3));
  fc.assert(
    fc.property(change, ([at, text, left]) => {
      const changed = Buffer.from(whole.slice(0, at) + text + whole.slice(at + left));
      try {
        const { outcome, statement } = verifyBundle({
          bundle: parseBundle(changed),
          artifact: { digest: image },
          trustedRoots: [world.root],
          expectations: expected,
          now,
        });
        if (outcome === 'passed')
          assert.equal(statement?.subjects[0]?.digests.get('sha256'), digestHex(image));
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
    { numRuns: 300 },
  );
});
