import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import { checkAttestationManifest } from './attestation-manifest.ts';

const platform = digestOf('linux/amd64');
const provenance = 'https://slsa.dev/provenance/v1';
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

function statementAbout(digest: Digest, predicateType = provenance): Buffer {
  const subject = [{ name: 'app', digest: { sha256: digestHex(digest) } }];
  return Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType }));
}

function manifestOf(layers: readonly Uint8Array[], subject?: Digest): Buffer {
  const blob = (type: string, bytes: Uint8Array) => ({
    mediaType: type,
    digest: digestOf(bytes),
    size: bytes.byteLength,
  });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: blob('application/vnd.oci.empty.v1+json', Buffer.from('{}')),
      layers: layers.map((bytes) => blob('application/vnd.in-toto+json', bytes)),
      ...(subject === undefined ? {} : { subject: { mediaType, digest: subject, size: 7 } }),
    }),
  );
}

function judge(bytes: Buffer, statement: Buffer, digest = digestOf(bytes)): readonly string[] {
  return checkAttestationManifest({
    manifest: { digest, mediaType, bytes },
    statement,
    platform,
    predicateTypes: [provenance],
  }).map(({ code, outcome }) => `${code} ${outcome}`);
}

test('verify: a signed attestation manifest proves a statement only through each step', () => {
  const statement = statementAbout(platform);
  const good = ['attestation-manifest passed', 'subject passed', 'predicate-type passed'];
  assert.deepEqual(judge(manifestOf([statement]), statement), good);
  assert.deepEqual(judge(manifestOf([statement], platform), statement), good);
  assert.equal(
    judge(manifestOf([statement], digestOf('linux/arm64')), statement)[0],
    'attestation-manifest failed',
  );
  assert.equal(
    judge(manifestOf([statementAbout(digestOf('x'))]), statement)[0],
    'attestation-manifest failed',
  );
  assert.equal(
    judge(manifestOf([statement]), statement, digestOf('another'))[0],
    'attestation-manifest failed',
  );
  assert.equal(judge(Buffer.from('{}'), statement)[0], 'attestation-manifest failed');
  const foreign = statementAbout(digestOf('linux/arm64'));
  assert.equal(judge(manifestOf([foreign]), foreign)[1], 'subject failed');
  const spdx = statementAbout(platform, 'https://spdx.dev/Document');
  assert.equal(judge(manifestOf([spdx]), spdx)[2], 'predicate-type failed');
  const none = Buffer.from('no statement');
  assert.deepEqual(judge(manifestOf([none]), none), ['attestation-manifest passed', 'subject failed']);
});
