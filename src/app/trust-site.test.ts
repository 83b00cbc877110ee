// The authority's site with hostile requests: whatever is sent, the answer is one of the protocol or a coded refusal,
// and nothing is logged or certified. Its TUF files leave by no other name than their own.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { TufFiles } from '../entry/http/trust/tuf.ts';
import { systemRandom } from '../kit/clock.ts';
import { isPlimsollError } from '../kit/error.ts';
import { hubErrors } from '../services/hub/errors.ts';
import { openTrustWorld } from '../services/trust/trust-world.fixture.ts';
import { createTrustSite } from './trust-site.ts';

const issuer = 'https://git.example.org';

async function openSite(t: TestContext, tufFiles?: TufFiles) {
  const world = await openTrustWorld(t);
  const { trustSite } = createTrustSite(
    {
      trust: world.trust,
      database: world.database,
      isProxyTrusted: true,
      audit: { record: async () => {}, list: async () => [] },
      issuerKeys: {
        issuers: [issuer],
        isAllowed: (one) => one === issuer,
        async find() {
          throw hubErrors.id_token_invalid('no key fits');
        },
      },
      tufFiles,
    },
    { clock: world.clock, random: systemRandom },
  );
  const send = async (path: string, init: RequestInit = {}) =>
    trustSite(new Request(`https://images.example.org${path}`, init));
  return { world, send };
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw).toString('base64'));
const part = fc.oneof(bytes, fc.string({ unit: 'binary' }), fc.constant(undefined), fc.jsonValue());
const entry = fc.record({
  hashedRekordRequestV002: fc.record({
    digest: part,
    signature: fc.record({
      content: part,
      verifier: fc.record(
        {
          x509Certificate: fc.record({ rawBytes: part }),
          publicKey: fc.record({ rawBytes: part }),
          keyDetails: part,
        },
        { requiredKeys: ['keyDetails'] },
      ),
    }),
  }),
});
const envelope = fc.record({
  dsseRequestV002: fc.record({
    envelope: fc.record({
      payload: part,
      payloadType: part,
      signatures: fc.array(fc.record({ sig: part }), { maxLength: 2 }),
    }),
    verifiers: fc.array(fc.record({ publicKey: fc.record({ rawBytes: part }), keyDetails: part }), {
      maxLength: 2,
    }),
  }),
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.jsonValue().map((claims) => `${json({ alg: 'RS256', kid: 'k' })}.${json(claims)}.AAAA`),
  fc.string().map((sub) => `${json({ alg: 'RS256', kid: 'k' })}.${json({ iss: issuer, sub })}.AAAA`),
);
const certificate = fc.record({
  credentials: fc.record({ oidcIdentityToken: token }),
  publicKeyRequest: fc.record({ publicKey: fc.record({ content: part }), proofOfPossession: part }),
  certificateSigningRequest: part,
});

test('trust site: hostile requests are refused by a code, and nothing is kept', async (t) => {
  const { world, send } = await openSite(t);
  const asks = fc.oneof(
    fc.record({
      path: fc.constant('/trust/log/api/v2/log/entries'),
      body: fc.oneof(entry, envelope).map((one) => JSON.stringify(one)),
    }),
    fc.record({
      path: fc.constant('/trust/ca/api/v2/signingCert'),
      body: certificate.map((one) => JSON.stringify(one)),
    }),
    fc.record({
      path: fc.constantFrom('/trust/log/api/v2/log/entries', '/trust/ca/api/v2/signingCert'),
      body: fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
    }),
  );
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(asks, async ({ path, body }) => {
      asked += 1;
      const headers = { 'x-forwarded-for': `203.0.${asked >> 8}.${asked & 255}` };
      const answer = await send(path, { method: 'POST', body, headers }).catch((error: unknown) => error);
      assert.ok(isPlimsollError(answer), `${path} ${body}`);
    }),
    { numRuns: 300 },
  );
  assert.equal((await world.trust.logStore.readEdge()).size, 0);
  assert.deepEqual(
    await world.database.query.selectFrom('trust_precertificate').select('leaf').execute(),
    [],
  );
});

test('trust site: hostile timestamp requests are answered by the protocol', async (t) => {
  const { send } = await openSite(t);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (body) => {
      const answer = await send('/trust/tsa/api/v1/timestamp', { method: 'POST', body: Buffer.from(body) });
      assert.equal(answer.headers.get('content-type'), 'application/timestamp-reply');
    }),
    { numRuns: 100 },
  );
});

test('trust site: files of the TUF repository by their names, those with a version for ever', async (t) => {
  const asked: string[] = [];
  const files = new Map([
    ['timestamp.json', 'newest'],
    ['1.root.json', 'first'],
    ['targets/trusted_root.json', 'target'],
  ]);
  const { send } = await openSite(t, {
    async read(path) {
      asked.push(path);
      const text = files.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    },
  });
  const fixed = await send('/trust/tuf/1.root.json');
  assert.equal(await fixed.text(), 'first');
  assert.match(fixed.headers.get('cache-control') ?? '', /immutable/);
  const newest = await send('/trust/tuf/timestamp.json');
  assert.deepEqual([await newest.text(), newest.headers.get('cache-control')], ['newest', 'no-cache']);
  assert.equal(await (await send('/trust/tuf/targets/trusted_root.json')).text(), 'target');
  asked.length = 0;
  for (const path of ['..%2fkeys%2fpassphrase', '%2e%2e/keys', '.hidden', 'a//b', 'a/../../b', ''])
    await assert.rejects(send(`/trust/tuf/${path}`), { code: 'http.route_unknown' });
  assert.deepEqual(
    asked.filter((path) => path.includes('..') || path.includes('%')),
    [],
  );
});
