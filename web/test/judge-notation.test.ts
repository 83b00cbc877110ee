// Notary Project signatures on the page: nothing passes before somebody was brought to believe and somebody is expected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { createSigner, type Signer } from '../../src/engines/notation/notation.fixture.ts';
import { nowMs } from '../../src/formats/notation/certificate.fixture.ts';
import { digestOf } from '../../src/formats/oci/digest.ts';
import { mediaTypes } from '../../src/formats/oci/media-type.ts';
import { parseBundle } from '../../src/formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../src/formats/sigstore/revocation-predicate.ts';
import { hashHex } from '../../src/kit/hash.ts';
import { answerOf } from '../src/verify/answer.ts';
import type { Evidence, EvidenceManifest } from '../src/verify/evidence.ts';
import { hasNotation, type JudgedImage, judgeImage } from '../src/verify/judge-image.ts';
import * as notation from '../src/verify/judge-notation.ts';
import type { ListedRevocations } from '../src/verify/listed.ts';
import { openTrust } from '../src/verify/open-trust.ts';
import type { Trust } from '../src/verify/trust.ts';
import { fingerprintOf } from '../src/verify/trust-store.ts';

const NOTATION = 'application/vnd.cncf.notary.signature';
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const REPOSITORY = 'acme/app';
const SUBJECT = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';
const signer = createSigner();

function manifestOf(layers: readonly object[], more: object = {}): EvidenceManifest {
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 };
  const bytes = encode({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers, ...more });
  return { digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, bytes };
}

const image = manifestOf([]);

async function evidenceOf(about = image, by: Signer = signer): Promise<Evidence> {
  const { mediaType, digest, bytes } = about;
  const descriptor = { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
  const { envelope, mediaType: type } = await by.sign({ descriptor });
  const layer = { mediaType: type, digest: digestOf(envelope), size: envelope.byteLength };
  const blobs = [{ digest: layer.digest, bytes: envelope }];
  const manifest = manifestOf([layer], { artifactType: NOTATION });
  assert.equal(digest, descriptor.digest);
  const attached = [{ via: 'referrer', subject: image.digest, manifest, blobs }] as const;
  return { root: image, imageDigest: image.digest, attached, unknowns: [] };
}

const pemOf = ({ der }: { readonly der: Uint8Array } = { der: new Uint8Array(0) }): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

function authorityOf({ chain }: Signer, kind: 'authority' | 'stamper' = 'authority'): Trust['kept'] {
  const brought = notation.bringAuthority(kind, 'root.pem', pemOf(chain.at(-1)), REPOSITORY);
  assert.equal(brought.kind, 'taken');
  return brought.kind === 'taken' ? [brought.trust] : [];
}

const unreadList = { bundles: [], unread: ['The list could not be read.'], failures: [] };

function judge(
  evidence: Evidence,
  trust: Partial<Trust>,
  now = nowMs,
  listed?: ListedRevocations,
): JudgedImage {
  const opened = openTrust(
    { kept: [], ...trust },
    { repository: REPOSITORY, servedFingerprint: '', now: new Date(now) },
  );
  const place = { host: 'images.example.org', repository: REPOSITORY };
  const list = listed === undefined ? {} : { listed };
  return judgeImage(evidence, image.digest, opened, { ...place, ...list }, notation);
}

const notPassed = ({ items }: JudgedImage): string[] =>
  items.flatMap(({ checks }) =>
    checks.filter(({ outcome }) => outcome !== 'passed').map(({ code, outcome }) => `${code} ${outcome}`),
  );

test('judge notation: who signed is named, and nothing passes before somebody is believed and expected', async () => {
  const evidence = await evidenceOf();
  assert.ok(hasNotation(evidence));
  const alone = judge(evidence, {});
  assert.deepEqual(notPassed(alone), ['authenticity unknown', 'identity unknown', 'revocation unknown']);
  assert.deepEqual([alone.items[0]?.outcome, alone.items[0]?.subject], ['unknown', SUBJECT]);
  assert.match(
    alone.items[0]?.checks.find(({ code }) => code === 'authenticity')?.sentence ?? '',
    /bring the cert/,
  );
  assert.match(
    answerOf(alone, undefined).sentence,
    /^It is said to be signed by C=DE, ST=Hamburg.*, but that this is who/,
  );
  const kept = authorityOf(signer);
  assert.deepEqual(notPassed(judge(evidence, { kept })), ['identity unknown', 'revocation unknown']);
  const whole = judge(evidence, { kept, subject: SUBJECT });
  // No certificate of it says whom to ask: that can never be known, is said, and refuses nothing.
  assert.deepEqual(notPassed(whole), ['revocation unknown']);
  assert.deepEqual(answerOf(whole, undefined).outcome, 'passed');
  assert.match(
    answerOf(whole, undefined).sentence,
    /^Signed by C=DE, ST=Hamburg, O=Example, CN=Example Signer\.$/,
  );
});

test('judge notation: another authority, signer, image or time is refused, and another repository’s is nobody’s', async () => {
  const evidence = await evidenceOf();
  const kept = authorityOf(signer);
  const trust = { kept, subject: SUBJECT };
  const faults = (found: JudgedImage) => notPassed(found).filter((one) => one.endsWith('failed'));
  const stranger = judge(evidence, { ...trust, kept: authorityOf(createSigner()) });
  assert.deepEqual(faults(stranger), ['authenticity failed']);
  assert.deepEqual(faults(judge(evidence, { ...trust, subject: 'C=DE, ST=Bremen, O=Example' })), [
    'identity failed',
  ]);
  const other = await evidenceOf(manifestOf([], { annotations: { other: 'image' } }));
  assert.deepEqual(faults(judge(other, trust)), ['subject failed']);
  assert.deepEqual(faults(judge(evidence, trust, nowMs + 50 * 365 * 86_400_000)), [
    'authenticTimestamp failed',
  ]);
  const elsewhere = kept.map((one) => ({ ...one, repository: 'acme/other' }));
  assert.equal(judge(evidence, { ...trust, kept: elsewhere }).items[0]?.outcome, 'unknown');
  // Who stamps times is not believed to sign.
  const stamper = judge(evidence, { ...trust, kept: authorityOf(signer, 'stamper') });
  assert.equal(stamper.items[0]?.outcome, 'unknown');
});

test('judge notation: what was changed fails, and a list that cannot be read leaves it unknown', async () => {
  const evidence = await evidenceOf();
  const [one] = evidence.attached;
  assert.ok(one);
  const envelope = Buffer.from(one.blobs[0]?.bytes ?? new Uint8Array(0)).toString();
  const changed = encode({ ...JSON.parse(envelope), signature: 'AAAA' });
  const layer = { mediaType: 'application/jose+json', digest: digestOf(changed), size: changed.byteLength };
  const attached = {
    ...one,
    manifest: manifestOf([layer], { artifactType: NOTATION }),
    blobs: [{ digest: layer.digest, bytes: changed }],
  };
  const trust = { kept: authorityOf(signer), subject: SUBJECT };
  assert.deepEqual(notPassed(judge({ ...evidence, attached: [attached] }, trust)), ['integrity failed']);
  const unread = judge(evidence, trust, nowMs, unreadList);
  assert.deepEqual([unread.items[0]?.outcome, answerOf(unread, undefined).outcome], ['unknown', 'unknown']);
  assert.match(answerOf(unread, undefined).sentence, /but whether it was taken back is not known here/);
});

test('judge notation: what is brought is read before it is kept', () => {
  const refused = (text: string, kind: 'authority' | 'stamper' = 'authority') =>
    notation.bringAuthority(kind, 'a.pem', text, REPOSITORY);
  const [leaf] = signer.chain;
  for (const text of ['', 'no certificate', '-----BEGIN CERTIFICATE-----', pemOf(leaf)])
    assert.equal(refused(text).kind, 'refused', text);
  assert.equal(refused(pemOf(leaf), 'stamper').kind, 'refused');
});

test('judge notation: a key that the instance took back signs nothing that counts', async () => {
  const evidence = await evidenceOf();
  const address = 'https://images.example.org';
  const instance = await createInstance({ clock: { now: () => nowMs } });
  const key = signer.chain[0]?.publicKey.export({ type: 'spki', format: 'der' }) ?? new Uint8Array(0);
  const list = async (value: string): Promise<ListedRevocations> => {
    const at = new Date(nowMs).toISOString();
    const signed = await instance.authority.signFor(
      { issuer: address, subject: { kind: 'uri', uri: address } },
      {
        subjects: [{ digest: { sha256: hashHex('sha256', value) } }],
        predicateType: revocationPredicateType,
        predicate: { action: 'revoke', kind: 'key', value, why: 'it was lost', at },
      },
    );
    return { bundles: [parseBundle(signed.bundle)], unread: [], failures: [] };
  };
  const text = new TextDecoder().decode(instance.trustedRoot);
  const root = { kind: 'root', name: 'mine', text, fingerprint: fingerprintOf(text) } as const;
  const trust = { kept: [...authorityOf(signer), root], subject: SUBJECT };
  const lost = judge(evidence, trust, nowMs, await list(hashHex('sha256', key)));
  assert.deepEqual(notPassed(lost), ['revocation unknown', 'revocation failed']);
  assert.match(answerOf(lost, undefined).sentence, /The key .* was taken back by .*: it was lost/);
  assert.equal(judge(evidence, trust, nowMs, await list('a'.repeat(64))).items[0]?.outcome, 'passed');
});
