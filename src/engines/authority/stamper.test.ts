// The timestamp authority: what it answers, token or refusal, read with pkijs as verifiers elsewhere read it;
// openssl does the same in test/interop.
import assert from 'node:assert/strict';
import { hash, verify } from 'node:crypto';
import { test } from 'node:test';
import * as asn1js from 'asn1js';
import { type ContentInfo, SignedData, TimeStampResp, TSTInfo } from 'pkijs';
import { readPublicKey } from '../../formats/x509/algorithm.ts';
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import { derBoolean, derInteger, derOid, derSequence } from '../../formats/x509/der.ts';
import { formatImprint, formatTimestampRequest } from '../../formats/x509/timestamp-request.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { systemRandom } from '../../kit/clock.ts';
import { createCertificateLog } from './certificate-log.ts';
import { authorityErrors } from './errors.ts';
import { certifyBelow } from './establish.ts';
import { createInstance, START } from './instance.fixture.ts';
import { createStamper } from './stamper.ts';

const imprint = hash('sha256', 'what is stamped', 'buffer');
const GRANTED = 0;
const REJECTED = 2;

function read(response: Uint8Array): TimeStampResp {
  return TimeStampResp.fromBER(Uint8Array.from(response).buffer);
}

function open(response: Uint8Array): { readonly info: TSTInfo; readonly data: SignedData } {
  const { status, timeStampToken } = read(response);
  assert.equal(status.status, GRANTED);
  const data = new SignedData({ schema: (timeStampToken as ContentInfo).content });
  const content = data.encapContentInfo.eContent?.getValue() as ArrayBuffer;
  return { info: TSTInfo.fromBER(content), data };
}

test('stamper: the token says hash, time to the second, nonce, and is signed by the certificate', async () => {
  const { authority, established } = await createInstance({ clock: { now: () => START + 1_999 } });
  const request = formatTimestampRequest({
    hash: 'sha256',
    imprint,
    nonce: Uint8Array.of(0x90, 1),
    wantsCertificate: true,
  });
  const { info, data } = open(await authority.stamper.answer(request));
  assert.equal(info.genTime.getTime(), START + 1_000);
  assert.equal(info.accuracy?.seconds, 1);
  assert.deepEqual(Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView), imprint);
  assert.equal(info.nonce?.toBigInt(), 0x9001n);
  assert.equal(data.certificates?.length, 1);
  const [signer] = data.signerInfos;
  const own = readAuthorityCertificate(established.stamping.chain[0] as Uint8Array);
  const signed = Uint8Array.from(Buffer.from(signer?.signedAttrs?.encodedValue ?? new ArrayBuffer(0)));
  assert.ok(
    verify(
      'sha256',
      signed,
      readPublicKey(own.publicKey),
      signer?.signature.valueBlock.valueHexView as Uint8Array,
    ),
  );
});

test('stamper: the imprint comes back byte for byte, which notation compares', async () => {
  const { authority } = await createInstance();
  for (const hasNull of [true, false]) {
    const asked = formatImprint({ hash: 'sha256', imprint, hasNull });
    const answer = await authority.stamper.answer(
      formatTimestampRequest({ hash: 'sha256', imprint, hasNull, wantsCertificate: true }),
    );
    const { info } = open(answer);
    assert.deepEqual(Buffer.from(info.messageImprint.toSchema().toBER()), Buffer.from(asked));
  }
});

test('stamper: without the wish no certificate is in the token', async () => {
  const { authority } = await createInstance();
  const { data } = open(
    await authority.stamper.answer(
      formatTimestampRequest({ hash: 'sha256', imprint, wantsCertificate: false }),
    ),
  );
  assert.equal(data.certificates, undefined);
});

test('stamper: what cannot be stamped is refused with a sentence and a code', async () => {
  const { authority } = await createInstance();
  const otherPolicy = derSequence(
    derInteger(1),
    formatImprint({ hash: 'sha256', imprint }),
    derOid('1.2.3.4'),
    derBoolean(true),
  );
  for (const [request, sentence] of [
    [new Uint8Array(3), /the timestamp request is not DER/],
    [otherPolicy, /the policy here is 1\.3\.6\.1\.4\.1\.57264\.2, not 1\.2\.3\.4/],
  ] as const) {
    const { status, timeStampToken } = read(await authority.stamper.answer(request));
    assert.equal(status.status, REJECTED);
    assert.equal(timeStampToken, undefined);
    assert.match(status.statusStrings?.map((one) => one.valueBlock.value).join() ?? '', sentence);
    assert.ok(status.failInfo instanceof asn1js.BitString);
  }
});

test('stamper: no time is stamped that its certificate does not cover', async () => {
  let now = START;
  const { authority } = await createInstance({ clock: { now: () => now } });
  now = START + 366 * 24 * 3_600_000;
  await assert.rejects(authority.stamper.stamp({ hash: 'sha256', imprint, wantsCertificate: false }), {
    code: authorityErrors.certificate_expired.code,
  });
});

test('stamper, certificate log: a key that their readers do not know is refused at the start', async () => {
  const { established } = await createInstance();
  const clock = { now: () => START };
  const key = await createMemoryKey('ed25519');
  const unsuitable = { code: authorityErrors.key_unsuitable.code, kind: 'unsupported' };
  const stamping = await certifyBelow(established.root, 'stamping', key, {
    organization: 'images.example.org',
    notBeforeMs: START,
    notAfterMs: START + 1000,
    random: systemRandom,
  });
  assert.throws(() => createStamper({ authority: stamping, clock, random: systemRandom }), unsuitable);
  assert.throws(() => createCertificateLog({ key, clock, keep: async () => {} }), unsuitable);
});

test('stamper: a certificate of another key is refused at the start', async () => {
  const { established } = await createInstance();
  const parts = { clock: { now: () => START }, random: systemRandom };
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const mismatch = { code: authorityErrors.key_mismatch.code };
  assert.throws(
    () => createStamper({ ...parts, authority: { key, chain: established.stamping.chain } }),
    mismatch,
  );
});
