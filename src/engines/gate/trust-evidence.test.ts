// Trust policies through the registry's port, for images and for all that are in an index.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { addBlob, addImage, addManifest } from '../../io/images/fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { parseTrustPolicy } from '../verify/trust-policy-file.ts';
import { identity, issuer, now, repository } from '../verify/trust-world.fixture.ts';
import { descriptorOf, pushBundle } from './evidence.fixture.ts';
import { createEvidenceVerdicts } from './evidence-verdicts.ts';
import type { Requirement } from './gate-policy.ts';
import { createImagePlace } from './image-place.ts';
import { at, image, judge, name, nobody, revocation, said, world } from './mark-world.fixture.ts';

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
