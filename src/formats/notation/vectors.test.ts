// The Notary Project's own vectors (notation-core-go, testdata/conformance.json), read from beside the project.
// They have no certificates, and their signatures are of keys that nobody has: what they fix is every other byte.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { payloadType } from './attribute.ts';
import { issueChain } from './certificate.fixture.ts';
import { parseCose, prepareCose } from './cose.ts';
import { parseJws, prepareJws } from './jws.ts';

const folder = join(import.meta.dirname, '../../../../shared/vectors/notation');
const skip = existsSync(folder) ? undefined : `${folder} is not there`;
const agent = 'NotationConformanceTest/1.0.0';
const readVector = (name: string) =>
  JSON.parse(readFileSync(join(folder, `${name}-conformance.json`), 'utf8'));
const chain = issueChain('ES256').chain.map(({ der }) => der);

const jwsParts = {
  algorithm: 'ES256',
  contentType: payloadType,
  scheme: 'notary.x509',
  signingTimeMs: Date.parse('2022-08-29T13:50:00Z'),
  expiresAtMs: Date.parse('2099-08-30T13:50:00Z'),
  extended: [
    { key: 'signedCritKey1', value: 'signedCritValue1', critical: true },
    ...[1, 2, 3, 4].map((at) => ({ key: `signedKey${at}`, value: 'signedValue1', critical: false })),
  ],
  payload: Buffer.from('{"key":"hello JWS"}'),
} as const;

test('vectors: our JWS has the bytes of the specification’s, and theirs is read as what it says', {
  skip,
}, () => {
  const vector = readVector('jws');
  const { toBeSigned, seal } = prepareJws(jwsParts);
  const signature = Buffer.from(vector.signature, 'base64url');
  assert.equal(Buffer.from(toBeSigned).toString(), `${vector.protected}.${vector.payload}`);
  const own = JSON.parse(Buffer.from(seal({ signature, chain, agent })).toString());
  const { x5c, ...header } = own.header;
  assert.deepEqual({ ...own, header }, vector);
  assert.equal(x5c.length, 2);
  const read = parseJws(Buffer.from(JSON.stringify({ ...vector, header: { ...vector.header, x5c } })));
  assert.deepEqual(
    { ...read, payload: Buffer.from(read.payload) },
    { ...jwsParts, toBeSigned, signature, chain, agent },
  );
});

test('vectors: our COSE has the bytes of the specification’s, and theirs is read as what it says', {
  skip,
}, () => {
  const vector = readVector('cose');
  const parts = {
    algorithm: 'PS384',
    contentType: payloadType,
    scheme: 'notary.x509',
    signingTimeMs: vector.signingTime * 1000,
    expiresAtMs: vector.expiry * 1000,
    extended: [
      { key: 'signedKey1', value: 'signedValue1', critical: false },
      { key: 'signedCritKey1', value: 'signedCritValue1', critical: true },
    ],
    payload: Buffer.from(vector.payload, 'hex'),
  } as const;
  const expected = Buffer.from(vector.expectedOutput.cborHex, 'hex');
  // The last byte string is the signature of 384 bytes.
  const signature = expected.subarray(-384);
  const { seal, toBeSigned } = prepareCose(parts);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
  assert.equal(hex(seal({ signature, chain: [], agent })), vector.expectedOutput.cborHex.toUpperCase());
  assert.ok(hex(toBeSigned).includes(vector.protectedHeaders.cborHex.toUpperCase()));
  const read = parseCose(seal({ signature, chain, agent }));
  const labels = ({ extended }: { extended: readonly { key: unknown }[] }) => extended.map(({ key }) => key);
  assert.deepEqual(labels(read).sort(), labels(parts).sort());
  assert.deepEqual([read.signingTimeMs, read.expiresAtMs], [parts.signingTimeMs, parts.expiresAtMs]);
  assert.deepEqual([read.algorithm, hex(read.payload), read.agent], ['PS384', vector.payload, agent]);
});
