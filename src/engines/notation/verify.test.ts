import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { names, payloadType } from '../../formats/notation/attribute.ts';
import {
  authorityExtensions,
  issue,
  issueChain,
  keyUsage,
  nowMs,
  ocspAddress,
  timestampExtensions,
} from '../../formats/notation/certificate.fixture.ts';
import { prepareJws } from '../../formats/notation/jws.ts';
import { formatPayload } from '../../formats/notation/payload.ts';
import { stamp } from '../../formats/notation/timestamp-token.fixture.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { createSigner, objections, statementOf, target, withToken } from './notation.fixture.ts';
import type { RevocationAnswer } from './revocation-answer.ts';
import { createTrustStore } from './trust-store.ts';
import { findRevocable } from './verify.ts';

const signer = createSigner();
const nowhere = 'revocation notation.revocation_nowhere unknown log';
const level = (name: string, override = {}) =>
  statementOf({
    signatureVerification: { level: name, ...(Object.keys(override).length > 0 ? { override } : {}) },
  });
const later = nowMs + 20 * 365 * 86_400_000;

test('verify: every check of a good signature has its code and its sentence', async () => {
  const { checks } = signer.judge(await signer.sign({ metadata: { a: 'b' } }), { metadata: { a: 'b' } });
  assert.deepEqual(
    checks.map(({ aspect, code, outcome }) => `${aspect} ${code} ${outcome}`),
    [
      'integrity notation.integrity passed',
      'subject notation.subject passed',
      'metadata notation.metadata passed',
      'authenticity notation.chain passed',
      'identity notation.identity passed',
      'expiry notation.no_expiry passed',
      'authenticTimestamp notation.valid_in_time passed',
      'revocation notation.revocation_nowhere unknown',
    ],
  );
  for (const { sentence } of checks) assert.match(sentence, /^[A-Z].*\.$/s);
});

test('verify: another image, size or media type, and metadata that are not signed, are refused at every level', async () => {
  const signature = await signer.sign();
  const others = [
    { ...target, digest: digestOf('another') },
    { ...target, sizeBytes: 9 },
    { ...target, mediaType: 'application/vnd.oci.image.index.v1+json' },
  ];
  for (const other of others)
    for (const name of ['strict', 'permissive', 'audit']) {
      const verdict = signer.judge(signature, { target: other, statement: level(name) });
      assert.equal(verdict.verdict, 'refused');
      assert.deepEqual(objections(verdict), ['subject notation.subject_other failed enforce', nowhere]);
    }
  const verdict = signer.judge(signature, { metadata: { a: 'b' }, statement: level('audit') });
  assert.deepEqual(objections(verdict)[0], 'metadata notation.metadata_missing failed enforce');
});

test('verify: what does not hold is refused at every level, and nothing else is said of it', async () => {
  const { envelope, ...rest } = await signer.sign();
  const whole = JSON.parse(Buffer.from(envelope).toString());
  const judge = (own: object) =>
    objections(
      signer.judge(
        { ...rest, envelope: Buffer.from(JSON.stringify({ ...whole, ...own })) },
        { statement: level('audit') },
      ),
    );
  const payload = Buffer.from(formatPayload(target, { c: 'd' })).toString('base64url');
  assert.deepEqual(judge({ payload }), ['integrity notation.signature_wrong failed enforce']);
  const x5c = (chain: readonly { readonly der: Uint8Array }[]) => ({
    header: { x5c: chain.map(({ der }) => Buffer.from(der).toString('base64')) },
  });
  assert.deepEqual(judge(x5c(signer.chain.slice(0, 1))), ['integrity notation.chain_invalid failed enforce']);
  assert.deepEqual(judge(x5c(createSigner().chain)), ['integrity notation.signature_wrong failed enforce']);
  const big = createSigner('ES384').chain;
  assert.deepEqual(judge(x5c(big)), ['integrity notation.algorithm_unsupported failed enforce']);
  assert.deepEqual(judge({ header: { x5c: ['YQ=='] } }), [
    'integrity notation.certificate_invalid failed enforce',
  ]);
  assert.deepEqual(judge({ more: 1 }), ['integrity notation.envelope_invalid failed enforce']);
});

test('verify: a signature that holds but asks for what is not done here is refused', () => {
  const { leaf, chain } = issueChain('ES256');
  const judge = (own: object, payload = formatPayload(target)) => {
    const { toBeSigned, seal } = prepareJws({
      algorithm: 'ES256',
      contentType: payloadType,
      scheme: 'notary.x509',
      signingTimeMs: nowMs,
      extended: [],
      payload,
      ...own,
    });
    const envelope = seal({
      signature: sign('sha256', toBeSigned, { key: leaf.key, dsaEncoding: 'ieee-p1363' }),
      chain: chain.map(({ der }) => der),
    });
    return objections(signer.judge({ envelope, mediaType: 'application/jose+json' }));
  };
  const integrity = (code: string) => [`integrity notation.${code} failed enforce`];
  const one = (key: string) => ({ extended: [{ key, value: 'x', critical: true }] });
  assert.deepEqual(judge(one(names.plugin)), integrity('plugin_required'));
  assert.deepEqual(judge(one('org.example.must')), integrity('critical_unknown'));
  assert.deepEqual(judge({ contentType: 'application/json' }), integrity('payload_invalid'));
  assert.deepEqual(judge({}, Buffer.from('{"targetArtifact":1}')), integrity('payload_invalid'));
});

test('verify: who is not trusted is refused where authenticity is enforced, and said where it is logged', async () => {
  const signature = await signer.sign();
  const { root } = issueChain('ES256');
  const stores = [createTrustStore('ca', 'own', [root.certificate])];
  const strict = signer.judge(signature, { stores });
  assert.deepEqual(
    [strict.verdict, objections(strict)],
    ['refused', ['authenticity notation.chain_untrusted failed enforce', nowhere]],
  );
  const audit = signer.judge(signature, { stores, statement: level('audit') });
  assert.deepEqual(
    [audit.verdict, objections(audit)],
    ['accepted', ['authenticity notation.chain_untrusted failed log', nowhere]],
  );
  assert.equal(
    objections(signer.judge(signature, { stores: [] }))[0],
    'authenticity notation.store_missing failed enforce',
  );
  const authority = signer.judge(signature, {
    statement: statementOf({ trustStores: ['signingAuthority:own'] }),
  });
  assert.equal(objections(authority)[0], 'authenticity notation.chain_untrusted failed enforce');
});

test('verify: another name than the trusted ones is refused, and so is one that cannot be compared', async () => {
  const identity = (text: string) => statementOf({ trustedIdentities: [text] });
  const signature = await signer.sign();
  const other = signer.judge(signature, { statement: identity('x509.subject: C=DE,ST=Hamburg,O=Other') });
  assert.deepEqual(
    [other.verdict, objections(other)[0]],
    ['refused', 'identity notation.identity_other failed enforce'],
  );
  const odd = createSigner('ES256', { subject: 'C=DE,ST=Hamburg,O=Example,E=a@example.org' });
  const signed = await odd.sign();
  assert.equal(objections(odd.judge(signed))[0], 'identity notation.name_invalid failed enforce');
  assert.equal(odd.judge(signed, { statement: identity('*') }).verdict, 'accepted');
});

test('verify: an expiry is over at its very second', async () => {
  const signature = await signer.sign({ expiresAtMs: nowMs + 60_000 });
  const at = (ms: number, name = 'strict') => signer.judge(signature, { nowMs: ms, statement: level(name) });
  assert.equal(at(nowMs + 59_999).verdict, 'accepted');
  const over = at(nowMs + 60_000);
  assert.deepEqual(
    [over.verdict, objections(over)[0]],
    ['refused', 'expiry notation.signature_expired failed enforce'],
  );
  assert.equal(at(nowMs + 60_000, 'permissive').verdict, 'accepted');
});

test('verify: without a timestamp the chain must be valid now; a signing authority’s time is believed', async () => {
  const expired = 'authenticTimestamp notation.certificate_not_valid failed';
  const own = signer.judge(await signer.sign(), { nowMs: later });
  assert.deepEqual([own.verdict, objections(own)[0]], ['refused', `${expired} enforce`]);
  const logged = signer.judge(await signer.sign(), { nowMs: later, statement: level('permissive') });
  assert.deepEqual([logged.verdict, objections(logged)[0]], ['accepted', `${expired} log`]);
  const authority = await signer.sign({ scheme: 'notary.x509.signingAuthority' });
  assert.equal(signer.judge(authority, { nowMs: later }).verdict, 'accepted');
});

test('verify: a timestamp of a trusted authority carries a signature beyond its certificates', async () => {
  const root = issue({
    subject: 'C=DE,O=Time',
    extensions: authorityExtensions,
    notAfter: '2049-01-01T00:00:00Z',
  });
  const authority = issue({ subject: 'C=DE,O=Time,CN=Stamp', issuer: root, extensions: timestampExtensions });
  const at = (text: string) => (stamped: Uint8Array) =>
    stamp({ authority, others: [root], stamped, at: text });
  const trustStores = ['ca:own', 'tsa:time'];
  const tsa = createTrustStore('tsa', 'time', [root.certificate]);
  const ca = createTrustStore('ca', 'own', signer.chain.slice(-1));
  const judge = async (
    timestamp: ((stamped: Uint8Array) => Uint8Array) | undefined,
    own: object = {},
    ms = later,
  ) =>
    signer.judge(timestamp === undefined ? await signer.sign() : withToken(await signer.sign(), timestamp), {
      nowMs: ms,
      stores: [ca, tsa],
      statement: statementOf({ trustStores, ...own }),
    });
  const good = await judge(at('2026-01-02T03:04:06Z'));
  assert.deepEqual([good.verdict, objections(good)], ['accepted', [nowhere]]);
  const first = async (verdict: ReturnType<typeof judge>) => objections(await verdict)[0];
  const failed = (code: string) => `authenticTimestamp notation.${code} failed enforce`;
  assert.equal(await first(judge(undefined)), failed('timestamp_missing'));
  assert.equal(await first(judge(() => Uint8Array.of(1))), failed('timestamp_invalid'));
  assert.equal(
    await first(judge(() => at('2026-01-02T03:04:06Z')(Buffer.from('x')))),
    failed('timestamp_invalid'),
  );
  // Stamped by a valid authority, but before the signer's certificate was.
  const early = { notBefore: '2020-01-01T00:00:00Z' } as const;
  const oldRoot = issue({ subject: 'C=DE,O=Old', extensions: authorityExtensions, ...early });
  const old = issue({
    subject: 'C=DE,O=Old,CN=Stamp',
    issuer: oldRoot,
    extensions: timestampExtensions,
    ...early,
  });
  const before = (stamped: Uint8Array) =>
    stamp({ authority: old, others: [oldRoot], stamped, at: '2024-01-01T00:00:00Z' });
  const verdict = signer.judge(withToken(await signer.sign(), before), {
    nowMs,
    stores: [ca, createTrustStore('tsa', 'time', [oldRoot.certificate])],
    statement: statementOf({ trustStores }),
  });
  assert.equal(objections(verdict)[0], failed('certificate_not_valid'));
  const afterExpiry = { signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' } };
  assert.equal((await judge(undefined, afterExpiry, nowMs)).verdict, 'accepted');
  assert.equal(await first(judge(undefined, afterExpiry)), failed('timestamp_missing'));
});

test('verify: revocation that nobody asked for is unknown, and refuses where it is enforced', async () => {
  const own = createSigner('ES256', { extensions: [keyUsage([0]), ocspAddress()] });
  const signature = await own.sign();
  const judge = (answer: RevocationAnswer | undefined, statement = level('strict'), more: object = {}) => {
    const [leaf] = own.chain;
    const answers = new Map(answer === undefined ? [] : [[leaf?.fingerprint ?? '', answer] as const]);
    const verdict = own.judge(signature, { revocation: answers, statement, ...more });
    return [verdict.verdict, ...objections(verdict)];
  };
  const unknown = 'revocation notation.revocation_unknown unknown';
  const revoked = { kind: 'revoked', revokedAt: new Date(nowMs) } as const;
  assert.deepEqual(judge(undefined), ['refused', `${unknown} enforce`]);
  assert.deepEqual(judge({ kind: 'unknown', why: 'nobody knows' }), ['refused', `${unknown} enforce`]);
  assert.deepEqual(judge(revoked), ['refused', 'revocation notation.certificate_revoked failed enforce']);
  assert.deepEqual(judge({ kind: 'good' }), ['accepted']);
  assert.deepEqual(judge(undefined, level('permissive')), ['accepted', `${unknown} log`]);
  assert.deepEqual(judge(revoked, level('strict', { revocation: 'skip' })), ['accepted']);
});

test('verify: a certificate that is in doubt only since later is held against nobody who proves the time', async () => {
  const own = createSigner('ES256', { extensions: [keyUsage([0]), ocspAddress()] });
  const [leaf] = own.chain;
  const judge = (signature: Awaited<ReturnType<typeof own.sign>>, answer: object) => {
    const revoked = { kind: 'revoked' as const, revokedAt: new Date(nowMs + 1), ...answer };
    const { checks } = own.judge(signature, { revocation: new Map([[leaf?.fingerprint ?? '', revoked]]) });
    return checks.find(({ aspect }) => aspect === 'revocation');
  };
  const vouched = await own.sign({ scheme: 'notary.x509.signingAuthority' });
  const later = judge(vouched, { invalidFrom: new Date(nowMs + 1000), reason: 'keyCompromise' });
  assert.equal(later?.code, 'notation.revoked_later');
  assert.match(
    later?.sentence ?? '',
    /was revoked at .* \(keyCompromise\), and is in doubt from .* on, and the/,
  );
  // The day on which it was told proves nothing about the days before: only the invalidity date does.
  assert.equal(judge(vouched, {})?.code, 'notation.certificate_revoked');
  assert.equal(judge(vouched, { invalidFrom: new Date(nowMs - 5000) })?.code, 'notation.certificate_revoked');
  // The signer's own clock vouches for nothing.
  const alone = await own.sign();
  assert.equal(judge(alone, { invalidFrom: new Date(nowMs + 1000) })?.code, 'notation.certificate_revoked');
});

test('verify: asked about are the signer’s certificates and the stamp’s, of those who are trusted alone', async () => {
  const named = [...timestampExtensions, ocspAddress('http://ocsp.time.example/')];
  const root = issue({ subject: 'C=DE,O=Time', extensions: authorityExtensions });
  const authority = issue({ subject: 'C=DE,O=Time,CN=Stamp', issuer: root, extensions: named });
  const own = createSigner('ES256', { extensions: [keyUsage([0]), ocspAddress()] });
  const ca = createTrustStore('ca', 'own', own.chain.slice(-1));
  const tsa = createTrustStore('tsa', 'time', [root.certificate]);
  const signature = withToken(await own.sign(), (stamped) =>
    stamp({ authority, others: [root], stamped, at: '2026-01-02T03:04:06Z' }),
  );
  const trustStores = ['ca:own', 'tsa:time'];
  const asked = (more: object) =>
    findRevocable(own.question(signature, { stores: [ca, tsa], ...more })).map(
      ({ certificate, issuer }) => `${certificate.subjectText} of ${issuer.subjectText}`,
    );
  const signers =
    'C=DE, ST=Hamburg, O=Example, CN=Example Signer of C=DE, ST=Hamburg, O=Example, CN=Example Root';
  const stamps = 'C=DE, O=Time, CN=Stamp of C=DE, O=Time';
  assert.deepEqual(asked({ statement: statementOf({ trustStores }) }), [signers, stamps]);
  assert.deepEqual(asked({}), [signers]);
  const skips = level('strict', { revocation: 'skip' });
  assert.deepEqual(asked({ statement: skips }), []);
  assert.deepEqual(asked({ stores: [] }), []);
  assert.deepEqual(asked({ stores: [createTrustStore('ca', 'own', [root.certificate])] }), []);
  assert.deepEqual(
    asked({ statement: statementOf({ trustedIdentities: ['x509.subject: C=DE, ST=B, O=B'] }) }),
    [],
  );
  assert.deepEqual(asked({ envelope: Uint8Array.of(1) }), []);
  // Without an answer about the stamp's authority the time is not proved either.
  const verdict = own.judge(signature, {
    stores: [ca, tsa],
    statement: statementOf({ trustStores }),
    revocation: new Map([[own.chain[0]?.fingerprint ?? '', { kind: 'good' as const }]]),
  });
  assert.deepEqual(objections(verdict), ['authenticTimestamp notation.revocation_unknown unknown enforce']);
});

test('verify: a level that skips looks at nothing, and says so', async () => {
  const statement = statementOf({
    registryScopes: ['a.example/b'],
    signatureVerification: { level: 'skip' },
    trustStores: undefined,
    trustedIdentities: undefined,
  });
  const verdict = signer.judge({ ...(await signer.sign()), envelope: Uint8Array.of(1) }, { statement });
  assert.deepEqual(verdict, { verdict: 'skipped', level: 'skip', statement: 'own', checks: [] });
});
