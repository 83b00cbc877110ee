import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { bundleMediaTypes } from '../../formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { addBlob, addImage, addManifest, addReferrer } from '../../io/images/fixture-image.ts';
import { createMemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { pushBundle } from '../gate/evidence.fixture.ts';
import { createReadingBudget, findSigned, type SignedPlace } from './find-signed.ts';
import { readImageEvidence } from './image-evidence.ts';
import { readSignedThing } from './subject.ts';
import { createTrustWorld, now } from './trust-world.fixture.ts';

const trust = createTrustWorld();

function makePlace() {
  const memory = createMemoryPlace();
  const image = addImage(memory, []);
  memory.tags.set('app', image.descriptor.digest);
  const place = memory.source('app');
  const hang = (layers: readonly (readonly [string, string])[], artifactType: string): RawManifest =>
    addManifest(memory, {
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: formatDescriptor(addBlob(memory, Buffer.from('{}'), mediaTypes.ociEmpty)),
      layers: layers.map(([type, text]) => formatDescriptor(addBlob(memory, Buffer.from(text), type))),
      subject: formatDescriptor(image.descriptor),
    });
  const bundle = (): string => JSON.stringify(trust.sign({ subject: image.descriptor.digest }));
  return { memory, image, place, hang, bundle, digest: image.descriptor.digest };
}

test('find signed: bundles under their own type and under the wrong one that cosign 3.1 wrote; nothing of other kinds', async () => {
  const { memory, image, place, hang, bundle, digest } = makePlace();
  hang([[bundleMediaTypes.v03, bundle()]], bundleMediaTypes.v03);
  hang([[bundleMediaTypes.v03, bundle()]], mediaTypes.ociEmpty);
  addReferrer(memory, image, 'a note');
  const { bundles, unknowns, notation } = await findSigned(place, digest);
  assert.deepEqual([bundles.length, unknowns.length, notation.length], [2, 0, 0]);
  assert.deepEqual(new Set(bundles.map(({ via }) => via)), new Set(['referrer']));
});

test('find signed: what calls itself a signature and cannot be read is unknown', async () => {
  const { memory, place, hang, bundle, digest } = makePlace();
  hang([[bundleMediaTypes.v03, '{}']], bundleMediaTypes.v03);
  hang([['text/plain', 'x']], bundleMediaTypes.v03);
  hang([['application/jose+json', 'x']], 'application/vnd.cncf.notary.signature');
  const lost = hang([[bundleMediaTypes.v03, bundle()]], bundleMediaTypes.v03);
  memory.blobs.delete(JSON.parse(Buffer.from(lost.bytes).toString()).layers[0].digest as Digest);
  const { bundles, unknowns } = await findSigned(place, digest);
  assert.equal(bundles.length, 0);
  assert.equal(unknowns.length, 4);
  assert.ok(unknowns.some(({ why }) => why === 'it calls itself a bundle and holds none'));
});

test('find signed: a registry that does not answer is unknown, for each place by itself', async () => {
  const { place, digest } = makePlace();
  const refuse = async (): Promise<never> => {
    throw imageErrors.registry_failed('the registry is down');
  };
  const silent: SignedPlace = { ...place, referrers: refuse, readTag: refuse };
  const { unknowns, failures } = await findSigned(silent, digest);
  assert.deepEqual(unknowns.map(({ where }) => where.replace(/sha256[:-][0-9a-f]{64}/, 'DIGEST')).sort(), [
    'referrers of DIGEST',
    'the tag DIGEST.att',
    'the tag DIGEST.sig',
  ]);
  assert.deepEqual(new Set(failures.map(({ kind }) => kind)), new Set(['unavailable']));
  const broken: SignedPlace = {
    ...place,
    readTag: async () => {
      throw new Error('a defect');
    },
  };
  await assert.rejects(findSigned(broken, digest), /a defect/);
});

test('find signed: what takes an image back is read before all that others hang there', async () => {
  const { memory, place, digest } = makePlace();
  const push = (hours: number, predicateType?: string): void => {
    const at = new Date(now.getTime() - hours * 3_600_000);
    pushBundle(memory, digest, trust.sign({ subject: digest, at, ...(predicateType && { predicateType }) }));
  };
  for (let at = 1; at <= 20; at += 1) push(at);
  push(21, revocationPredicateType);
  for (let at = 22; at <= 40; at += 1) push(at);
  const { bundles, unknowns } = await findSigned(place, digest, { signatures: 4, sizeBytes: 1_000_000 });
  const [first] = bundles;
  assert.ok(first !== undefined);
  const thing = readSignedThing(first.bundle);
  assert.equal(thing.kind === 'statement' && thing.statement.predicateType, revocationPredicateType);
  assert.match(unknowns[0]?.why ?? '', /more are there/);
});

test('find signed: no more is read than may be, in number and in bytes, and that is told', async () => {
  const { place, hang, bundle, digest } = makePlace();
  for (let count = 0; count < 3; count += 1) hang([[bundleMediaTypes.v03, bundle()]], bundleMediaTypes.v03);
  const few = await findSigned(place, digest, { signatures: 4, sizeBytes: 1_000_000 });
  assert.deepEqual([few.bundles.length, few.unknowns.length], [2, 1]);
  assert.match(
    few.unknowns[0]?.why ?? '',
    new RegExp(`^1 more are there than the ${limits.imageSignatures} `),
  );
  const none = await findSigned(place, digest, { signatures: 0, sizeBytes: 0 });
  assert.deepEqual([none.bundles.length, none.unknowns.length], [0, 1]);
  const small = await findSigned(place, digest, { signatures: 100, sizeBytes: bundle().length + 100 });
  assert.equal(small.bundles.length, 1);
  const budget = createReadingBudget();
  await findSigned(place, digest, budget);
  assert.equal(budget.signatures, limits.imageSignatures - 6);
});

test('image evidence: the reference is resolved once, whatever the tag does meanwhile', async () => {
  const { memory, image, place, hang, bundle } = makePlace();
  hang([[bundleMediaTypes.v03, bundle()]], bundleMediaTypes.v03);
  let asked = 0;
  const moving = {
    ...place,
    async root() {
      asked += 1;
      if (asked > 1)
        memory.tags.set('app', addImage(memory, [], { architecture: 'arm64' }).descriptor.digest);
      return place.root();
    },
  };
  const machine = { os: 'linux', architecture: 'amd64' };
  const { root, signed } = await readImageEvidence(moving, { machine, platform: machine });
  assert.equal(asked, 1);
  assert.deepEqual([root.descriptor.digest, signed.bundles.length], [image.descriptor.digest, 1]);
});

test('image evidence: an index without an image for this machine is judged as an index, and that is told', async () => {
  const { memory, image } = makePlace();
  const index = addManifest(memory, {
    mediaType: mediaTypes.ociIndex,
    manifests: [
      formatDescriptor({ ...image.descriptor, platform: { os: 'linux', architecture: 's390x' } }),
      formatDescriptor({ ...image.descriptor, platform: { os: 'windows', architecture: 's390x' } }),
    ],
  });
  memory.tags.set('many', index.descriptor.digest);
  const place = memory.source('many');
  const machine = { os: 'linux', architecture: 'riscv64' };
  const { platform, unknowns } = await readImageEvidence(place, { machine });
  assert.equal(platform, undefined);
  assert.match(unknowns[0]?.where ?? '', /linux\/riscv64/);
  await assert.rejects(readImageEvidence(place, { machine, platform: machine }), {
    code: 'oci.platform_missing',
  });
});
