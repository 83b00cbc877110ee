// Promise: what is signed here, notation verifies at its strictest level, in both formats and with every kind of
// key, and refuses where a byte or the signer's name is another; what notation signs, with a timestamp or without,
// is judged here as notation judges it. All through the product's registry, by referrers.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type NotationRequest,
  type NotationSignature,
  signNotation,
} from '../../src/engines/notation/sign.ts';
import { parseTrustPolicy, selectStatement } from '../../src/engines/notation/trust-policy.ts';
import { createTrustStore, type TrustStore } from '../../src/engines/notation/trust-store.ts';
import { type NotationVerdict, verifyNotation } from '../../src/engines/notation/verify.ts';
import {
  authorityExtensions,
  type Issued,
  issue,
  issueChain,
} from '../../src/formats/notation/certificate.fixture.ts';
import { type Certificate, parseCertificates } from '../../src/formats/notation/certificate.ts';
import {
  formatSignatureManifest,
  parseSignatureManifest,
} from '../../src/formats/notation/signature-manifest.ts';
import type { Descriptor } from '../../src/formats/oci/descriptor.ts';
import { signWith } from '../../src/io/keys/sign.ts';
import { type Client, createClient, createNotation } from './notation-world.ts';
import { startTimestampAuthority } from './timestamp-authority.ts';
import { missingNewerTools, missingTools, run, runAsync, startProduct, temporaryFolder } from './world.ts';

const IDENTITY = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';
const skip = missingNewerTools('notation');

test('notation', { skip }, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const registry = createClient(product);
  const notation = createNotation(join(folder.path, 'notation'), registry);
  const keys = {
    'a P-256 key': issueChain('ES256'),
    'a P-384 key': issueChain('ES384'),
    'a P-521 key': issueChain('ES512'),
    'an RSA key of 2048 bits': issueChain('PS256'),
    'an RSA key of 3072 bits': issueChain('PS384'),
    'an RSA key of 4096 bits': issueChain('PS512'),
    'a self-signed certificate': selfSigned(),
  };

  for (const [name, { leaf, chain }] of Object.entries(keys))
    for (const format of ['jws', 'cose'] as const)
      await t.test(`${format} by ${name} is verified by notation, and by us`, async () => {
        const image = await registry.pushImage('team/own');
        const signature = await sign(image, leaf, chain, format);
        await registry.pushSignature('team/own', signature);
        notation.trust(chain.slice(-1), IDENTITY);
        const said = await notation.run(['verify', '-m', 'build=7'], 'team/own', image);
        assert.match(said.stdout, /Successfully verified/);
        const [verdict] = await judgeAll(registry, 'team/own', image, notation.policy(), chain.slice(-1));
        assert.equal(verdict?.verdict, 'accepted', JSON.stringify(verdict));
      });

  const { leaf, chain } = keys['a P-256 key'];
  for (const format of ['jws', 'cose'] as const) {
    await t.test(
      `${format}: a signing authority’s signature is verified by notation, and by us`,
      async () => {
        const image = await registry.pushImage('team/authority');
        const scheme = 'notary.x509.signingAuthority';
        await registry.pushSignature('team/authority', await sign(image, leaf, chain, format, { scheme }));
        notation.trust(chain.slice(-1), IDENTITY, [], 'signingAuthority');
        await notation.run(['verify'], 'team/authority', image);
        const stores = [createTrustStore('signingAuthority', 'own', chain.slice(-1))];
        const [verdict] = await judgeAll(
          registry,
          'team/authority',
          image,
          notation.policy(),
          chain.slice(-1),
          stores,
        );
        assert.deepEqual([verdict?.verdict, failures(verdict)], ['accepted', []]);
      },
    );

    await t.test(`${format}: another signer’s name is refused by notation, and by us`, async () => {
      const image = await registry.pushImage('team/name');
      await registry.pushSignature('team/name', await sign(image, leaf, chain, format));
      notation.trust(chain.slice(-1), 'C=DE, ST=Hamburg, O=Example, CN=Somebody Else');
      await assert.rejects(notation.run(['verify'], 'team/name', image), /signature verification failed/);
      const [verdict] = await judgeAll(registry, 'team/name', image, notation.policy(), chain.slice(-1));
      assert.deepEqual(failures(verdict), ['notation.identity_other']);
    });

    await t.test(`${format}: a signature of another image is refused by notation, and by us`, async () => {
      const [image, other] = [
        await registry.pushImage('team/subject'),
        await registry.pushImage('team/subject'),
      ];
      const signed = await sign(other, leaf, chain, format);
      await registry.pushSignature('team/subject', {
        ...signed,
        manifest: formatSignatureManifest({
          subject: image,
          envelope: signed.envelope,
          mediaType: signed.mediaType,
          fingerprints: chain.map(({ fingerprint }) => fingerprint),
          createdAtMs: Date.now(),
        }),
      });
      notation.trust(chain.slice(-1), IDENTITY);
      await assert.rejects(notation.run(['verify'], 'team/subject', image), /signature verification failed/);
      const [verdict] = await judgeAll(registry, 'team/subject', image, notation.policy(), chain.slice(-1));
      assert.deepEqual(failures(verdict), ['notation.subject_other']);
    });

    await t.test(`${format}: a changed byte is refused by notation, and by us`, async () => {
      const image = await registry.pushImage('team/byte');
      const { envelope, mediaType } = await sign(image, leaf, chain, format);
      const changed = changePayload(envelope, format);
      const fingerprints = chain.map(({ fingerprint }) => fingerprint);
      const parts = { subject: image, envelope: changed, mediaType, fingerprints, createdAtMs: Date.now() };
      const manifest = formatSignatureManifest(parts);
      await registry.pushSignature('team/byte', { envelope: changed, manifest });
      notation.trust(chain.slice(-1), IDENTITY);
      await assert.rejects(notation.run(['verify'], 'team/byte', image), /signature verification failed/);
      const [verdict] = await judgeAll(registry, 'team/byte', image, notation.policy(), chain.slice(-1));
      assert.deepEqual(failures(verdict), ['notation.signature_wrong']);
    });

    await t.test(
      `${format}: what notation signs with its own test certificate is judged as it judges it`,
      async () => {
        const name = `example-${format}.org`;
        await runAsync('notation', ['cert', 'generate-test', '--default', name], notation.env);
        const certificate = readFileSync(join(notation.home, 'localkeys', `${name}.crt`));
        const roots = parseCertificates(certificate, 'notation’s certificate');
        const image = await registry.pushImage('team/theirs');
        const words = ['sign', '--signature-format', format, '--expiry', '1h', '-m', 'a=b'];
        await notation.run(words, 'team/theirs', image);
        notation.trust(roots, `C=US, ST=WA, O=Notary, CN=${name}`);
        await notation.run(['verify'], 'team/theirs', image);
        const judge = (policy: Uint8Array) => judgeAll(registry, 'team/theirs', image, policy, roots);
        const [verdict] = await judge(notation.policy());
        assert.deepEqual([verdict?.verdict, failures(verdict)], ['accepted', []]);
        assert.deepEqual(verdict?.signed?.target.annotations, { a: 'b' });
        notation.trust(roots, 'C=US, ST=WA, O=Notary, CN=example.net');
        await assert.rejects(notation.run(['verify'], 'team/theirs', image), /signature verification failed/);
        assert.deepEqual(failures((await judge(notation.policy()))[0]), ['notation.identity_other']);
      },
    );
  }
});

test('notation, with timestamps of OpenSSL’s authority', {
  skip: skip ?? missingTools('openssl'),
}, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const registry = createClient(product);
  const notation = createNotation(join(folder.path, 'notation'), registry);
  const { leaf, chain } = issueChain('ES256');
  await using tsa = await startTimestampAuthority(join(folder.path, 'tsa'));
  const trusted = [tsa.root.certificate];
  const tsaStore = (certificates: readonly Certificate[]) => [createTrustStore('tsa', 'own', certificates)];

  for (const format of ['jws', 'cose'] as const) {
    await t.test(`${format}: one that notation asked for is judged as notation judges it`, async () => {
      const name = `stamped-${format}.org`;
      await runAsync('notation', ['cert', 'generate-test', '--default', name], notation.env);
      const roots = parseCertificates(readFileSync(join(notation.home, 'localkeys', `${name}.crt`)), name);
      const image = await registry.pushImage('team/theirs');
      const asking = ['--timestamp-url', tsa.url, '--timestamp-root-cert', join(folder.path, 'tsa/root.pem')];
      await notation.run(['sign', '--signature-format', format, ...asking], 'team/theirs', image);
      notation.trust(roots, '*', trusted);
      await notation.run(['verify'], 'team/theirs', image);
      const judge = (tsaRoots: readonly Certificate[]) =>
        judgeAll(registry, 'team/theirs', image, notation.policy(), roots, tsaStore(tsaRoots));
      const [verdict] = await judge(trusted);
      assert.deepEqual([verdict?.verdict, failures(verdict)], ['accepted', []]);
      const time = verdict?.checks.find(({ aspect }) => aspect === 'authenticTimestamp');
      assert.match(time?.sentence ?? '', /CN=Time stamped the signature/);

      const stranger = issue({
        subject: 'C=DE,ST=Hamburg,O=Time,CN=Time Root',
        extensions: authorityExtensions,
      });
      notation.trust(roots, '*', [stranger.certificate]);
      await assert.rejects(notation.run(['verify'], 'team/theirs', image), /signature verification failed/);
      assert.deepEqual(failures((await judge([stranger.certificate]))[0]), ['notation.timestamp_invalid']);
    });

    await t.test(`${format}: one that we asked for is verified by notation, and by us`, async () => {
      const image = await registry.pushImage('team/own');
      const ask = (signature: Uint8Array) => askTimestamp(folder.path, tsa.url, signature);
      const timestamp = { ask, roots: trusted };
      await registry.pushSignature('team/own', await sign(image, leaf, chain, format, { timestamp }));
      notation.trust(chain.slice(-1), IDENTITY, trusted);
      await notation.run(['verify'], 'team/own', image);
      const policy = notation.policy();
      const [verdict] = await judgeAll(
        registry,
        'team/own',
        image,
        policy,
        chain.slice(-1),
        tsaStore(trusted),
      );
      assert.deepEqual([verdict?.verdict, failures(verdict)], ['accepted', []]);
    });
  }
});

/** Codes of the enforced checks that did not pass. */
function failures(verdict: NotationVerdict | undefined): readonly string[] | undefined {
  return verdict?.checks
    .filter(({ action, outcome }) => action === 'enforce' && outcome !== 'passed')
    .map(({ code }) => code);
}

/** A token over a signature, asked for with OpenSSL. */
async function askTimestamp(folder: string, url: string, signature: Uint8Array): Promise<Uint8Array> {
  const [signed, query, reply, token] = ['signed', 'query', 'reply', 'token'].map((name) =>
    join(folder, name),
  );
  writeFileSync(signed ?? '', signature);
  run('openssl', ['ts', '-query', '-sha256', '-cert', '-data', signed ?? '', '-out', query ?? '']);
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(readFileSync(query ?? '')) });
  writeFileSync(reply ?? '', new Uint8Array(await answer.arrayBuffer()));
  run('openssl', ['ts', '-reply', '-in', reply ?? '', '-token_out', '-out', token ?? '']);
  return readFileSync(token ?? '');
}

/** Another build number, in the bytes that were signed. */
function changePayload(envelope: Uint8Array, format: 'jws' | 'cose'): Uint8Array {
  const replace = (bytes: Uint8Array) =>
    Buffer.from(Buffer.from(bytes).toString('latin1').replace('"build":"7"', '"build":"8"'), 'latin1');
  if (format === 'cose') return replace(envelope);
  const parts = JSON.parse(Buffer.from(envelope).toString()) as { payload: string };
  const payload = replace(Buffer.from(parts.payload, 'base64url')).toString('base64url');
  assert.notEqual(payload, parts.payload);
  return Buffer.from(JSON.stringify({ ...parts, payload }));
}

function selfSigned() {
  const leaf = issue({ subject: 'C=DE,ST=Hamburg,O=Example,CN=Example Signer', algorithm: 'ES256' });
  return { leaf, chain: [leaf.certificate] };
}

function sign(
  descriptor: Descriptor,
  leaf: Issued,
  chain: readonly Certificate[],
  format: 'jws' | 'cose',
  more: Partial<NotationRequest> = {},
): Promise<NotationSignature> {
  return signNotation({
    descriptor,
    key: signWith(leaf.key),
    chain,
    scheme: 'notary.x509',
    format,
    metadata: { build: '7' },
    nowMs: Date.now(),
    expiresAtMs: Date.now() + 3_600_000,
    agent: 'plimsoll/test',
    ...more,
  });
}

/** Our verdict on each signature of the image. */
async function judgeAll(
  registry: Client,
  repository: string,
  image: Descriptor,
  policy: Uint8Array,
  roots: readonly Certificate[],
  more: readonly TrustStore[] = [],
): Promise<readonly NotationVerdict[]> {
  const statement = selectStatement(parseTrustPolicy(policy), `${registry.host}/${repository}`);
  const verdicts: NotationVerdict[] = [];
  for (const digest of await registry.signatures(repository, image)) {
    const { envelope, subject } = parseSignatureManifest(await registry.fetchManifest(repository, digest));
    assert.equal(subject.digest, image.digest);
    verdicts.push(
      verifyNotation({
        envelope: await registry.fetchBlob(repository, envelope.digest),
        mediaType: envelope.mediaType,
        target: image,
        statement,
        stores: [createTrustStore('ca', 'own', roots), ...more],
        nowMs: Date.now(),
      }),
    );
  }
  return verdicts;
}
