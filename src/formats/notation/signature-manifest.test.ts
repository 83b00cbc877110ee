import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlimsollError } from '../../kit/error.ts';
import { digestOf } from '../oci/digest.ts';
import { payloadType } from './attribute.ts';
import { notationErrors } from './errors.ts';
import { formatPayload, parsePayload } from './payload.ts';
import {
  formatSignatureManifest,
  parseSignatureManifest,
  thumbprintAnnotation,
} from './signature-manifest.ts';

const subject = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf('image'),
  sizeBytes: 5,
} as const;
const parts = {
  subject,
  envelope: Buffer.from('an envelope'),
  mediaType: 'application/cose',
  fingerprints: ['ab'.repeat(32)],
  createdAtMs: Date.parse('2026-01-02T03:04:05.678Z'),
} as const;

test('signature manifest: the specification’s, with the empty config and the chain’s fingerprints', () => {
  const bytes = formatSignatureManifest(parts);
  assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.cncf.notary.signature',
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
      data: 'e30=',
    },
    layers: [{ mediaType: 'application/cose', digest: digestOf('an envelope'), size: 11 }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: 5 },
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': `["${'ab'.repeat(32)}"]`,
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
    },
  });
  const { envelope, fingerprints, subject: read } = parseSignatureManifest(bytes);
  assert.deepEqual([envelope.mediaType, envelope.digest], ['application/cose', digestOf('an envelope')]);
  assert.deepEqual([read, fingerprints], [subject, parts.fingerprints]);
});

test('signature manifest: the older form is read; what is neither is refused', () => {
  const value = JSON.parse(Buffer.from(formatSignatureManifest(parts)).toString());
  const parse = (own: object) => parseSignatureManifest(Buffer.from(JSON.stringify({ ...value, ...own })));
  const older = { ...value.config, mediaType: 'application/vnd.cncf.notary.signature' };
  assert.deepEqual(parse({ artifactType: undefined, config: older }).subject, subject);
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ artifactType: undefined }, /not of the type/],
    [{ artifactType: 'application/vnd.example' }, /not of the type/],
    [{ config: older }, /not of the type/],
    [{ layers: [] }, /has one layer/],
    [{ layers: [...value.layers, ...value.layers] }, /has one layer/],
    [{ layers: [{ ...value.layers[0], mediaType: 'text/plain' }] }, /application\/jose\+json or/],
    [{ subject: undefined }, /names no subject/],
    [{ annotations: {} }, /not a list of SHA-256/],
    [{ annotations: { [thumbprintAnnotation]: '["x"]' } }, /not a list of SHA-256/],
  ];
  for (const [own, why] of cases)
    assert.throws(
      () => parse(own),
      (error) =>
        isPlimsollError(error, { code: notationErrors.manifest_invalid.code }) && why.test(error.message),
    );
});

test('payload: the descriptor with a person’s metadata; reserved names and other documents are refused', () => {
  const bytes = formatPayload({ ...subject, annotations: { dropped: 'x' } }, { b: '2', a: '1' });
  assert.equal(
    Buffer.from(bytes).toString(),
    `{"targetArtifact":{"annotations":{"a":"1","b":"2"},"digest":"${subject.digest}","mediaType":"${subject.mediaType}","size":5}}`,
  );
  assert.deepEqual(parsePayload(bytes, payloadType), { ...subject, annotations: { a: '1', b: '2' } });
  assert.throws(
    () => formatPayload(subject, { 'io.cncf.notary.x': '1' }),
    (error) => isPlimsollError(error, { code: notationErrors.metadata_reserved.code }),
  );
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['{}', payloadType, /names no artifact: targetArtifact is not a descriptor/],
    ['[]', payloadType, /not a JSON object/],
    ['{}', 'application/json', /what is signed is application\/json/],
  ];
  for (const [text, type, why] of cases)
    assert.throws(
      () => parsePayload(Buffer.from(text), type),
      (error) =>
        isPlimsollError(error, { code: notationErrors.payload_invalid.code }) && why.test(error.message),
    );
});
