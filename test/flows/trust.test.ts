// Promise: every instance is its own authority from its first start: it gives certificates to whom an allowed issuer
// vouches for, stamps and logs what they sign, and shows its log. What is not proven is refused, and nothing of it kept.
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { emptyEdge, growEdge, hashLeaf, rootOfEdge } from '../../src/formats/crypto/merkle.ts';
import { parseBundle } from '../../src/formats/crypto/tile.ts';
import { formatPae } from '../../src/formats/sigstore/envelope.ts';
import { parseLogClaim } from '../../src/formats/sigstore/signed-log-entry.ts';
import { limits } from '../../src/kit/limits.ts';
import { startIssuer } from '../world/issuer.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

interface TrustedRoot {
  readonly tlogs: readonly { readonly baseUrl: string }[];
}

const admin = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };

test('trust: keys are made at the first start and found at the next', async () => {
  using folder = temporaryFolder();
  const read = async (url: string): Promise<TrustedRoot> => {
    await using world = await bootProduct({ folder: folder.path, flags: [['--public-url', url]] });
    return (await (await world.send('GET', '/trust/trusted_root.json')).json()) as TrustedRoot;
  };
  const first = await read('https://images.example.org');
  assert.equal(first.tlogs[0]?.baseUrl, 'https://images.example.org');
  assert.deepEqual(await read('https://images.example.org'), first);
  const moved = await read('https://elsewhere.example.org');
  assert.equal(moved.tlogs[0]?.baseUrl, 'https://images.example.org', 'the log keeps its name');
});

interface Signer {
  readonly privateKey: KeyObject;
  readonly pem: string;
}

function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, pem: publicKey.export({ format: 'pem', type: 'spki' }) as string };
}

function post(world: ProductWorld, path: string, body: unknown, headers: Record<string, string> = {}) {
  return world.send('POST', path, { body: JSON.stringify(body), headers });
}

function askCertificate(world: ProductWorld, signer: Signer, token: string, challenge: string) {
  const proofOfPossession = sign('sha256', Buffer.from(challenge), signer.privateKey).toString('base64');
  return post(world, '/trust/ca/api/v2/signingCert', {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content: signer.pem }, proofOfPossession },
  });
}

async function codeOf(answer: Promise<Response>, status: number): Promise<unknown> {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  return (JSON.parse(text) as { code: unknown }).code;
}

interface Chain {
  readonly signedCertificateEmbeddedSct: { readonly chain: { readonly certificates: readonly string[] } };
}

async function getCertificate(world: ProductWorld, signer: Signer): Promise<X509Certificate> {
  const identity = await world.send('POST', '/trust/identity-token', { headers: admin });
  const { token, subject } = (await identity.json()) as { token: string; subject: string };
  const answer = await askCertificate(world, signer, token, subject);
  assert.equal(answer.status, 200);
  const { certificates } = ((await answer.json()) as Chain).signedCertificateEmbeddedSct.chain;
  return new X509Certificate(certificates[0] as string);
}

function entryOf(signer: Signer, text: string, certificate?: X509Certificate) {
  const key = generateSpki(signer);
  const rawBytes = (certificate?.raw ?? key).toString('base64');
  return {
    hashedRekordRequestV002: {
      digest: hash('sha256', text, 'buffer').toString('base64'),
      signature: {
        content: sign('sha256', Buffer.from(text), signer.privateKey).toString('base64'),
        verifier: {
          ...(certificate === undefined ? { publicKey: { rawBytes } } : { x509Certificate: { rawBytes } }),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        },
      },
    },
  };
}

/** As cosign 2.6 sends it. */
function envelopeOf(signer: Signer) {
  const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
  const payloadType = 'application/vnd.in-toto+json';
  const sig = sign('sha256', formatPae(payloadType, payload), signer.privateKey).toString('base64');
  const publicKey = { rawBytes: generateSpki(signer).toString('base64') };
  return {
    dsseRequestV002: {
      envelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] },
      verifiers: [{ publicKey, keyDetails: 'PKIX_ECDSA_P256_SHA_256' }],
    },
  };
}

function generateSpki({ pem }: Signer): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

const entries = '/trust/log/api/v2/log/entries';

test('trust: who is logged in gets an identity token that others verify by the instance’s documents', async () => {
  await using world = await bootProduct();
  const answer = await world.get<{ token: string; subject: string }>(
    '/trust/identity-token?audience=elsewhere',
    {
      method: 'POST',
      isAdmin: true,
    },
  );
  const origin = world.url.replace(/\/$/, '');
  const discovery = await (await world.send('GET', '/.well-known/openid-configuration')).json();
  const { issuer, jwks_uri } = discovery as { issuer: string; jwks_uri: string };
  assert.equal(issuer, origin);
  const keys = createLocalJWKSet((await (await fetch(jwks_uri)).json()) as JSONWebKeySet);
  const { payload } = await jwtVerify(answer.token, keys, { issuer: origin, audience: 'elsewhere' });
  assert.equal(payload.email, 'admin@127.0.0.1');
  assert.equal(answer.subject, 'admin@127.0.0.1');
  const [{ target } = {}] = world.rows("select target from audit where action = 'identity.token'");
  assert.equal(target, 'admin@127.0.0.1');
});

test('trust: an identity token is for who may push; nobody gets one unasked', async () => {
  await using world = await bootProduct();
  const path = '/trust/identity-token';
  assert.equal(await codeOf(world.send('POST', path), 401), 'hub.credentials_wrong');
  for (const [actions, status] of [
    [['pull'], 403],
    [['pull', 'push'], 200],
  ] as const) {
    const { secret } = await world.get<{ secret: string }>('/api/v1/tokens', {
      method: 'POST',
      status: 201,
      isAdmin: true,
      body: { name: actions.join('-'), permissions: [{ repositories: '**', actions }] },
    });
    const answer = await world.send('POST', path, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal(answer.status, status, await answer.text());
  }
  const crossSite = { headers: { ...admin, 'sec-fetch-site': 'cross-site' } };
  assert.equal((await world.send('POST', path, crossSite)).status, 403);
});

test('trust: a certificate says what the token said, and stands in the certificate log', async () => {
  await using world = await bootProduct();
  const certificate = await getCertificate(world, makeSigner());
  assert.equal(certificate.subjectAltName, 'email:admin@127.0.0.1');
  assert.equal(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom), 600_000);
  const bundle = (await (await world.send('GET', '/trust/ca/api/v2/trustBundle')).json()) as {
    chains: { certificates: string[] }[];
  };
  const issuing = new X509Certificate(bundle.chains[0]?.certificates[0] as string);
  assert.ok(certificate.verify(issuing.publicKey));
  const listed = (await (await world.send('GET', '/trust/ct/ct/v1/get-entries?start=0&end=5')).json()) as {
    entries: { leaf_input: string; extra_data: string }[];
  };
  assert.equal(listed.entries.length, 1);
  const extra = Buffer.from(listed.entries[0]?.extra_data ?? '', 'base64');
  const precertificate = new X509Certificate(extra.subarray(3, 3 + extra.readUIntBE(0, 3)));
  assert.equal(precertificate.serialNumber, certificate.serialNumber);
  assert.equal(((await (await world.send('GET', '/trust/ct/size')).json()) as { size: number }).size, 1);
  for (const query of ['', '?start=2&end=1', '?start=-1&end=2'])
    assert.equal(
      await codeOf(world.send('GET', `/trust/ct/ct/v1/get-entries${query}`), 400),
      'http.query_invalid',
    );
});

test('trust: no certificate without a token for it, of an issuer that is allowed, and the key itself', async () => {
  await using issuer = await startIssuer();
  await using stranger = await startIssuer();
  await using world = await bootProduct({ flags: [['--issuers', issuer.url]] });
  const signer = makeSigner();
  const sub = `${issuer.url}/acme/app`;
  const claims = { sub, aud: 'sigstore' };
  const ask = (token: string, challenge = sub) => askCertificate(world, signer, token, challenge);
  const good = await issuer.token(claims);
  assert.equal((await ask(good)).status, 200);
  assert.equal((await ask(good)).status, 200, 'one job signs many images');
  const aud = world.url.replace(/\/$/, '');
  assert.equal((await ask(await issuer.token({ sub, aud }))).status, 200, 'or for this instance');

  const forged = await issuer.token(claims, { isForged: true });
  assert.equal(await codeOf(ask(forged), 401), 'hub.id_token_invalid');
  const old = await issuer.token(claims, { issuedAt: Math.floor(Date.now() / 1000) - 3_600 });
  assert.equal(await codeOf(ask(old), 401), 'hub.id_token_invalid');
  assert.equal(await codeOf(ask(await stranger.token(claims)), 401), 'hub.id_token_refused');
  for (const aud of ['another.example.org', ['registry', 'sigstore.evil.example']])
    assert.equal(await codeOf(ask(await issuer.token({ sub, aud })), 401), 'hub.id_token_refused');
  const elsewhere = 'https://github.com/acme/app';
  const boast = await issuer.token({ sub: elsewhere, aud: 'sigstore' });
  assert.equal(await codeOf(ask(boast, elsewhere), 400), 'authority.identity_invalid');
  assert.equal(await codeOf(ask(good, 'something else'), 400), 'trust.proof_wrong');
  const wrongs = [
    {},
    { credentials: { oidcIdentityToken: good } },
    { credentials: { oidcIdentityToken: good }, publicKeyRequest: 7 },
  ];
  const codes = await Promise.all(
    wrongs.map(async (wrong) => {
      const answer = await post(world, '/trust/ca/api/v2/signingCert', wrong);
      return ((await answer.json()) as { code: string }).code;
    }),
  );
  assert.deepEqual(codes, ['hub.credentials_wrong', 'http.body_invalid', 'http.body_invalid']);
  assert.equal(((await (await world.send('GET', '/trust/ct/size')).json()) as { size: number }).size, 3);
});

test('trust: a request that the key signed is a proof too', async () => {
  await using issuer = await startIssuer();
  await using world = await bootProduct({ flags: [['--issuers', issuer.url]] });
  const token = await issuer.token({ sub: `${issuer.url}/acme/app`, aud: 'sigstore' });
  const csr = Buffer.from(signingRequest).toString('base64');
  const answer = await post(
    world,
    '/trust/ca/api/v2/signingCert',
    { certificateSigningRequest: csr },
    { authorization: `Bearer ${token}` },
  );
  assert.equal(answer.status, 200, await answer.clone().text());
});

/** `openssl req -new -subj /CN=anybody` with a P-256 key that is kept nowhere. */
const signingRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHMMHQCAQAwEjEQMA4GA1UEAwwHYW55Ym9keTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABJ8nMFCmGZ5pDV4n8om7TAIAsN11UTE426gyIB1KigGP0jDQJhe9K9Ih
9BCNikhc42HfgBGVLEktc58gez8SHYCgADAKBggqhkjOPQQDAgNIADBFAiAphOP4
agXURhiDUNj4BfIqE2SwEAARc2KIyZNy1XRRbAIhAMRZCSJEhmTp9BC83ALHo7nM
m/3YSzr3AxeChdGHI09l
-----END CERTIFICATE REQUEST-----
`;

test('trust: what is logged is a signature, and anybody computes the log’s root from its entries', async () => {
  await using world = await bootProduct();
  const signer = makeSigner();
  const logged = [];
  for (const text of ['one', 'two', 'three']) {
    const answer = await post(world, entries, entryOf(signer, text));
    assert.equal(answer.status, 201);
    logged.push((await answer.json()) as { logIndex?: string; canonicalizedBody: string });
  }
  assert.deepEqual(
    logged.map(({ logIndex = '0' }) => logIndex),
    ['0', '1', '2'],
  );
  const bytes = await (await world.send('GET', '/trust/log/tile/entries/000.p/3')).bytes();
  const kept = parseBundle(bytes, 3);
  assert.deepEqual(
    kept.map((entry) => Buffer.from(entry).toString('base64')),
    logged.map(({ canonicalizedBody }) => canonicalizedBody),
  );
  const edge = kept.reduce((grown, entry) => growEdge(grown, hashLeaf(entry)).edge, emptyEdge);
  const [, size, root] = (await (await world.send('GET', '/trust/log/checkpoint')).text()).split('\n');
  assert.deepEqual([size, root], ['3', Buffer.from(rootOfEdge(edge)).toString('base64')]);
  const tile = await (await world.send('GET', '/trust/log/tile/0/000.p/3')).bytes();
  assert.deepEqual(Buffer.from(tile), Buffer.concat(kept.map(hashLeaf)));
  assert.equal((await world.send('GET', '/trust/log/tile/0/000.p/4')).status, 404);
});

test('trust: what is no signature by the key that it names is not logged', async () => {
  await using world = await bootProduct();
  const [signer, other] = [makeSigner(), makeSigner()];
  const wish = entryOf(signer, 'text');
  const change = (more: object) => {
    const { hashedRekordRequestV002: one } = structuredClone(wish);
    return { hashedRekordRequestV002: { ...one, signature: { ...one.signature, ...more } } };
  };
  const refuse = (body: unknown, status = 400) => codeOf(post(world, entries, body), status);
  const stolen = entryOf(other, 'text').hashedRekordRequestV002.signature.content;
  assert.equal(await refuse(change({ content: stolen })), 'trust.entry_unproven');
  const { digest } = entryOf(signer, 'another').hashedRekordRequestV002;
  const moved = { hashedRekordRequestV002: { ...wish.hashedRekordRequestV002, digest } };
  assert.equal(await refuse(moved), 'trust.entry_unproven');
  const { verifier } = wish.hashedRekordRequestV002.signature;
  const renamed = { verifier: { ...verifier, keyDetails: 'PKIX_ED25519' } };
  assert.equal(await refuse(change(renamed)), 'trust.entry_unproven');
  assert.equal(await refuse(change({ verifier: { keyDetails: 'x' } })), 'http.body_invalid');
  assert.equal(
    await refuse(change({ verifier: { ...verifier, x509Certificate: { rawBytes: 'AA==' } } })),
    'http.body_invalid',
  );
  assert.equal(await refuse({ dsseRequestV002: {} }), 'http.body_invalid');
  const two = envelopeOf(signer);
  two.dsseRequestV002.envelope.signatures.push({ sig: 'AA==' });
  assert.equal(await refuse(two, 415), 'trust.entry_unsupported');
  const changed = envelopeOf(signer);
  changed.dsseRequestV002.envelope.payload = 'e30=';
  assert.equal(await refuse(changed), 'trust.entry_unproven');
  assert.equal(await refuse('text'), 'http.body_invalid');
  const large = 'x'.repeat(limits.trustRequestBytes);
  assert.equal(await refuse(large, 413), 'http.body_too_large');
  assert.match(await (await world.send('GET', '/trust/log/checkpoint')).text(), /^\S+\n0\n/);
});

test('trust: an envelope that is sent whole is logged by its pre-authentication encoding', async () => {
  await using world = await bootProduct();
  const signer = makeSigner();
  const sent = envelopeOf(signer);
  const answer = await post(world, entries, sent);
  assert.equal(answer.status, 201);
  const { kindVersion, canonicalizedBody } = (await answer.json()) as {
    readonly kindVersion: object;
    readonly canonicalizedBody: string;
  };
  assert.deepEqual(kindVersion, { kind: 'hashedrekord', version: '0.0.2' });
  const { envelope } = sent.dsseRequestV002;
  const claim = parseLogClaim(Buffer.from(canonicalizedBody, 'base64'));
  const pae = formatPae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  assert.deepEqual(Buffer.from(claim.hash), hash('sha256', pae, 'buffer'));
  assert.equal(Buffer.from(claim.signature ?? []).toString('base64'), envelope.signatures[0]?.sig);
});

test('trust: strangers log a little, who has a certificate of the instance as much as they sign', async () => {
  await using world = await bootProduct();
  const signer = makeSigner();
  const wish = entryOf(signer, 'text');
  for (let at = 0; at < limits.trustEntriesPerMinute; at += 1)
    assert.equal((await post(world, entries, wish)).status, 201);
  const refused = await post(world, entries, wish);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal(((await refused.json()) as { code: string }).code, 'trust.asked_too_often');
  const certificate = await getCertificate(world, signer);
  assert.equal((await post(world, entries, entryOf(signer, 'text', certificate))).status, 201);
});

test('trust: what is not there, and what is asked in another way, is said', async () => {
  await using world = await bootProduct();
  for (const path of [
    '/trust/nothing',
    '/trust/tuf/9.root.json',
    '/trust/tuf/../trusted_root.json/',
    '/trust/log/tile/0',
  ])
    assert.equal((await world.send('GET', path)).status, 404, path);
  const wrong = await world.send('POST', '/trust/trusted_root.json');
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD']);
  const query = await world.send('GET', '/trust/tsa/api/v1/timestamp');
  assert.deepEqual([query.status, query.headers.get('allow')], [405, 'POST']);
  const refusal = await world.send('POST', '/trust/tsa/api/v1/timestamp', { body: 'no request' });
  assert.equal(refusal.status, 200, 'a refusal of the protocol');
  assert.equal(refusal.headers.get('content-type'), 'application/timestamp-reply');
  assert.match(Buffer.from(await refusal.arrayBuffer()).toString('latin1'), /is not DER|request/);
  const chain = await (await world.send('GET', '/trust/tsa/api/v1/timestamp/certchain')).text();
  assert.equal(chain.match(/BEGIN CERTIFICATE/g)?.length, 2);
  const configuration = await (await world.send('GET', '/trust/ca/api/v2/configuration')).json();
  assert.deepEqual(
    (configuration as { issuers: { issuerUrl: string }[] }).issuers[0]?.issuerUrl,
    world.url.replace(/\/$/, ''),
  );
});

test('trust: with fronts before it the owner answers, and counts by who is behind them', async () => {
  const flags = [
    ['--workers', '2'],
    ['--proxy-trusted', 'on'],
  ] as const;
  await using world = await bootProduct({ flags });
  const root = await (await world.send('GET', '/trust/trusted_root.json')).json();
  assert.equal((root as TrustedRoot).tlogs.length, 1);
  const discovery = await (await world.send('GET', '/.well-known/openid-configuration')).json();
  assert.equal((discovery as { issuer: string }).issuer, world.url.replace(/\/$/, ''));
  const wish = entryOf(makeSigner(), 'text');
  const from = (address: string) => post(world, entries, wish, { 'x-forwarded-for': address });
  for (let at = 0; at < limits.trustEntriesPerMinute; at += 1)
    assert.equal((await from('203.0.113.1')).status, 201);
  assert.equal((await from('203.0.113.1')).status, 429);
  assert.equal((await from('203.0.113.2')).status, 201);
});
