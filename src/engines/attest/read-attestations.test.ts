import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { addBlob, addImage, addManifest, addReferrer, formatLayer } from '../../io/images/fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { readAttestations } from './read-attestations.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const SLSA = 'https://slsa.dev/provenance/v1';
const SPDX = 'https://spdx.dev/Document';

function statement(subject: RawManifest, predicateType: string, predicate: object = {}): string {
  const digest = { sha256: subject.descriptor.digest.slice('sha256:'.length) };
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType,
    subject: [{ name: 'app', digest }],
    predicate,
  });
}

const slsa = { buildDefinition: { buildType: 'https://example.org/build' } };

function attach(
  place: MemoryPlace,
  members: { artifactType?: string; subject?: RawManifest; annotations?: Record<string, string> },
  texts: readonly string[],
  layerType = IN_TOTO,
): RawManifest {
  const { subject, ...rest } = members;
  return addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    ...rest,
    config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty)),
    layers: texts.map((text) => formatDescriptor(addBlob(place, Buffer.from(text), layerType))),
    ...(subject === undefined ? {} : { subject: formatDescriptor(subject.descriptor) }),
  });
}

function indexOf(place: MemoryPlace, image: RawManifest, attestation: RawManifest, of = image): RawManifest {
  return addManifest(place, {
    mediaType: mediaTypes.ociIndex,
    manifests: [
      formatDescriptor({ ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } }),
      formatDescriptor({
        ...attestation.descriptor,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': of.descriptor.digest,
        },
      }),
    ],
  });
}

function world() {
  const place = createMemoryPlace();
  const image = addImage(place, [formatLayer([{ path: 'a' }])]);
  return { place, image, source: place.source('any') };
}

test('attest: BuildKit’s statements in the index are read, also in the artifact form that is a referrer too', async () => {
  const { place, image, source } = world();
  const texts = [statement(image, SLSA, slsa), statement(image, SPDX)];
  const bare = attach(place, {}, texts);
  const artifactType = 'application/vnd.docker.attestation.manifest.v1+json';
  const artifact = attach(place, { artifactType, subject: image }, texts);
  for (const attestation of [bare, artifact]) {
    const root = indexOf(place, image, attestation);
    const { attestations, unknowns } = await readAttestations(source, { root, image });
    assert.deepEqual(unknowns, []);
    assert.deepEqual(
      attestations.map(({ predicateType, via, isAboutImage, provenance }) => [
        predicateType,
        via,
        isAboutImage,
        provenance?.materials.length,
      ]),
      [
        [SLSA, 'index', true, 0],
        [SPDX, 'index', true, undefined],
      ],
    );
  }
});

test('attest: an attestation for another platform is not this image’s; one about another image says so', async () => {
  const { place, image, source } = world();
  const other = addImage(place, [formatLayer([{ path: 'b' }])]);
  const attestation = attach(place, {}, [statement(other, SLSA, slsa)]);
  const apart = await readAttestations(source, { root: indexOf(place, image, attestation, other), image });
  assert.deepEqual(apart, { attestations: [], unknowns: [] });
  const wrong = await readAttestations(source, { root: indexOf(place, image, attestation), image });
  assert.deepEqual(
    wrong.attestations.map((one) => one.isAboutImage),
    [false],
  );
});

test('attest: referrers of the image and of its index are read in each envelope; what is no statement is passed over', async () => {
  const { place, image, source } = world();
  const root = indexOf(place, image, attach(place, {}, []));
  const payload = Buffer.from(statement(root, SPDX)).toString('base64');
  const envelope = JSON.stringify({ payloadType: IN_TOTO, payload, signatures: [] });
  const dsse = 'application/vnd.dsse.envelope.v1+json';
  const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  attach(place, { artifactType: dsse, subject: root }, [envelope], dsse);
  const bundle = JSON.stringify({ dsseEnvelope: JSON.parse(envelope) });
  // cosign wrote the empty type into lists that it keeps itself.
  attach(place, { artifactType: mediaTypes.ociEmpty, subject: image }, [bundle], bundleType);
  const signature = { 'dev.sigstore.bundle.content': 'message-signature' };
  attach(place, { artifactType: bundleType, subject: image, annotations: signature }, ['{}'], bundleType);
  addReferrer(place, image, 'a note');
  const { attestations, unknowns } = await readAttestations(source, { root, image });
  assert.deepEqual(unknowns, []);
  assert.deepEqual(
    attestations.map(({ predicateType, via, isAboutImage }) => [predicateType, via, isAboutImage]),
    [
      [SPDX, 'referrer', true],
      [SPDX, 'referrer', true],
    ],
  );
});

test('attest: what cannot be read is an unknown, never an absence', async () => {
  const { place, image, source } = world();
  const broken = attach(place, { artifactType: IN_TOTO, subject: image }, ['no statement']);
  const gone = attach(place, { artifactType: IN_TOTO, subject: image }, [statement(image, SPDX)]);
  place.blobs.delete(JSON.parse(Buffer.from(gone.bytes).toString()).layers[0].digest);
  attach(place, { artifactType: IN_TOTO, subject: image }, [statement(image, SLSA, {})]);
  const { attestations, unknowns } = await readAttestations(source, { root: image, image });
  assert.deepEqual(
    attestations.map(({ predicateType, provenance }) => [predicateType, provenance]),
    [[SLSA, undefined]],
    'a statement whose provenance is not readable is still there',
  );
  assert.equal(unknowns.length, 3);
  assert.ok(unknowns.some(({ why }) => /not a readable in-toto statement/.test(why)));
  assert.ok(unknowns.some(({ why }) => /no blob/.test(why)));
  assert.ok(unknowns.some(({ why }) => /no buildDefinition\.buildType/.test(why)));
  place.manifests.delete(broken.descriptor.digest);
  const refusing = {
    ...source,
    referrers: async () => {
      throw imageErrors.registry_failed('the registry answered 500');
    },
  };
  const refused = await readAttestations(refusing, { root: image, image });
  assert.deepEqual(refused, {
    attestations: [],
    unknowns: [{ where: `referrers of ${image.descriptor.digest}`, why: 'the registry answered 500' }],
  });
});

test('attest: only so many are read, and the rest is told', async () => {
  const { place, image, source } = world();
  const count = limits.imageStatements + 3;
  for (let at = 0; at < count; at += 1)
    attach(place, { artifactType: IN_TOTO, subject: image }, [statement(image, SPDX, { at })]);
  const { attestations, unknowns } = await readAttestations(source, { root: image, image });
  assert.equal(attestations.length, limits.imageStatements);
  assert.match(unknowns[0]?.why ?? '', /^3 more are attached/);
  const many = Array.from({ length: count }, (_, at) => statement(image, SPDX, { at }));
  const root = indexOf(place, image, attach(place, {}, many));
  const crowded = await readAttestations({ ...source, referrers: async () => [] }, { root, image });
  assert.equal(crowded.attestations.length, limits.imageStatements);
  assert.match(crowded.unknowns[0]?.why ?? '', /more statements than are read/);
});

test('attest: a statement larger than its bound is not fetched', async () => {
  const { place, image, source } = world();
  const huge = { mediaType: IN_TOTO, digest: image.descriptor.digest, size: limits.statementBytes + 1 };
  addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    artifactType: IN_TOTO,
    config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty)),
    layers: [huge],
    subject: formatDescriptor(image.descriptor),
  });
  const { unknowns } = await readAttestations(source, { root: image, image });
  assert.match(unknowns[0]?.why ?? '', /would still be read/);
});
