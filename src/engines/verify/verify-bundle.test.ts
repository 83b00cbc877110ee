// The traps of what others' recipes leave open: each is something that must be refused, beside the same thing right.
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestHex, digestOf } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { oldMediaTypes, parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { judgeChecks } from './check.ts';
import { type Expectations, tagPredicateType } from './expectation.ts';
import { createPattern, exactly } from './pattern.ts';
import { checkSignatureCount } from './signature-count.ts';
import { parseTrustedKey } from './signer.ts';
import {
  type BundleJson,
  createTrustWorld,
  formatSimple,
  identity,
  image,
  issuer,
  makeKeys,
  now,
  parse,
  pemOf,
  repository,
} from './trust-world.fixture.ts';
import { type Verification, verifyBundle } from './verify-bundle.ts';

const world = createTrustWorld();
const provenance = 'https://slsa.dev/provenance/v1';
const expected: Expectations = { kind: 'signature', identity: exactly(identity), issuer: exactly(issuer) };

function verify(json: BundleJson, expectations: Partial<Expectations> = {}): Verification {
  return verifyBundle({
    bundle: parse(json),
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { ...expected, ...expectations },
    now,
  });
}

/** Codes of what did not pass, with how. */
function faultsOf({ checks }: Verification): readonly string[] {
  return checks.flatMap(({ code, outcome }) => (outcome === 'passed' ? [] : [`${code} ${outcome}`]));
}

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

test('verify: duplicates count once', () => {
  const json = world.sign();
  const material = json.verificationMaterial;
  material.tlogEntries.push(material.tlogEntries[0]);
  const stamps = material.timestampVerificationData.rfc3161Timestamps;
  stamps.push(stamps[0]);
  assert.equal(verify(json).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(json, { logs: 2, times: 2 })), ['log failed', 'time failed']);
  const one = verify(json);
  const again = verify(world.sign());
  assert.equal(checkSignatureCount([one, one, again], 1).outcome, 'passed');
  assert.equal(checkSignatureCount([one, one, again], 2).outcome, 'failed');
  assert.equal(checkSignatureCount([], 0).outcome, 'failed', 'nobody is no signer');
});

test('verify: an entry of the second kind of log without a timestamp proves no time', () => {
  assert.deepEqual(faultsOf(verify(world.sign({ isStamped: false }))), [
    'time failed',
    'chain unknown',
    'certificate-log unknown',
  ]);
});

test('verify: an integrated time that no log signed is not believed', () => {
  const json = world.sign({ isStamped: false });
  json.verificationMaterial.tlogEntries[0].integratedTime = String(now.getTime() / 1000 - 3600);
  assert.ok(faultsOf(verify(json)).includes('time failed'));
});

test('verify: an entry chooses no log key that was retired, by a time that nobody signed', () => {
  const rootJson = structuredClone(world.rootJson);
  rootJson.tlogs[0].publicKey.validFor = { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' };
  const json = world.sign();
  json.verificationMaterial.tlogEntries[0].integratedTime = String(Date.parse('2026-01-15T00:00:00Z') / 1000);
  const answer = verifyBundle({
    bundle: parse(json),
    artifact: { digest: image },
    trustedRoots: [parseTrustedRoot(Buffer.from(JSON.stringify(rootJson)))],
    expectations: expected,
    now,
  });
  assert.deepEqual(faultsOf(answer), ['log failed']);
});

test('verify: without a log, a promise, or an authority that is trusted it is refused', () => {
  assert.deepEqual(faultsOf(verify(world.sign({ isLogged: false }))), ['log failed']);
  assert.equal(verify(world.sign({ isLogged: false }), { logs: 0 }).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(world.sign({ isPromised: false }))), ['certificate-log failed']);
  assert.equal(verify(world.sign({ isPromised: false }), { certificateLogs: 0 }).outcome, 'passed');
  const other = createTrustWorld();
  assert.deepEqual(faultsOf(verify(other.sign())), [
    'log failed',
    'time failed',
    'chain unknown',
    'certificate-log unknown',
  ]);
  const both = verifyBundle({
    bundle: parse(other.sign()),
    artifact: { digest: image },
    trustedRoots: [world.root, other.root],
    expectations: expected,
    now,
  });
  assert.equal(both.outcome, 'passed', 'any of the roots, whole');
});

test('verify: a log key without the start of its time is refused', () => {
  const json = structuredClone(world.rootJson);
  delete json.tlogs[0].publicKey.validFor.start;
  assert.throws(
    () => parseTrustedRoot(Buffer.from(JSON.stringify(json))),
    (error) =>
      isPlimsollError(error, { code: 'sigstore.root_invalid' }) && /validFor\.start/.test(error.message),
  );
});

test('verify: parts of two roots are not put together', () => {
  const other = createTrustWorld();
  const mixed = parseTrustedRoot(
    Buffer.from(
      JSON.stringify({ ...world.rootJson, certificateAuthorities: other.rootJson.certificateAuthorities }),
    ),
  );
  const answer = verifyBundle({
    bundle: parse(world.sign()),
    artifact: { digest: image },
    trustedRoots: [mixed, other.root],
    expectations: expected,
    now,
  });
  assert.deepEqual(faultsOf(answer), ['chain failed', 'certificate-log unknown']);
});

test('verify: a time that is yet to come, a certificate out of its time, and an unknown critical extension', () => {
  const future = world.sign({ at: new Date(now.getTime() + 3_600_000) });
  assert.deepEqual(faultsOf(verify(future)), ['time failed']);
  const json = world.sign();
  const late = world.sign({ at: new Date(now.getTime() - 30 * 60_000) });
  const swapped = structuredClone(json);
  swapped.verificationMaterial.timestampVerificationData =
    late.verificationMaterial.timestampVerificationData;
  assert.ok(faultsOf(verify(swapped)).includes('time failed'), 'a timestamp of another signature');
  const odd = world.sign({ more: [['1.2.3.4.5', true, Uint8Array.of(5, 0)]] });
  assert.deepEqual(faultsOf(verify(odd)), ['chain failed', 'certificate-log unknown']);
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

test('verify: a plain key of each kind, P-384 by SHA-384 alone', () => {
  const kinds = {
    'P-256': makeKeys(),
    'P-384': makeKeys('P-384'),
    Ed25519: generateKeyPairSync('ed25519'),
    RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  const judge = (json: BundleJson, pem: string): Verification =>
    verifyBundle({
      bundle: parse(json),
      artifact: { digest: image },
      trustedRoots: [],
      keys: [parseTrustedKey(pem, 'ours.pub')],
      expectations: { kind: 'signature' },
      now,
    });
  for (const [kind, keys] of Object.entries(kinds)) {
    const json = world.sign({ plainKey: keys });
    assert.deepEqual(faultsOf(judge(json, pemOf(keys))), [], kind);
    assert.deepEqual(faultsOf(judge(json, pemOf(makeKeys()))), ['signature failed'], kind);
  }
  const weak = world.sign({ plainKey: kinds['P-384'], hash: 'sha256' });
  assert.deepEqual(faultsOf(judge(weak, pemOf(kinds['P-384']))), ['signature failed']);
  const logged = world.sign({ plainKey: kinds['P-256'], isLogged: true });
  assert.equal(judge(logged, pemOf(kinds['P-256'])).outcome, 'passed', 'a log that is not asked for');
});

test('verify: keys that are not taken, and bundles whose key nobody has', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  for (const [pem, code] of [
    [pemOf(small), 'verify.key_invalid'],
    ['no key', 'x509.pem_invalid'],
    [makeKeys().privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'x509.pem_invalid'],
  ] as const)
    assert.throws(
      () => parseTrustedKey(pem, 'key.pub'),
      (error) => isPlimsollError(error, { code }),
    );
  assert.deepEqual(faultsOf(verify(world.sign({ plainKey: makeKeys() }))), ['key failed']);
  const one = parseTrustedKey(pemOf(makeKeys()), 'one.pub');
  const keyed = makeKeys();
  const judge = (
    keys: Parameters<typeof verifyBundle>[0]['keys'],
    expectations: Partial<Expectations> = {},
  ) =>
    verifyBundle({
      bundle: parse(world.sign({ plainKey: keyed })),
      artifact: { digest: image },
      trustedRoots: [],
      ...(keys === undefined ? {} : { keys }),
      expectations: { kind: 'signature', ...expectations },
      now,
    });
  assert.deepEqual(faultsOf(judge([one, { ...one, name: 'two.pub' }])), ['key failed']);
  const own = parseTrustedKey(pemOf(keyed), 'own.pub');
  assert.equal(judge([one, own]).outcome, 'passed', 'the key is found among several');
  assert.deepEqual(faultsOf(judge([{ ...own, to: new Date('2026-01-01') }])), ['key failed']);
  assert.deepEqual(faultsOf(judge([own], { identity: exactly(identity) })), ['identity failed']);
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

test('verify: cosign’s old signatures, with a key', () => {
  const keys = makeKeys();
  const payload = (digest: string, type?: string): Buffer => Buffer.from(formatSimple(digest, type));
  const judge = (bytes: Buffer, expectations: Expectations = { kind: 'signature' }): Verification => {
    const signature = sign('sha256', bytes, keys.privateKey).toString('base64');
    const [bundle] = parseOldSignature({
      mediaType: oldMediaTypes.simpleSigning,
      annotations: { 'dev.cosignproject.cosign/signature': signature },
      bytes,
    });
    assert.ok(bundle !== undefined);
    return verifyBundle({
      bundle,
      artifact: { digest: image },
      trustedRoots: [],
      keys: [parseTrustedKey(pemOf(keys), 'own.pub')],
      expectations,
      now,
    });
  };
  assert.equal(judge(payload(image)).outcome, 'passed');
  assert.deepEqual(faultsOf(judge(payload(digestOf('other')))), ['subject failed']);
  assert.deepEqual(faultsOf(judge(payload(image, 'another thing'))), [
    'subject failed',
    'predicate-type failed',
  ]);
  const tag = { name: 'images.example.org/acme/app', tag: '1.0' };
  assert.deepEqual(faultsOf(judge(payload(image), { kind: 'signature', tag })), ['tag-binding unknown']);
  const elsewhere = { ...tag, name: 'images.example.org/acme/other' };
  assert.deepEqual(faultsOf(judge(payload(image), { kind: 'signature', tag: elsewhere })), [
    'tag-binding failed',
  ]);
});

test('verify: a signature over bytes that are not at hand is unknown', () => {
  const bytes = Buffer.from('an image');
  const keys = makeKeys();
  const json = world.sign({ plainKey: keys });
  delete json.dsseEnvelope;
  json.messageSignature = {
    messageDigest: {
      algorithm: 'SHA2_256',
      digest: Buffer.from(hash('sha256', bytes), 'hex').toString('base64'),
    },
    signature: sign('sha256', bytes, keys.privateKey).toString('base64'),
  };
  const judge = (artifact: Parameters<typeof verifyBundle>[0]['artifact']): Verification =>
    verifyBundle({
      bundle: parse(json),
      artifact,
      trustedRoots: [],
      keys: [parseTrustedKey(pemOf(keys), 'own.pub')],
      expectations: { kind: 'signature' },
      now,
    });
  assert.deepEqual(faultsOf(judge({ digest: image })), ['signature unknown']);
  assert.equal(judge({ digest: image, bytes }).outcome, 'passed');
  assert.deepEqual(faultsOf(judge({ digest: digestOf('other'), bytes })), ['subject failed']);
});

test('verify: cosign’s old signatures, with a certificate and the promise of a log', () => {
  const judge = (
    change: (annotations: Record<string, string>) => void,
    layer = world.signOld(),
  ): Verification => {
    const annotations = { ...layer.annotations };
    change(annotations);
    const [bundle] = parseOldSignature({ ...layer, annotations });
    assert.ok(bundle !== undefined);
    return verifyBundle({
      bundle,
      artifact: { digest: image },
      trustedRoots: [world.root],
      expectations: expected,
      now,
    });
  };
  const answer = judge(() => {});
  assert.equal(answer.outcome, 'passed', JSON.stringify(answer.checks));
  assert.deepEqual(answer.signedAt, new Date('2026-11-21T11:00:00Z'), 'the log signed for the time');
  const later = (annotations: Record<string, string>): void => {
    const bundle = JSON.parse(annotations['dev.sigstore.cosign/bundle'] ?? '');
    bundle.Payload.integratedTime += 1;
    annotations['dev.sigstore.cosign/bundle'] = JSON.stringify(bundle);
  };
  assert.ok(faultsOf(judge(later)).includes('log failed'));
  const swapped = world.signOld();
  const elsewhere = (annotations: Record<string, string>): void => {
    annotations['dev.sigstore.cosign/bundle'] = swapped.annotations['dev.sigstore.cosign/bundle'] ?? '';
  };
  assert.ok(faultsOf(judge(elsewhere)).includes('log failed'), 'the entry of another signature');
  const unlogged = (annotations: Record<string, string>): void => {
    delete annotations['dev.sigstore.cosign/bundle'];
  };
  assert.ok(faultsOf(judge(unlogged)).includes('time failed'));
  assert.deepEqual(faultsOf(judge(() => {}, world.signOld({ subject: digestOf('other') }))), [
    'subject failed',
  ]);
});

test('verify: a root that a bundle brings along is refused', () => {
  const json = world.sign();
  const { certificate } = json.verificationMaterial;
  delete json.verificationMaterial.certificate;
  json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
  json.verificationMaterial.x509CertificateChain = { certificates: [certificate] };
  assert.equal(verify(json).outcome, 'passed');
  const [, root] = world.rootJson.timestampAuthorities[0].certChain.certificates;
  json.verificationMaterial.x509CertificateChain.certificates.push(root);
  assert.deepEqual(faultsOf(verify(json)), ['chain failed']);
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
