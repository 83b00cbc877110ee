// What is signed of an image, that it is verified by anybody else's means, and that nothing which does not hold, and
// nothing of what others wrote, is touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueChain, nowMs } from '../../formats/notation/certificate.fixture.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { parsePlatform } from '../../formats/oci/platform.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { oldTagOf } from '../../formats/sigstore/old-manifest.ts';
import { parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { addImage, addIndex, addManifest, formatLayer } from '../../io/images/fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { signWith } from '../../io/keys/sign.ts';
import { createLogClient } from '../../io/sigstore/rekor.ts';
import { createOldRekor } from '../../io/sigstore/rekor-old.fixture.ts';
import { limits } from '../../kit/limits.ts';
import { authorityErrors } from '../authority/errors.ts';
import { createInstance, START } from '../authority/instance.fixture.ts';
import { signNotation } from '../notation/sign.ts';
import { tagPredicateType } from '../verify/expectation.ts';
import { exactly } from '../verify/pattern.ts';
import { readPublicKey } from '../verify/public-key.ts';
import { verifyBundle } from '../verify/verify-bundle.ts';
import { signErrors } from './errors.ts';
import { type Made, makeSignatures, type SignPlan } from './make.ts';
import type { ImageSigner } from './seal.ts';
import { createIdentitySigner, createKeySigner } from './sign.fixture.ts';
import { listSubjects } from './subject.ts';
import { writeSignatures } from './write.ts';

const NAME = 'images.example.org/team/app';

function createScene(): { place: MemoryPlace; index: Digest; children: readonly Digest[] } {
  const place = createMemoryPlace();
  const of = (architecture: string) =>
    addImage(place, [formatLayer([{ path: architecture }])], { architecture });
  const index = addIndex(place, [
    ['linux/amd64', of('amd64')],
    ['linux/arm64', of('arm64')],
  ]);
  place.tags.set(`${NAME}:1.0`, index.descriptor.digest);
  const manifest = parseManifest(index.bytes);
  return {
    place,
    index: index.descriptor.digest,
    children: manifest.kind === 'index' ? manifest.manifests.map(({ digest }) => digest) : [],
  };
}

async function signAll(place: MemoryPlace, signer: ImageSigner, more: Partial<SignPlan> = {}) {
  const subjects = await listSubjects(place.source(`${NAME}:1.0`), {});
  const made = await makeSignatures({ subjects, ...more }, signer);
  await writeSignatures(made, place.target(`${NAME}:1.0`));
  return made;
}

/** What hangs on the digest, as predicate types. */
async function bundlesOf(place: MemoryPlace, digest: Digest) {
  const found = await place.source(`${NAME}:1.0`).referrers(digest);
  return found.map(({ digest: own }) => {
    const raw = place.manifests.get(own);
    const manifest = parseManifest(raw?.bytes ?? new Uint8Array(0));
    const layer = manifest.kind === 'image' ? manifest.layers[0] : undefined;
    return parseBundle(place.blobs.get(layer?.digest as Digest) as Uint8Array);
  });
}

test('sign: of an index the index, each platform and the attestation, each by its own digest', async () => {
  const { place, index, children } = createScene();
  const subjects = await listSubjects(place.source(`${NAME}:1.0`), {});
  assert.deepEqual(
    subjects.map(({ kind, descriptor }) => [kind, descriptor.digest]),
    [
      ['index', index],
      ['attestation', children[0]],
      ['platform', children[1]],
      ['platform', children[2]],
    ],
  );
  const [alone, ...rest] = await listSubjects(place.source(`${NAME}:1.0`), { isRootAlone: true });
  assert.deepEqual([alone.descriptor.digest, rest.length], [index, 0]);
  const [arm] = await listSubjects(place.source(`${NAME}:1.0`), { platform: parsePlatform('linux/arm64') });
  assert.deepEqual([arm.kind, arm.descriptor.digest], ['platform', children[2]]);
});

test('sign: a digest that stands twice in an index is signed once, and one without end is refused', async () => {
  const place = createMemoryPlace();
  const { descriptor } = addImage(place, [formatLayer([{ path: 'a' }])]);
  const { mediaType, digest, sizeBytes: size } = descriptor;
  const document = (manifests: object[]) => addManifest(place, { mediaType: mediaTypes.ociIndex, manifests });
  place.tags.set(
    'twice',
    document([
      { mediaType, digest, size },
      { mediaType, digest, size },
    ]).descriptor.digest,
  );
  assert.equal((await listSubjects(place.source('twice'), {})).length, 2);
  const many = Array.from({ length: limits.signedSubjects + 1 }, (_, at) => ({
    mediaType,
    digest: digestOf(String(at)),
    size: 1,
  }));
  place.tags.set('many', document(many).descriptor.digest);
  await assert.rejects(listSubjects(place.source('many'), {}), { code: signErrors.too_many.code });
});

test('sign: with a key, whoever has its public half verifies each, and the tag is bound to the index alone', async () => {
  const { place, index, children } = createScene();
  const signer = await createKeySigner();
  await signAll(place, signer, { tag: { name: NAME, tag: '1.0' } });
  const key = readPublicKey(signer.key.publicKey);
  assert.ok(key !== undefined);
  const judge = (
    bundle: ReturnType<typeof parseBundle>,
    digest: Digest,
    kind: 'signature' | string[],
    tag?: string,
  ) =>
    verifyBundle({
      bundle,
      artifact: { digest },
      trustedRoots: [],
      keys: [{ name: 'team.pub', key }],
      expectations: { kind, ...(tag === undefined ? {} : { tag: { name: NAME, tag } }) },
      now: new Date(START),
    }).outcome;
  for (const digest of children) {
    const bundles = await bundlesOf(place, digest);
    assert.deepEqual(
      bundles.map((bundle) => judge(bundle, digest, 'signature')),
      ['passed'],
    );
    assert.equal(judge(bundles[0] as (typeof bundles)[0], index, 'signature'), 'failed');
  }
  const [signature, binding] = await bundlesOf(place, index);
  assert.ok(signature !== undefined && binding !== undefined);
  assert.equal(judge(signature, index, 'signature'), 'passed');
  assert.equal(judge(signature, index, 'signature', '1.0'), 'unknown');
  assert.equal(judge(binding, index, [tagPredicateType], '1.0'), 'passed');
  assert.equal(judge(binding, index, [tagPredicateType], '2.0'), 'failed');
  // A statement of what a tag means is no signature of the image.
  assert.equal(judge(binding, index, 'signature'), 'failed');
});

test('sign: as an identity, one certificate for all, each logged, stamped and believed by the root', async () => {
  const { place, index } = createScene();
  const instance = await createInstance();
  const made = await signAll(place, await createIdentitySigner(instance), {
    tag: { name: NAME, tag: '1.0' },
  });
  assert.equal(instance.precertificates.length, 1);
  assert.deepEqual(
    made.map((one) => (one.kind === 'bundle' ? one.verification.outcome : one.kind)),
    Array(5).fill('passed'),
  );
  const [bundle] = await bundlesOf(place, index);
  const { names, issuer } = {
    names: 'https://git.example.org/acme/build/.workflows/build.yml@refs/tags/v1',
    issuer: 'https://git.example.org/oidc',
  };
  assert.equal(
    verifyBundle({
      bundle: bundle as NonNullable<typeof bundle>,
      artifact: { digest: index },
      trustedRoots: [parseTrustedRoot(instance.trustedRoot)],
      expectations: {
        kind: 'signature',
        identity: exactly(names),
        issuer: exactly(issuer),
        sourceRepository: exactly('https://git.example.org/acme/app'),
      },
      now: new Date(START),
    }).outcome,
    'passed',
  );
});

test('sign: what the given root does not believe is not written, and the image stays as it was', async () => {
  const { place } = createScene();
  const [own, other] = await Promise.all([createInstance(), createInstance()]);
  const before = [place.manifests.size, place.blobs.size];
  const signer = { ...(await createIdentitySigner(own)), trustedRoot: parseTrustedRoot(other.trustedRoot) };
  await assert.rejects(signAll(place, signer), { code: signErrors.unsound.code, message: /does not hold/ });
  // A key that signs something else than it is asked to.
  const liar = await createKeySigner();
  const forged = {
    ...liar,
    key: { ...liar.key, sign: async () => liar.key.sign(Buffer.from('x'), 'ecdsa-p256-sha256') },
  };
  await assert.rejects(signAll(place, forged), { code: signErrors.unsound.code, message: /signature/ });
  const late = await createKeySigner();
  const key = await createMemoryKey('ed25519');
  await assert.rejects(signAll(place, { ...late, key }), { code: authorityErrors.key_unsuitable.code });
  assert.deepEqual([place.manifests.size, place.blobs.size], before);
});

test('sign: by a log of version 1, whose promise is the time', async () => {
  const { place, index } = createScene();
  const rekor = createOldRekor('https://rekor.example.org', START);
  const signer = await createKeySigner();
  const trustedRoot: TrustedRoot = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    certificateLogs: [],
    logs: [rekor.trusted],
  };
  const { Readable } = await import('node:stream');
  const http = {
    requestWithRetry: async ({ body, url }: { body?: unknown; url: string | URL }) => ({
      status: 201,
      headers: {},
      url: new URL(url),
      body: Readable.from([Buffer.from(rekor.answer(String(body)))]),
    }),
  };
  const log = createLogClient({ http: http as never }, { url: 'https://rekor.example.org', version: 1 });
  const logged = { ...signer, trustedRoot, services: { logs: [log], stampers: [] } };
  const made = await signAll(place, logged);
  const [first] = made.filter((one) => one.kind === 'bundle');
  assert.equal(first?.verification.signedAt?.getTime(), START);
  assert.deepEqual(
    first?.verification.checks.map(({ code, outcome }) => `${code} ${outcome}`),
    [
      'log passed',
      'time passed',
      'key passed',
      'signature passed',
      'subject passed',
      'predicate-type passed',
    ],
  );
  const [bundle] = await bundlesOf(place, index);
  assert.equal(bundle?.logEntries[0]?.index, 77);
});

test('sign: the old form is added to what others wrote, and twice the same is once', async () => {
  const { place, index } = createScene();
  const [mine, theirs] = [await createKeySigner(), await createKeySigner()];
  const tag = `${NAME}:${oldTagOf(index, 'sig')}`;
  const layers = () => {
    const manifest = parseManifest(place.manifests.get(place.tags.get(tag) as Digest)?.bytes as Uint8Array);
    return manifest.kind === 'image' ? manifest.layers : [];
  };
  await signAll(place, theirs, { oldName: NAME });
  const [before] = layers();
  const made = await signAll(place, mine, { oldName: NAME });
  assert.equal(layers().length, 2);
  assert.deepEqual(layers()[0], before);
  await writeSignatures(made, place.target(`${NAME}:1.0`));
  assert.equal(layers().length, 2);
  const second = layers()[1];
  const [bundle] = parseOldSignature({
    mediaType: second?.mediaType ?? '',
    annotations: second?.annotations ?? {},
    bytes: place.blobs.get(second?.digest as Digest) as Uint8Array,
  });
  const key = readPublicKey(mine.key.publicKey);
  assert.ok(bundle !== undefined && key !== undefined);
  const { outcome } = verifyBundle({
    bundle,
    artifact: { digest: index },
    trustedRoots: [],
    keys: [{ name: 'mine', key }],
    expectations: { kind: 'signature' },
    now: new Date(START),
  });
  assert.equal(outcome, 'passed');
});

test('sign: a client that writes the old tag at the same time loses nothing, and one without end is said', async () => {
  const { place, index } = createScene();
  const tag = oldTagOf(index, 'sig');
  const theirs = await oldSignatureBy(await createKeySigner());
  const subjects = await listSubjects(place.source(`${NAME}:1.0`), { isRootAlone: true });
  const made = await makeSignatures({ subjects, oldName: NAME }, await createKeySigner());
  const target = place.target(`${NAME}:1.0`);
  let rounds = 1;
  const racing = {
    ...target,
    // Another writes between our write and our next look.
    async writeTag(name: string, raw: Parameters<NonNullable<typeof target.writeTag>>[1]) {
      await target.writeTag?.(name, raw);
      if (rounds-- > 0) await target.writeTag?.(name, theirs);
    },
  };
  await writeSignatures(made, racing);
  const final = parseManifest(
    place.manifests.get(place.tags.get(`${NAME}:${tag}`) as Digest)?.bytes as Uint8Array,
  );
  assert.equal(final.kind === 'image' ? final.layers.length : 0, 2);
  place.tags.delete(`${NAME}:${tag}`);
  rounds = 1_000;
  await assert.rejects(writeSignatures(made, racing), { message: /overwritten by another client/ });
});

/** The manifest of one old signature by somebody else. */
async function oldSignatureBy(signer: ImageSigner) {
  const { place, index } = createScene();
  const subjects = await listSubjects(place.source(`${NAME}:1.0`), { isRootAlone: true });
  await writeSignatures(
    await makeSignatures({ subjects, oldName: NAME }, signer),
    place.target(`${NAME}:1.0`),
  );
  const raw = place.manifests.get(place.tags.get(`${NAME}:${oldTagOf(index, 'sig')}`) as Digest);
  assert.ok(raw !== undefined);
  return raw;
}

test('sign: a tag of that name that is something else stays', async () => {
  const { place, index } = createScene();
  const tag = `${NAME}:${oldTagOf(index, 'sig')}`;
  place.tags.set(tag, index);
  await assert.rejects(signAll(place, await createKeySigner(), { oldName: NAME }), {
    code: signErrors.foreign_tag.code,
  });
  assert.equal(place.tags.get(tag), index);
});

test('attest: one statement about the first, as a bundle and in the old form', async () => {
  const { place, index } = createScene();
  const subjects = await listSubjects(place.source(`${NAME}:1.0`), { isRootAlone: true });
  const claim = { predicateType: predicateTypes.openvex, predicate: { statements: [] } };
  const made = await makeSignatures({ subjects, claim, oldName: NAME }, await createKeySigner());
  assert.deepEqual(
    made.map((one: Made) => (one.kind === 'bundle' ? one.predicateType : one.kind === 'old' ? one.tag : '')),
    [predicateTypes.openvex, oldTagOf(index, 'att')],
  );
});

test('sign: Notary signatures of the index and the platforms, in the same act', async () => {
  const { place, index, children } = createScene();
  const { leaf, chain } = issueChain('ES256');
  const own = { key: signWith(leaf.key), chain, scheme: 'notary.x509', format: 'jws' } as const;
  const notation: SignPlan['notation'] = (descriptor, nowMs) => signNotation({ ...own, descriptor, nowMs });
  const signer = { ...(await createKeySigner()), clock: { now: () => nowMs } };
  const made = await signAll(place, signer, { notation });
  assert.deepEqual(
    made.flatMap((one) => (one.kind === 'notation' ? [one.subject.descriptor.digest] : [])),
    [index, children[1], children[2]],
  );
});
