// The clients of certificate authority, logs and timestamp authority against servers that answer well, wrongly and not
// at all; what goes over the wire is what the services' protocols have.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createInstance } from '../../engines/authority/instance.fixture.ts';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import { parseOldRekorAnswer, parseRekorAnswer } from '../../formats/sigstore/rekor.ts';
import { formatLoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { formatPem } from '../../formats/x509/certificate-pem.ts';
import { parseTimestampToken } from '../../formats/x509/timestamp-token.ts';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createMemoryKey } from '../keys/memory.ts';
import { createHttp } from '../net/fetch.ts';
import { createSigningServices } from './client.ts';
import { signingErrors } from './errors.ts';
import { readIdentityToken } from './identity-token.ts';
import { createOldRekor } from './rekor-old.fixture.ts';
import type { SignedEnvelope } from './services.ts';

interface Reply {
  readonly status?: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
type Answer = (request: {
  readonly url: string;
  readonly body: Buffer;
  readonly head: IncomingMessage;
}) => Reply | Promise<Reply>;

/** A server on loopback and a client that does not wait between tries; both end with the test. */
async function serve(t: TestContext, answer: Answer) {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const {
      status = 200,
      body: out = '',
      headers = {},
    } = await answer({ url: request.url ?? '', body, head: request });
    response.writeHead(status, headers).end(out);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
    wait: async () => {},
  });
  t.after(async () => {
    await http[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  return { http, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const token = (claims: object): string =>
  ['{}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
const mine = token({ iss: 'https://login.example.org', sub: 'robot:builder' });

async function envelopeOf(): Promise<SignedEnvelope> {
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const payload = Buffer.from('{}');
  const signature = await key.sign(payload, 'ecdsa-p256-sha256');
  return {
    payloadType: 'application/vnd.in-toto+json',
    payload,
    digest: hash('sha256', payload, 'buffer'),
    signature,
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    verifier: { kind: 'key', publicKey: key.publicKey },
  };
}

const nowhere = { logs: [], timestampAuthorities: [] };

test('certificate authority: the token goes as a bearer, the key with its proof, and the leaf comes back', async (t) => {
  const { authority } = await createInstance({ clock: systemClock });
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const subject = { kind: 'uri', uri: 'https://login.example.org/robot' } as const;
  const { http, url } = await serve(t, async ({ url, body, head }) => {
    assert.equal(url, '/ca/api/v2/signingCert');
    assert.equal(head.headers.authorization, `Bearer ${mine}`);
    const { publicKey, proofOfPossession } = JSON.parse(body.toString()).publicKeyRequest;
    assert.equal(publicKey.algorithm, 'ECDSA');
    assert.match(publicKey.content, /^-----BEGIN PUBLIC KEY-----\n/);
    assert.ok(proofOfPossession.length > 80);
    const { der, chain } = await authority.issuer.issue(
      { issuer: 'https://login.example.org', subject },
      key.publicKey,
    );
    const certificates = [der, ...chain].map((one) => formatPem([one]));
    return { body: JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } }) };
  });
  const { certify } = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, certificateAuthority: `${url}/ca` },
  );
  const der = await certify?.(key, mine);
  assert.ok(der instanceof Uint8Array && der.byteLength > 300);
  const another = await createMemoryKey('ecdsa-p256-sha256');
  await assert.rejects(async () => certify?.(another, mine), {
    code: signingErrors.answer_invalid.code,
    message: /for another key/,
  });
});

test('certificate authority: a refusal is told in its words, a failure and nonsense are none', async (t) => {
  const key = await createMemoryKey('ecdsa-p256-sha256');
  let reply: Reply = {};
  const { http, url } = await serve(t, () => reply);
  const certify = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, certificateAuthority: url },
  ).certify;
  reply = { status: 401, body: 'the token has\nexpired' };
  await assert.rejects(async () => certify?.(key, mine), {
    code: signingErrors.identity_refused.code,
    message: /robot:builder: it answered 401: the token has expired/,
  });
  for (const [next, code, message] of [
    [{ status: 503 }, 'service_failed', /answered 503/],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'service_failed', /leads elsewhere/],
    [{ body: '{"signedCertificateDetachedSct":{}}' }, 'answer_invalid', /without a certificate/],
    [{ body: 'a page' }, 'answer_invalid', /without a certificate/],
  ] as const) {
    reply = next;
    await assert.rejects(async () => certify?.(key, mine), { code: signingErrors[code].code, message });
  }
});

test('identity token: whom it is for, and what is none', () => {
  assert.deepEqual(readIdentityToken(mine), {
    subject: 'robot:builder',
    issuer: 'https://login.example.org',
  });
  const person = token({ iss: 'https://login.example.org', sub: '7', email: 'me@example.org' });
  assert.equal(readIdentityToken(person).subject, 'me@example.org');
  for (const other of ['', 'a.b', 'a.b.c.d', token({ iss: 'x' }), token({ sub: 'x' }), `${mine}.`])
    assert.throws(() => readIdentityToken(other), { code: signingErrors.token_invalid.code });
});

test('log of tiles: what is sent is what is logged, and the entry comes back with its proof', async (t) => {
  const { authority } = await createInstance({ clock: systemClock });
  const signed = await envelopeOf();
  const { http, url } = await serve(t, async ({ url, body }) => {
    assert.equal(url, '/log/api/v2/log/entries');
    const { digest, signature } = JSON.parse(body.toString()).hashedRekordRequestV002;
    assert.equal(digest, Buffer.from(signed.digest).toString('base64'));
    assert.equal(signature.verifier.keyDetails, 'PKIX_ECDSA_P256_SHA_256');
    return { status: 201, body: formatLoggedEntry(await authority.log.append(formatLogEntry(signed))) };
  });
  const [log] = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, logs: [{ url: `${url}/log`, version: 2 }] },
  ).logs;
  const entry = await log?.append(signed);
  assert.deepEqual([entry?.index, entry?.kind], [0, { name: 'hashedrekord', version: '0.0.2' }]);
  assert.deepEqual(Buffer.from(entry?.body ?? []), Buffer.from(formatLogEntry(signed)));
});

test('log of version 1: the promise and the proof come back, also of an entry that was there already', async (t) => {
  const signed = await envelopeOf();
  let isThere = false;
  const rekor = createOldRekor('https://rekor.example.org', Date.now());
  let kept = '';
  const { http, url } = await serve(t, ({ url, body }) => {
    if (url === '/api/v1/log/entries/77') return { body: kept };
    assert.equal(url, '/api/v1/log/entries');
    if (isThere) return { status: 409, headers: { location: '/api/v1/log/entries/77' } };
    kept = rekor.answer(body.toString());
    return { status: 201, body: kept };
  });
  const [log] = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, logs: [{ url, version: 1 }] },
  ).logs;
  const first = await log?.append(signed);
  assert.deepEqual([first?.index, first?.kind], [77, { name: 'dsse', version: '0.0.1' }]);
  assert.ok(first?.promise !== undefined && first.proof?.checkpoint !== undefined);
  isThere = true;
  assert.deepEqual(await log?.append(signed), first);
});

test('log: a refusal, and an entry that is said to be elsewhere', async (t) => {
  const signed = await envelopeOf();
  let reply: Reply = { status: 400, body: 'bad entry' };
  const { http, url } = await serve(t, () => reply);
  const [log] = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, logs: [{ url, version: 1 }] },
  ).logs;
  const appending = async () => log?.append(signed);
  await assert.rejects(appending, { code: signingErrors.service_failed.code, message: /bad entry/ });
  for (reply of [
    { status: 409, headers: { location: 'https://elsewhere.example.org/' } },
    { status: 409 },
    { body: '{}' },
    { body: '{"one":{"body":"e30="}}' },
  ])
    await assert.rejects(appending, { code: signingErrors.answer_invalid.code });
});

test('timestamp authority: the time of exactly this signature, and nothing else', async (t) => {
  const { authority } = await createInstance({ clock: systemClock });
  let reply: (body: Buffer) => Promise<Reply> = async (body) => ({
    body: await authority.stamper.answer(body),
  });
  const { http, url } = await serve(t, ({ body }) => reply(body));
  const { stampers } = createSigningServices(
    { http, random: systemRandom },
    { ...nowhere, timestampAuthorities: [url] },
  );
  const stamping = async (text: string) => stampers[0]?.(Buffer.from(text));
  const first = await stamping('a signature');
  assert.ok(first !== undefined && first.byteLength > 200);
  const long = await stampers[0]?.(Buffer.from('a signature'), 'sha512');
  assert.equal(parseTimestampToken(long ?? new Uint8Array(0)).imprint.hash.byteLength, 64);
  reply = async () => ({ body: first });
  await assert.rejects(stamping('another'), {
    code: signingErrors.answer_invalid.code,
    message: /something else/,
  });
  // The same signature, but of another day.
  await assert.rejects(stamping('a signature'), {
    code: signingErrors.answer_invalid.code,
    message: /its nonce is not ours/,
  });
  await assert.rejects(async () => stampers[0]?.(Buffer.from('a signature'), 'sha512'), {
    code: signingErrors.answer_invalid.code,
    message: /something else/,
  });
  reply = async () => ({ body: 'none' });
  await assert.rejects(stamping('another'), {
    code: signingErrors.answer_invalid.code,
    message: /no timestamp/,
  });
  reply = async () => ({ status: 400 });
  await assert.rejects(stamping('another'), { code: signingErrors.service_failed.code });
});

test('answers of logs: any bytes are read or refused', () => {
  const refuse = signingErrors.answer_invalid;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      ),
      (bytes) => {
        for (const parse of [parseRekorAnswer, parseOldRekorAnswer])
          try {
            parse(bytes, refuse);
          } catch (error) {
            assert.ok(isPlimsollError(error), String(error));
          }
      },
    ),
  );
});
