// Marks and trust policies through the registry's port, with signatures that hold and such that do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { addBlob, addImage, addManifest } from '../../io/images/fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import type { Json } from '../../kit/json.ts';
import { parseTrustedKey } from '../verify/signer.ts';
import { parseTrustPolicy } from '../verify/trust-policy-file.ts';
import {
  createTrustWorld,
  identity,
  issuer,
  makeKeys,
  now,
  pemOf,
  repository,
} from '../verify/trust-world.fixture.ts';
import { descriptorOf, pushBundle } from './evidence.fixture.ts';
import { createEvidenceVerdicts, type EvidenceDeps } from './evidence-verdicts.ts';
import type { MarkRequirement, Requirement } from './gate-policy.ts';
import { createImagePlace } from './image-place.ts';
import type { ImageVerdict } from './verdict.ts';

const world = createTrustWorld();
const name = 'images.example.org/acme/app';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 },
  layers: [],
});
const image = digestOf(manifest);
const HOUR_MS = 3_600_000;
const at = (hours: number): string => new Date(now.getTime() - hours * HOUR_MS).toISOString();
const required: MarkRequirement = {
  kind: 'mark',
  signer: {
    kind: 'identity',
    issuer: { kind: 'exact', text: issuer },
    identity: { kind: 'exact', text: identity },
  },
  policy: '*#standard',
};

interface MarkParts {
  readonly result?: string;
  readonly policy?: string;
  readonly resource?: string;
  readonly hours?: number;
  readonly details?: object;
}

function mark(parts: MarkParts = {}, more: object = {}): object {
  const { result = 'PASSED', policy = 'standard', hours = 2, details } = parts;
  const place =
    parts.resource ?? `pkg:oci/app@${encodeURIComponent(image)}?repository_url=${encodeURIComponent(name)}`;
  return world.sign({
    subject: image,
    predicateType: verificationSummaryType,
    predicate: {
      verifier: { id: 'https://images.example.org' },
      timeVerified: at(hours),
      resourceUri: place,
      policy: { uri: `https://images.example.org/api/v1/policy#${policy}` },
      verificationResult: result,
      ...(details === undefined ? {} : { plimsoll_verdict: details }),
    },
    ...more,
  });
}

function revocation(action: string, hours: number, more: object = {}, signed: object = {}): object {
  const predicate = { action, kind: 'digest', value: image, why: 'a stolen key', at: at(hours), ...more };
  return world.sign({ subject: image, predicateType: revocationPredicateType, predicate, ...signed });
}

/** No root is that of the instance that holds the image. */
const nobody: EvidenceDeps['openInstance'] = async () => {
  throw new Error('nobody is to be asked for a list');
};

async function judge(
  bundles: readonly object[],
  requirement: Requirement = required,
  change: (place: MemoryPlace) => void = () => {},
  more: Partial<EvidenceDeps> = {},
): Promise<ImageVerdict> {
  const place = createMemoryPlace();
  place.manifests.set(image, { descriptor: descriptorOf(manifest), bytes: Buffer.from(manifest) });
  for (const bundle of bundles) pushBundle(place, image, bundle);
  change(place);
  const source = createEvidenceVerdicts({
    place: createImagePlace(async (reference) => place.source(formatReference(reference))),
    trustedRoots: [world.root],
    keys: [parseTrustedKey(pemOf(keys), 'ours.pub')],
    openInstance: nobody,
    clock: { now: () => now.getTime() },
    ...more,
  });
  const reference = parseRegistryReference(`${name}:1.0@${image}`);
  return source.judge({ reference, digest: image, requirement, signal: new AbortController().signal });
}

const keys = makeKeys();
const said = ({ reasons }: ImageVerdict): string => reasons.map(({ sentence }) => sentence).join(' ');

test('mark: one that holds and says PASSED for this image, policy and signer lets it in', async () => {
  const verdict = await judge([mark()]);
  assert.equal(verdict.outcome, 'pass', said(verdict));
  assert.match(
    said(verdict),
    /It passed the policy https:\/\/images\.example\.org\/api\/v1\/policy#standard/,
  );
  const byKey: Requirement = { kind: 'mark', signer: { kind: 'key', key: 'ours.pub' } };
  assert.equal((await judge([mark({}, { plainKey: keys })], byKey)).outcome, 'pass');
  assert.equal((await judge([mark({}, { plainKey: makeKeys() })], byKey)).outcome, 'fail');
  assert.equal(
    (await judge([mark()], { ...byKey, signer: { kind: 'key', key: 'theirs.pub' } })).outcome,
    'unknown',
  );
});

test('mark: none is unknown; a signature, or a mark that does not count, is never one', async () => {
  const none = await judge([]);
  assert.equal(none.outcome, 'unknown');
  assert.match(
    said(none),
    /No mark for the policy \*#standard that counts hangs on images\.example\.org\/acme\/app@sha256:/,
  );
  assert.ok(none.reasons[0]?.fix?.includes('plimsoll copy'));
  assert.equal((await judge([world.sign({ subject: image })])).outcome, 'unknown');
  for (const bad of [
    mark({}, { uris: ['https://git.example.org/mallory/app/.workflows/x.yml@refs/heads/main'] }),
    mark({}, { claims: { 8: 'https://evil.example.org', 9: identity, 11: 'self-hosted', 12: repository } }),
    mark({}, { subject: digestOf('another image') }),
    mark({}, { isLogged: false }),
    mark({}, { isStamped: false }),
    mark({}, { isPromised: false }),
    mark({ policy: 'lax' }),
    mark({ resource: 'https://images.example.org/acme/other' }),
    mark({ resource: '' }),
  ]) {
    const verdict = await judge([bad]);
    assert.equal(verdict.outcome, 'fail', said(verdict));
  }
  const flipped = mark() as { dsseEnvelope: { payload: string } };
  flipped.dsseEnvelope.payload = Buffer.from(
    Buffer.from(flipped.dsseEnvelope.payload, 'base64').toString().replace('standard', 'Standard'),
  ).toString('base64');
  assert.equal((await judge([flipped])).outcome, 'fail');
});

test('mark: FAILED is denied with the rules that its signer names and what mends them', async () => {
  const details = {
    rules: [
      {
        rule: 'non-root-user',
        title: 'Runs as root',
        outcome: 'fail',
        reasons: ['USER is root'],
        fix: 'Set USER.',
        platform: 'linux/amd64',
      },
      { rule: 'fine', title: 'Fine', outcome: 'pass', reasons: [] },
      7,
    ],
  };
  const verdict = await judge([mark({ result: 'FAILED', details })]);
  assert.equal(verdict.outcome, 'fail');
  assert.deepEqual(verdict.reasons[1], {
    rule: 'non-root-user',
    sentence: 'linux/amd64: USER is root',
    fix: 'Set USER.',
  });
  assert.equal(verdict.reasons.length, 2);
  for (const result of ['passed', '', 'UNKNOWN'])
    assert.equal((await judge([mark({ result })])).outcome, 'fail', result);
});

test('mark: the newest of a policy counts, in whatever order they are found, and of all policies each', async () => {
  const [old, fresh] = [mark({ hours: 9 }), mark({ result: 'FAILED', hours: 1 })];
  assert.equal((await judge([old, fresh])).outcome, 'fail');
  assert.equal((await judge([fresh, old])).outcome, 'fail');
  assert.equal((await judge([mark({ result: 'FAILED', hours: 9 }), mark({ hours: 1 })])).outcome, 'pass');
  assert.equal((await judge([mark({ hours: 1 }), mark({ result: 'FAILED', hours: 1 })])).outcome, 'fail');
  const { policy: _, ...any } = required;
  const other = mark({ policy: 'strict', result: 'FAILED' });
  assert.equal((await judge([mark(), other], any)).outcome, 'fail');
  assert.equal((await judge([mark(), other])).outcome, 'pass');
});

test('mark: one that is older than is allowed does not count, and one of a mirror only where the rule names it', async () => {
  assert.equal((await judge([mark()], { ...required, maxAgeMs: 30 * 60_000 })).outcome, 'fail');
  assert.equal((await judge([mark()], { ...required, maxAgeMs: 2 * HOUR_MS })).outcome, 'pass');
  const elsewhere = mark({ resource: 'https://hub.example.org/acme/app:1@sha256:00' });
  assert.equal((await judge([elsewhere])).outcome, 'fail');
  assert.equal(
    (await judge([elsewhere], { ...required, resource: 'hub.example.org/acme/*' })).outcome,
    'pass',
  );
});

test('revocation: what the signer took back is denied until it is reinstated, and nobody else takes it back', async () => {
  const taken = await judge([mark(), revocation('revoke', 3)]);
  assert.deepEqual([taken.outcome, taken.revoked], ['fail', 'a stolen key']);
  assert.equal((await judge([mark(), revocation('revoke', 3), revocation('reinstate', 1)])).outcome, 'pass');
  assert.equal((await judge([mark(), revocation('reinstate', 3), revocation('revoke', 1)])).outcome, 'fail');
  assert.equal((await judge([mark(), revocation('reinstate', 2), revocation('revoke', 2)])).outcome, 'fail');
  const stranger = revocation(
    'revoke',
    1,
    {},
    { uris: ['https://git.example.org/mallory/x@refs/heads/main'] },
  );
  assert.equal((await judge([mark(), stranger])).outcome, 'pass');
  const elsewhere = revocation('revoke', 1, { repository: 'images.example.org/acme/other' });
  assert.equal((await judge([mark(), elsewhere])).outcome, 'pass');
  assert.equal((await judge([mark(), revocation('revoke', 1, { repository: name })])).outcome, 'fail');
});

test('revocation: the instance takes back what it holds and undoes what others said; a stranger’s key does neither', async () => {
  const own = 'https://images.example.org';
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const byKey: Requirement = { kind: 'mark', signer: { kind: 'key', key: 'ours.pub' } };
  const good = mark({}, { plainKey: keys });
  const asked = async (...statements: readonly object[]) =>
    (await judge([good, ...statements], byKey)).outcome;
  assert.equal(await asked(revocation('revoke', 3, {}, byInstance)), 'fail');
  assert.equal(
    await asked(revocation('revoke', 3, {}, byInstance), revocation('reinstate', 1, {}, { plainKey: keys })),
    'fail',
  );
  assert.equal(
    await asked(revocation('revoke', 3, {}, { plainKey: keys }), revocation('reinstate', 1, {}, byInstance)),
    'pass',
  );
  const elsewhere = {
    uris: ['https://hub.example.org'],
    claims: { 8: 'https://hub.example.org', 11: 'self-hosted' },
  };
  assert.equal(await asked(revocation('revoke', 3, {}, elsewhere)), 'pass');
});

test('evidence: what cannot be read might be a revocation, so that nothing passes beside it', async () => {
  const hidden = (place: MemoryPlace): void =>
    pushBundle(place, image, { broken: true }, revocationPredicateType);
  const beside = await judge([mark()], required, hidden);
  assert.equal(beside.outcome, 'unknown');
  assert.match(said(beside), /could not be read/);
  const vague = await judge([mark(), revocation('revoke', 3, { kind: 'everything' })]);
  assert.equal(vague.outcome, 'unknown');
  assert.match(
    said(vague),
    /A statement that hangs on sha256:.* takes something back, and does not say what; .* signed it/,
  );
  const stranger = { uris: ['https://git.example.org/mallory/x@refs/heads/main'] };
  assert.equal((await judge([mark(), revocation('revoke', 3, { kind: '' }, stranger)])).outcome, 'pass');
  const sbom = (place: MemoryPlace): void =>
    pushBundle(place, image, { broken: true }, 'https://spdx.dev/Document');
  assert.equal((await judge([mark()], required, sbom)).outcome, 'pass');
});

test('evidence: a registry that cannot be asked is unavailable, one that refuses is unknown', async () => {
  for (const [failure, outcome] of [
    [imageErrors.registry_failed('it answered 502'), 'unavailable'],
    [imageErrors.limited('too many pulls'), 'unavailable'],
    [imageErrors.denied('not for you'), 'unknown'],
    [imageErrors.revoked('it was revoked: a key was in it'), 'fail'],
  ] as const) {
    const fail = async (): Promise<never> => {
      throw failure;
    };
    const whole = createMemoryPlace().source(name);
    for (const open of [fail, async () => ({ ...whole, referrers: fail })]) {
      const source = createEvidenceVerdicts({
        place: createImagePlace(open),
        trustedRoots: [],
        keys: [],
        openInstance: nobody,
        clock: { now: () => 0 },
      });
      const reference = parseRegistryReference(name);
      const signal = new AbortController().signal;
      const verdict = await source.judge({ reference, digest: image, requirement: required, signal });
      assert.equal(verdict.outcome, outcome, said(verdict));
      assert.equal(verdict.revoked !== undefined, outcome === 'fail');
    }
  }
});

test('revocation: what a revoked key or identity signed counts for nothing, and says so', async () => {
  const own = 'https://images.example.org';
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const who = { kind: 'identity', value: identity };
  const verdict = await judge([mark(), revocation('revoke', 3, who, byInstance)]);
  assert.deepEqual([verdict.outcome, verdict.revoked], ['fail', undefined]);
  assert.match(said(verdict), /A mark does not count: .*a stolen key/);
});

test('witnesses: without their word no mark counts; what was taken back needs none', async () => {
  const judged = (isReached: boolean, ...bundles: readonly object[]) => {
    const witnesses = () => ({ isReached, sentence: isReached ? 'W saw it.' : 'No witness saw it.' });
    return judge(bundles, required, undefined, { witnesses });
  };
  assert.equal((await judged(true, mark())).outcome, 'pass');
  const alone = await judged(false, mark());
  assert.equal(alone.outcome, 'fail');
  assert.match(said(alone), /A mark does not count: No witness saw it\./);
  assert.equal((await judged(false, mark(), revocation('revoke', 1))).revoked, 'a stolen key');
});

/** An index whose images have statements in attestation manifests, each signed where it is named. */
function attestedIndex(place: MemoryPlace, signed: readonly string[], type: string): RawManifest {
  const platforms = ['amd64', 'arm64'];
  const children = platforms.flatMap((architecture) => {
    const child = addImage(place, [], { architecture });
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app', digest: { sha256: child.descriptor.digest.slice(7) } }],
      predicateType: type,
      predicate: {},
    };
    const layer = addBlob(place, Buffer.from(JSON.stringify(statement)), 'application/vnd.in-toto+json');
    const attestation = addManifest(place, {
      mediaType: mediaTypes.ociManifest,
      config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociConfig)),
      layers: [{ ...formatDescriptor(layer), annotations: { 'in-toto.io/predicate-type': type } }],
    });
    const { digest } = attestation.descriptor;
    if (signed.includes(architecture)) pushBundle(place, digest, world.sign({ subject: digest }));
    return [
      formatDescriptor({ ...child.descriptor, platform: { os: 'linux', architecture } }),
      {
        ...formatDescriptor(attestation.descriptor),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': child.descriptor.digest,
        },
      },
    ];
  });
  return addManifest(place, { mediaType: mediaTypes.ociIndex, manifests: children });
}

test('trust policy: a statement that is signed in the index must be there for each of its images', async () => {
  const type = 'https://slsa.dev/provenance/v1';
  const policy = parseTrustPolicy(
    `trust:
  - names: [images.example.org/acme/*]
    signatures: 0
    statements: [ { type: ${type} } ]
    signers:
      - { issuer: ${issuer}, identity: "${identity}", source-repository: ${repository} }`,
    'trust.yaml',
  );
  const asked = async (signed: readonly string[], change = (_: MemoryPlace, __: RawManifest): void => {}) => {
    const place = createMemoryPlace();
    const index = attestedIndex(place, signed, type);
    change(place, index);
    const source = createEvidenceVerdicts({
      place: createImagePlace(async (reference) => place.source(formatReference(reference))),
      trustedRoots: [world.root],
      keys: [],
      openInstance: nobody,
      clock: { now: () => now.getTime() },
    });
    const { digest } = index.descriptor;
    const reference = parseRegistryReference(`${name}@${digest}`);
    const requirement: Requirement = { kind: 'trust', file: 'trust.yaml', policy };
    return source.judge({ reference, digest, requirement, signal: new AbortController().signal });
  };
  const both = await asked(['amd64', 'arm64']);
  assert.equal(both.outcome, 'pass', said(both));
  for (const signed of [['amd64'], ['arm64'], []])
    assert.equal((await asked(signed)).outcome, 'fail', signed.join());
  const childOf = ({ bytes }: RawManifest): Digest =>
    JSON.parse(Buffer.from(bytes).toString()).manifests[2].digest;
  const revoked = await asked(['amd64', 'arm64'], (place, index) => {
    const child = childOf(index);
    const predicate = { action: 'revoke', kind: 'digest', value: child, why: 'a bad build', at: at(1) };
    pushBundle(
      place,
      child,
      world.sign({ subject: child, predicateType: revocationPredicateType, predicate }),
    );
  });
  assert.deepEqual([revoked.outcome, revoked.revoked], ['fail', 'a bad build']);
  const broken = await asked(['amd64', 'arm64'], (place, index) =>
    pushBundle(place, childOf(index), { broken: true }, revocationPredicateType),
  );
  assert.equal(broken.outcome, 'unknown', said(broken));
});

test('trust policy: its demands are judged by the one verifier, cosign’s old signatures with them', async () => {
  const policy = parseTrustPolicy(
    `trust:
  - names: [images.example.org/acme/*]
    signers:
      - { issuer: ${issuer}, identity: "${identity}", source-repository: ${repository} }`,
    'trust.yaml',
  );
  const trust: Requirement = { kind: 'trust', file: 'trust.yaml', policy };
  assert.equal((await judge([world.sign({ subject: image })], trust)).outcome, 'pass');
  const lone = await judge(
    [world.sign({ subject: image, predicateType: 'https://slsa.dev/provenance/v1' })],
    trust,
  );
  assert.equal(lone.outcome, 'fail');
  assert.match(
    lone.reasons[0]?.fix ?? '',
    /plimsoll verify images\.example\.org\/acme\/app:1\.0@sha256:.* --policy trust\.yaml/,
  );
  const old = (place: MemoryPlace): void => {
    const layer = world.signOld({ subject: image });
    const descriptor = { ...descriptorOf(layer.bytes, layer.mediaType), annotations: layer.annotations };
    place.blobs.set(descriptor.digest, layer.bytes);
    const { sizeBytes, ...rest } = descriptor;
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { ...rest, size: sizeBytes },
        layers: [{ ...rest, size: sizeBytes }],
      }),
    );
    const own = descriptorOf(bytes);
    place.manifests.set(own.digest, { descriptor: own, bytes });
    place.tags.set(`${name}:${image.replace(':', '-')}.sig`, own.digest);
  };
  assert.equal((await judge([], trust, old)).outcome, 'pass');
  assert.equal((await judge([], trust)).outcome, 'fail');
  const other = parseTrustPolicy('trust: [ { names: [x/*], signers: [ { key: ours.pub } ] } ]', 'trust.yaml');
  assert.equal((await judge([], { ...trust, policy: other })).outcome, 'unknown');
  assert.equal((await judge([], { kind: 'trust', file: 'trust.yaml' })).outcome, 'unknown');
  assert.equal(
    (await judge([world.sign({ subject: image }), revocation('revoke', 1)], trust)).revoked,
    'a stolen key',
  );
  assert.equal((await judge([], { kind: 'verdict', instance: 'images.example.org' })).outcome, 'unknown');
});

test('revocation: the list of the instance that holds the image counts, where its root is trusted', async () => {
  const own = 'https://images.example.org';
  const ofInstance = structuredClone(world.rootJson);
  ofInstance.certificateAuthorities[0].uri = `${own}/trust/ca`;
  const trustedRoots = [parseTrustedRoot(Buffer.from(JSON.stringify(ofInstance)))];
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const asked: string[] = [];
  const judged = (answer: (after: string | null) => { status: number; value: Json }) =>
    judge([mark()], required, undefined, {
      trustedRoots,
      openInstance: async () => ({
        ask: async ({ path }) => {
          const { searchParams } = new URL(path, own);
          asked.push(...searchParams.getAll('digest'));
          return answer(searchParams.get('after'));
        },
      }),
    });
  const list = (...bundles: readonly object[]) =>
    judged((after) => ({
      status: 200,
      value: {
        revocations: after === '0' ? bundles.map((bundle, at) => ({ seq: at + 1, bundle })) : [],
        next: bundles.length,
      } as unknown as Json,
    }));
  assert.equal((await list()).outcome, 'pass');
  assert.deepEqual(asked, [image]);
  const taken = await list(revocation('revoke', 3, {}, byInstance));
  assert.deepEqual([taken.outcome, taken.revoked], ['fail', 'a stolen key']);
  assert.equal((await list(revocation('revoke', 3))).outcome, 'pass', 'not the instance’s own word');
  const lost = { kind: 'identity', value: identity };
  assert.equal((await list(revocation('revoke', 3, lost, byInstance))).outcome, 'fail');
  assert.equal((await judged(() => ({ status: 404, value: {} }))).outcome, 'unknown');
  const away = await judged(() => {
    throw imageErrors.registry_failed('it answered 502');
  });
  assert.equal(away.outcome, 'unavailable');
});
