// What is written of a signature: encodings against the documents that define them, bundles and roots against
// Sigstore's own readers.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { cryptoErrors } from '../crypto/errors.ts';
import { digestOf } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { formatBundleReferrer } from './bundle-referrer.ts';
import { formatPae } from './envelope.ts';
import { formatTrustedRoot, trustedRootMediaType } from './instance-root.ts';
import { formatStatement, statementType } from './intoto-statement.ts';
import { formatLogEntry } from './log-entry.ts';
import { isPredicateName, predicateTypes } from './predicate.ts';
import {
  type BundleParts,
  bundleMediaType,
  formatBundle,
  formatLoggedEntry,
  type LoggedEntry,
} from './signed-bundle.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('pae: the specification’s example, and lengths in bytes', () => {
  assert.equal(
    text(formatPae('http://example.com/HelloWorld', Buffer.from('hello world'))),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  assert.equal(text(formatPae('ä', Buffer.from('ö'))), 'DSSEv1 2 ä 2 ö');
});

test('statement: version 1 with what it is about, equal bytes for equal parts', () => {
  const subjects = [{ name: 'library/app', digest: { sha256: 'a'.repeat(64) } }];
  const bytes = formatStatement({ subjects, predicateType: predicateTypes.sign, predicate: { b: 1, a: [] } });
  assert.deepEqual(JSON.parse(text(bytes)), {
    _type: statementType,
    subject: subjects,
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: { a: [], b: 1 },
  });
  assert.deepEqual(
    bytes,
    formatStatement({ predicate: { a: [], b: 1 }, predicateType: predicateTypes.sign, subjects }),
  );
});

test('predicate: cosign’s names, and no others', () => {
  assert.ok(isPredicateName('slsaprovenance1'));
  for (const other of ['slsaprovenance2', 'toString', predicateTypes.spdx])
    assert.ok(!isPredicateName(other));
});

test('log entry: hashedrekord 0.0.2, canonical', () => {
  const entry = formatLogEntry({
    digest: hash('sha256', 'hello world', 'buffer'),
    signature: Uint8Array.of(1, 2, 3),
    keyDetails: 'PKIX_ED25519',
    verifier: { kind: 'key', publicKey: Uint8Array.of(4, 5, 6) },
  });
  assert.equal(
    text(entry),
    '{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256",' +
      '"digest":"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="},"signature":{"content":"AQID",' +
      '"verifier":{"keyDetails":"PKIX_ED25519","publicKey":{"rawBytes":"BAUG"}}}}}}',
  );
});

const root = Buffer.alloc(32, 1).toString('base64');
const logged: LoggedEntry = {
  logId: new Uint8Array(32).fill(3),
  index: 6,
  proof: [new Uint8Array(32).fill(4)],
  checkpoint: `images.example.org\n7\n${root}\n\n— images.example.org AAAAAAAA\n`,
  entry: Buffer.from('{"kind":"hashedrekord"}'),
};
const parts: BundleParts = {
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from('{}'),
  signature: Uint8Array.of(1),
  signer: { kind: 'certificate', der: Uint8Array.of(2) },
  entries: [logged],
  timestamps: [Uint8Array.of(5)],
};

test('bundle: Sigstore’s reader takes it, part for part', () => {
  const bundle = bundleFromJSON(JSON.parse(text(formatBundle(parts))));
  assert.equal(bundle.mediaType, bundleMediaType);
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const [entry] = tlogEntries;
  assert.deepEqual(entry?.kindVersion, { kind: 'hashedrekord', version: '0.0.2' });
  assert.equal(entry?.inclusionProof?.treeSize, '7');
  assert.equal(entry?.inclusionProof?.logIndex, '6');
  assert.equal(entry?.inclusionProof?.rootHash.toString('base64'), root);
  assert.equal(entry?.inclusionProof?.checkpoint?.envelope, logged.checkpoint);
  assert.deepEqual(entry?.canonicalizedBody, Buffer.from('{"kind":"hashedrekord"}'));
  assert.deepEqual(timestampVerificationData?.rfc3161Timestamps, [{ signedTimestamp: Buffer.of(5) }]);
});

test('log entry: what a client that logs is answered is what stands in the bundle', () => {
  const { verificationMaterial } = JSON.parse(text(formatBundle(parts)));
  assert.deepEqual(JSON.parse(text(formatLoggedEntry(logged))), verificationMaterial.tlogEntries[0]);
});

test('bundle: with a key’s name in the place of a certificate, and without a log', () => {
  const bundle = bundleFromJSON(
    JSON.parse(text(formatBundle({ ...parts, entries: [], signer: { kind: 'key', hint: 'a key' } }))),
  );
  assert.deepEqual(bundle.verificationMaterial.content, { $case: 'publicKey', publicKey: { hint: 'a key' } });
  assert.deepEqual(bundle.verificationMaterial.tlogEntries, []);
});

test('bundle: a checkpoint that is none is refused', () => {
  const entries = [{ ...logged, checkpoint: 'none' }];
  assert.throws(() => formatBundle({ ...parts, entries }), { code: cryptoErrors.checkpoint_invalid.code });
});

test('referrer: the manifest is one that a registry takes, and names its subject and its blobs', () => {
  const bundle = formatBundle(parts);
  const subject = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf('an image'),
    sizeBytes: 8,
  };
  const { manifest, blobs } = formatBundleReferrer({
    subject,
    bundle,
    predicateType: predicateTypes.sign,
    createdAtMs: Date.UTC(2026, 10, 21, 1, 2, 3, 456),
  });
  const read = parseManifest(manifest, 'application/vnd.oci.image.manifest.v1+json');
  assert.equal(read.kind, 'image');
  assert.deepEqual(read.subject, subject);
  assert.equal(read.artifactType, bundleMediaType);
  assert.deepEqual(read.annotations, {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateTypes.sign,
    'org.opencontainers.image.created': '2026-11-21T01:02:03Z',
  });
  const json = JSON.parse(text(manifest));
  assert.deepEqual(
    [json.config.digest, json.layers[0].digest],
    blobs.map((blob) => digestOf(blob)),
  );
});

test('trusted root: every part has a start, and an end where it ended', () => {
  const validity = { startMs: Date.UTC(2026, 0, 1), endMs: Date.UTC(2026, 6, 1) };
  const log = {
    url: 'https://images.example.org/trust/log',
    publicKey: Uint8Array.of(1),
    keyDetails: 'PKIX_ED25519',
    logId: Uint8Array.of(2),
    validity,
  };
  const authority = {
    url: 'https://images.example.org/trust/ca',
    subject: { organization: 'images.example.org', commonName: 'signing authority' },
    chain: [Uint8Array.of(3), Uint8Array.of(4)],
    validity: { startMs: validity.startMs },
  };
  const read = TrustedRoot.fromJSON(
    JSON.parse(
      text(
        formatTrustedRoot({
          logs: [log],
          certificateLogs: [log],
          certificateAuthorities: [authority],
          timestampAuthorities: [authority],
        }),
      ),
    ),
  );
  assert.equal(read.mediaType, trustedRootMediaType);
  const range = { start: new Date(validity.startMs), end: new Date(validity.endMs) };
  for (const { publicKey, logId } of [...read.tlogs, ...read.ctlogs]) {
    assert.deepEqual(publicKey?.validFor, range);
    assert.deepEqual(logId?.keyId, Buffer.of(2));
  }
  for (const one of [...read.certificateAuthorities, ...read.timestampAuthorities]) {
    assert.deepEqual(one.validFor?.start, range.start);
    assert.equal(one.validFor?.end, undefined);
    assert.deepEqual(
      one.certChain?.certificates.map(({ rawBytes }) => [...rawBytes]),
      [[3], [4]],
    );
  }
});
