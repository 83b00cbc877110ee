// What the pages make of all that hangs on an image, and the one sentence that answers: traps first.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import type { Identity } from '../../src/engines/authority/identity.ts';
import { createInstance, type Instance } from '../../src/engines/authority/instance.fixture.ts';
import { tagPredicateType } from '../../src/engines/verify/expectation.ts';
import { type Digest, digestHex, digestOf } from '../../src/formats/oci/digest.ts';
import { mediaTypes } from '../../src/formats/oci/media-type.ts';
import { parseBundle } from '../../src/formats/sigstore/bundle.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { revocationPredicateType } from '../../src/formats/sigstore/revocation-predicate.ts';
import type { Json } from '../../src/kit/json.ts';
import { provenance, workflowOf } from '../../test/world/signer.ts';
import { answerOf } from '../src/verify/answer.ts';
import { bringTrust, findExpectationFault } from '../src/verify/bring-trust.ts';
import { chooseBuild, compareBuilds } from '../src/verify/builds.ts';
import { type Evidence, EvidenceFault, type EvidenceManifest } from '../src/verify/evidence.ts';
import { type JudgedImage, judgeImage } from '../src/verify/judge-image.ts';
import type { ListedRevocations } from '../src/verify/listed.ts';
import { openTrust } from '../src/verify/open-trust.ts';
import type { Trust } from '../src/verify/trust.ts';
import { fingerprintOf } from '../src/verify/trust-store.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const clock = { now: () => Date.now() };

interface Layer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Record<string, string>;
}

function manifestOf(layers: readonly Layer[], more: object = {}): EvidenceManifest {
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 },
    layers: layers.map((layer) => ({
      mediaType: layer.mediaType,
      digest: digestOf(layer.bytes),
      size: layer.bytes.byteLength,
      ...(layer.annotations === undefined ? {} : { annotations: layer.annotations }),
    })),
    ...more,
  });
  return { digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, bytes };
}

const image = manifestOf([{ mediaType: mediaTypes.ociLayer, bytes: encode('a layer') }]);

function attached(
  via: Evidence['attached'][number]['via'],
  subject: string,
  layers: readonly Layer[],
  more: object = {},
): Evidence['attached'][number] {
  const blobs = layers.map(({ bytes }) => ({ digest: digestOf(bytes), bytes }));
  return { via, subject, manifest: manifestOf(layers, more), blobs };
}

function evidenceOf(list: readonly Evidence['attached'][number][], root = image): Evidence {
  return { root, imageDigest: image.digest, attached: list, unknowns: [] };
}

async function bundle(
  instance: Instance,
  about: string,
  predicateType: string = predicateTypes.sign,
  predicate: Json = {},
  identity = workflowOf('acme/app'),
): Promise<Layer> {
  const subjects = [{ digest: { sha256: digestHex(about as Digest) } }];
  const signed = await instance.authority.signFor(identity, { subjects, predicateType, predicate });
  return { mediaType: BUNDLE, bytes: signed.bundle };
}

const { issuer, claims, subject } = workflowOf('acme/app');
const expected = {
  identity: subject.kind === 'uri' ? subject.uri : '',
  issuer,
  sourceRepository: claims?.sourceRepositoryUri as string,
  isPattern: false,
};

function trustOf(instance: Instance, more: Partial<Trust> = {}): Trust {
  const text = new TextDecoder().decode(instance.trustedRoot);
  return {
    kept: [{ kind: 'root', name: 'mine', text, fingerprint: fingerprintOf(text) }],
    expected,
    ...more,
  };
}

const PLACE = { host: 'images.example.org', repository: 'acme/app' };

function judge(
  evidence: Evidence,
  trust: Trust,
  tag?: { name: string; tag: string },
  listed?: ListedRevocations,
): JudgedImage {
  const servedFingerprint = trust.served === undefined ? '' : fingerprintOf(trust.served);
  const rest = {
    repository: 'acme/app',
    servedFingerprint,
    now: new Date(),
    ...(tag === undefined ? {} : { tag }),
  };
  const place = { ...PLACE, ...(listed === undefined ? {} : { listed }) };
  return judgeImage(evidence, evidence.root.digest, openTrust(trust, rest), place);
}

const outcomes = ({ items }: JudgedImage): string[] => items.map(({ kind, outcome }) => `${kind} ${outcome}`);

test('judge: whose root, who, and what: each of them unknown keeps the answer unknown', async () => {
  const instance = await createInstance({ clock });
  const evidence = evidenceOf([attached('referrer', image.digest, [await bundle(instance, image.digest)])]);
  const answer = (trust: Trust) => answerOf(judge(evidence, trust), undefined);
  assert.deepEqual(answer(trustOf(instance)), {
    outcome: 'passed',
    sentence: `Signed by ${expected.identity}.`,
    more: [
      `It is judged by the root mine that you keep here (SHA-256 ${fingerprintOf(trustOf(instance).kept[0]?.text as string).slice(0, 12)}…).`,
    ],
  });
  const { kept } = trustOf(instance);
  assert.equal(answer({ kept }).outcome, 'unknown');
  assert.match(answer({ kept }).sentence, /that this is who must sign it is not known here/);
  const served = kept[0]?.text as string;
  assert.match(
    answer({ kept: [], served, expected }).sentence,
    /that the root is the right one is not known here/,
  );
  assert.equal(answer({ kept: [], served, expected }).outcome, 'unknown');
  assert.match(answer({ kept: [], expected }).sentence, /nothing is here to judge it by/);
  const other = trustOf(await createInstance({ clock, organization: 'other.example.org' }));
  assert.equal(answer(other).outcome, 'failed');
  // Whose root fits is found; the one that was kept is named.
  const both = judge(evidence, { ...other, kept: [...other.kept, ...kept] });
  assert.equal(both.items[0]?.outcome, 'passed');
  const pattern = { ...expected, identity: 'https://git\\.example\\.org/acme/.*', isPattern: true };
  assert.equal(
    answer({ kept, expected: { ...pattern, issuer: '.*', sourceRepository: '.*' } }).outcome,
    'passed',
  );
});

test('judge: a statement is no signature of the image, and a signature of the digest is none of the tag', async () => {
  const instance = await createInstance({ clock });
  const build = provenance('https://git.example.org/builders/one', 'c'.repeat(40));
  const alone = evidenceOf([
    attached('referrer', image.digest, [
      await bundle(instance, image.digest, predicateTypes.slsaprovenance1, build),
    ]),
  ]);
  const judged = judge(alone, trustOf(instance));
  assert.deepEqual(outcomes(judged), ['statement passed']);
  const answer = answerOf(judged, '1.0');
  assert.equal(answer.outcome, 'unknown');
  assert.match(
    answer.sentence,
    /^Nobody signed the image itself: 1 signed statement about it is no signature/,
  );
  assert.match(answer.more[0] ?? '', /^No signature says that 1\.0 means this image/);
  const tag = { name: 'images.example.org/acme/app', tag: '1.0' };
  const bound = async (name: string) =>
    judge(
      evidenceOf([
        attached('referrer', image.digest, [
          await bundle(instance, image.digest, tagPredicateType, { name, tag: '1.0', digest: image.digest }),
        ]),
      ]),
      trustOf(instance),
      tag,
    );
  assert.deepEqual(outcomes(await bound(tag.name)), ['tag passed']);
  assert.deepEqual(answerOf(await bound(tag.name), '1.0').more, ['That 1.0 means this image is signed too.']);
  assert.deepEqual(outcomes(await bound('images.example.org/acme/other')), ['tag failed']);
  assert.deepEqual(answerOf(await bound('images.example.org/x'), '1.0').more, [
    'That 1.0 means this image is said by somebody, and not proven.',
  ]);
});

test('judge: a statement of an attestation manifest is as good as the signature of that manifest', async () => {
  const instance = await createInstance({ clock });
  const statement = (about: string): Layer => ({
    mediaType: 'application/vnd.in-toto+json',
    bytes: encode({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'pkg:docker/app', digest: { sha256: digestHex(about as Digest) } }],
      predicateType: predicateTypes.slsaprovenance1,
      predicate: provenance('https://git.example.org/builders/one', 'c'.repeat(40)),
    }),
  });
  const indexOf = (attestation: EvidenceManifest): EvidenceManifest => {
    const entry = ({ digest, bytes }: EvidenceManifest) => ({
      mediaType: mediaTypes.ociManifest,
      digest,
      size: bytes.byteLength,
    });
    const bytes = encode({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [entry(image), entry(attestation)],
    });
    return { digest: digestOf(bytes), mediaType: mediaTypes.ociIndex, bytes };
  };
  const one = attached('index', image.digest, [statement(image.digest)]);
  const unsigned = judge(evidenceOf([one], indexOf(one.manifest)), trustOf(instance));
  assert.deepEqual(outcomes(unsigned), ['statement unknown']);
  assert.equal(chooseBuild(unsigned)?.isSigned, false);
  const signature = attached('referrer', one.manifest.digest, [await bundle(instance, one.manifest.digest)]);
  const signed = judge(evidenceOf([one, signature], indexOf(one.manifest)), trustOf(instance));
  assert.deepEqual(outcomes(signed), ['statement passed', 'signature passed']);
  assert.ok(signed.items[0]?.checks.some(({ code }) => code === 'attestation-manifest'));
  // That manifest is signed; the image is not.
  assert.match(answerOf(signed, undefined).sentence, /^Nobody signed the image itself/);
  // A signed manifest with a statement about another image.
  const astray = attached('index', image.digest, [statement(digestOf('another'))]);
  const ofAstray = attached('referrer', astray.manifest.digest, [
    await bundle(instance, astray.manifest.digest),
  ]);
  assert.deepEqual(
    outcomes(judge(evidenceOf([astray, ofAstray], indexOf(astray.manifest)), trustOf(instance))),
    ['statement failed', 'signature passed'],
  );
  // One that the index does not have is no part of the image.
  const foreign = judge(evidenceOf([one, signature]), trustOf(instance));
  assert.deepEqual(outcomes(foreign), []);
  assert.match(foreign.unknowns[0]?.why ?? '', /which is no part of this image/);
});

test('judge: a key is judged by the keys that were brought, and by none it is unknown', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const payload = encode({
    critical: {
      identity: { 'docker-reference': 'images.example.org/acme/app' },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    },
    optional: {},
  });
  const layer: Layer = {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    bytes: payload,
    annotations: {
      'dev.cosignproject.cosign/signature': sign('sha256', payload, keys.privateKey).toString('base64'),
    },
  };
  const evidence = evidenceOf([attached('tag', image.digest, [layer])]);
  const none = judge(evidence, { kept: [], expected });
  assert.deepEqual(outcomes(none), ['signature unknown']);
  assert.equal(none.items[0]?.checks[0]?.code, 'key');
  const pem = (pair: typeof keys) => pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const bring = (pair: typeof keys, repository = 'acme/app'): Trust => {
    const brought = bringTrust('acme.pub', pem(pair), repository);
    assert.ok(brought.kind === 'taken' && brought.trust.kind === 'key');
    return { kept: [brought.trust], expected };
  };
  const judged = judge(evidence, bring(keys));
  assert.deepEqual(outcomes(judged), ['signature passed']);
  assert.equal(answerOf(judged, undefined).sentence, 'Signed by the key acme.pub.');
  // A key that is kept for another repository says nothing here.
  assert.deepEqual(outcomes(judge(evidence, bring(keys, 'acme/other'))), ['signature unknown']);
  const wrong = judge(evidence, bring(generateKeyPairSync('ec', { namedCurve: 'P-256' })));
  assert.deepEqual(outcomes(wrong), ['signature failed']);
});

test('judge: what this page does not judge is named and unknown, what cannot be read failed', async () => {
  const instance = await createInstance({ clock });
  const notation = attached('referrer', image.digest, [], {
    artifactType: 'application/vnd.cncf.notary.signature',
  });
  const sbom = attached('referrer', image.digest, [], { artifactType: 'application/spdx+json' });
  const broken = attached('referrer', image.digest, [
    { mediaType: BUNDLE, bytes: encode({ mediaType: 'x' }) },
  ]);
  const judged = judge(evidenceOf([notation, sbom, broken]), trustOf(instance));
  assert.deepEqual(outcomes(judged), ['signature unknown', 'other unknown', 'other failed']);
  assert.match(judged.items[0]?.checks[0]?.sentence ?? '', /Its one envelope is not there to be judged/);
  assert.match(judged.items[2]?.checks[0]?.sentence ?? '', /^It cannot be read: /);
  const more = { ...evidenceOf([]), unknowns: [{ where: 'here', why: 'too large' }] };
  assert.match(
    answerOf(judge(more, trustOf(instance)), undefined).more.join(),
    /could not be read, so this may not be all/,
  );
});

test('judge: bytes that are not those of their digest are not believed, of the image and of what hangs on it', async () => {
  const instance = await createInstance({ clock });
  const good = attached('referrer', image.digest, [await bundle(instance, image.digest)]);
  const lied = { ...good, blobs: good.blobs.map(({ digest }) => ({ digest, bytes: encode('other') })) };
  const judged = judge(evidenceOf([lied]), trustOf(instance));
  assert.deepEqual(judged.items, []);
  assert.match(judged.unknowns[0]?.why ?? '', /the server’s bytes are not those of sha256:/);
  const open = openTrust(trustOf(instance), {
    repository: 'acme/app',
    servedFingerprint: '',
    now: new Date(),
  });
  assert.throws(() => judgeImage(evidenceOf([]), digestOf('asked for'), open, PLACE), EvidenceFault);
  const swapped = { ...evidenceOf([]), root: { ...image, bytes: encode('other') } };
  assert.throws(() => judgeImage(swapped, image.digest, open, PLACE), EvidenceFault);
  const outside = { ...evidenceOf([]), imageDigest: digestOf('elsewhere') };
  assert.throws(() => judgeImage(outside, image.digest, open, PLACE), EvidenceFault);
});

test('judge: a root or a wish that cannot be read is said, and takes away nothing else', async () => {
  const instance = await createInstance({ clock });
  const evidence = evidenceOf([attached('referrer', image.digest, [await bundle(instance, image.digest)])]);
  const judged = judge(evidence, trustOf(instance, { served: '{}' }));
  assert.deepEqual(outcomes(judged), ['signature passed']);
  assert.equal(judged.unknowns[0]?.where, 'the root that this server serves');
  const wish = trustOf(instance, { expected: { ...expected, identity: '(', isPattern: true } });
  assert.deepEqual(outcomes(judge(evidence, wish)), ['signature unknown']);
  assert.equal(judge(evidence, wish).unknowns[0]?.where, 'whom you expect');
});

test('judge: how it was built is told by what is proven, and against nothing nothing is known', async () => {
  const instance = await createInstance({ clock });
  const build = async (builder: string, identity = workflowOf('acme/app')) =>
    attached('referrer', image.digest, [
      await bundle(
        instance,
        image.digest,
        predicateTypes.slsaprovenance1,
        provenance(builder, 'c'.repeat(40)),
        identity,
      ),
    ]);
  const list = [
    await build('https://mallory.example.org', workflowOf('mallory/app')),
    await build('https://one.example.org'),
  ];
  const chosen = chooseBuild(judge(evidenceOf(list), trustOf(instance)));
  assert.deepEqual([chosen?.build.builder, chosen?.outcome], ['https://one.example.org', 'passed']);
  assert.deepEqual(compareBuilds(undefined, chosen), {
    changes: [],
    unknowns: ['It is not known of the one before how it was built.'],
  });
});

test('bring: what cannot be judged by is refused in a sentence', () => {
  const refused = (text: string) => {
    const brought = bringTrust('notes.txt', text, 'acme/app');
    return brought.kind === 'refused' ? brought.why : '';
  };
  assert.match(
    refused('{}'),
    /^notes\.txt is not a trusted_root\.json or a public key in PEM: mediaType must be /,
  );
  assert.match(
    refused('-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----'),
    /^notes\.txt is not a public key/,
  );
  assert.match(refused('-----BEGIN PRIVATE KEY-----'), /^notes\.txt is not a public key/);
  const wanted = { identity: 'a(', issuer: 'b', isPattern: true };
  assert.match(findExpectationFault(wanted) ?? '', /is not a regular expression of RE2/);
  assert.equal(findExpectationFault({ ...wanted, isPattern: false }), undefined);
  assert.match(findExpectationFault({ ...wanted, issuer: '' }) ?? '', /are needed/);
});

const ADDRESS = 'https://images.example.org';

async function revocation(instance: Instance, more: object = {}, by?: Identity): Promise<Layer> {
  const own: Identity = { issuer: ADDRESS, subject: { kind: 'uri', uri: ADDRESS } };
  const predicate = {
    action: 'revoke',
    kind: 'digest',
    value: image.digest,
    why: 'a key was in it',
    at: '2026-11-20T00:00:00.000Z',
    ...more,
  } as Json;
  return bundle(instance, image.digest, revocationPredicateType, predicate, by ?? own);
}

const listOf = (...layers: readonly Layer[]): ListedRevocations => ({
  bundles: layers.map(({ bytes }) => parseBundle(bytes)),
  unread: [],
  failures: [],
});

test('judge: what the instance or the signer took back is told first, with who, when and why', async () => {
  const instance = await createInstance({ clock });
  const signed = attached('referrer', image.digest, [await bundle(instance, image.digest)]);
  const hung = attached('referrer', image.digest, [await revocation(instance)]);
  const sentence = `Taken back by ${ADDRESS} on 2026-11-20: a key was in it.`;
  const told = (found: JudgedImage) => answerOf(found, undefined);
  const byReferrer = judge(evidenceOf([signed, hung]), trustOf(instance));
  assert.deepEqual(told(byReferrer), { outcome: 'failed', sentence, more: [] });
  assert.deepEqual(outcomes(byReferrer), ['signature failed', 'statement passed']);
  assert.deepEqual(
    byReferrer.items[0]?.checks.filter(({ outcome }) => outcome !== 'passed'),
    [
      {
        code: 'revocation',
        outcome: 'failed',
        sentence: `The image ${image.digest} was taken back by ${ADDRESS} on 2026-11-20: a key was in it`,
      },
    ],
  );
  const byList = judge(
    evidenceOf([signed]),
    trustOf(instance),
    undefined,
    listOf(await revocation(instance)),
  );
  assert.equal(told(byList).sentence, sentence);
  assert.equal(
    told(judge(evidenceOf([]), trustOf(instance), undefined, listOf(await revocation(instance)))).sentence,
    sentence,
  );
  const bySigner = attached('referrer', image.digest, [
    await revocation(instance, {}, workflowOf('acme/app')),
  ]);
  assert.match(
    told(judge(evidenceOf([signed, bySigner]), trustOf(instance))).sentence,
    /^Taken back by https:\/\/git\.example\.org\/acme\/app\//,
  );
  const later = { action: 'reinstate', at: '2026-11-21T00:00:00.000Z' };
  const undone = listOf(await revocation(instance), await revocation(instance, later));
  assert.equal(told(judge(evidenceOf([signed]), trustOf(instance), undefined, undone)).outcome, 'passed');
});

test('judge: a stranger takes nothing back, and what the server alone says is its own word', async () => {
  const instance = await createInstance({ clock });
  const signed = attached('referrer', image.digest, [await bundle(instance, image.digest)]);
  const stranger = attached('referrer', image.digest, [
    await revocation(instance, {}, workflowOf('mallory/app')),
  ]);
  const strange = judge(evidenceOf([signed, stranger]), trustOf(instance));
  assert.equal(answerOf(strange, undefined).outcome, 'passed');
  assert.deepEqual(
    strange.taken.map(({ outcome }) => outcome),
    ['unknown'],
  );
  assert.match(
    strange.taken[0]?.sentence ?? '',
    /takes back the digest \(a key was in it\), and does not count/,
  );
  // The server shows another root than the one that is kept: its word is told, and proves nothing.
  const other = await createInstance({ clock });
  const served = new TextDecoder().decode(other.trustedRoot);
  const said = judge(
    evidenceOf([signed]),
    trustOf(instance, { served }),
    undefined,
    listOf(await revocation(other)),
  );
  assert.equal(answerOf(said, undefined).outcome, 'unknown');
  assert.match(answerOf(said, undefined).sentence, /^It is said to be taken back by https:/);
  assert.deepEqual(outcomes(said), ['signature unknown']);
});

test('judge: whether something was taken back is unknown where its list cannot be read', async () => {
  const instance = await createInstance({ clock });
  const signed = attached('referrer', image.digest, [await bundle(instance, image.digest)]);
  const unread = { ...listOf(), unread: [`The list of what ${ADDRESS} took back could not be read: no.`] };
  const judged = judge(evidenceOf([signed]), trustOf(instance), undefined, unread);
  assert.deepEqual(outcomes(judged), ['signature unknown']);
  assert.deepEqual(answerOf(judged, undefined), {
    outcome: 'unknown',
    sentence: `Signed by ${expected.identity}, but whether it was taken back is not known here.`,
    more: [],
  });
  const lost = { kind: 'identity', value: expected.identity, why: 'it was stolen' };
  const list = listOf(await revocation(instance, lost));
  const stolen = judge(evidenceOf([signed]), trustOf(instance), undefined, list);
  assert.deepEqual(outcomes(stolen), ['signature failed']);
  assert.match(answerOf(stolen, undefined).sentence, /The identity .* was taken back by .*: it was stolen/);
  const vague = listOf(await revocation(instance, { kind: 'everything' }));
  assert.deepEqual(outcomes(judge(evidenceOf([signed]), trustOf(instance), undefined, vague)), [
    'signature unknown',
  ]);
});
