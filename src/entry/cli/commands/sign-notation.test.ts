// `plimsoll sign --notation`: keys wherever they are, checked before anything is signed, and stamps by the authority
// that was named or by the instance, which carry the signature beyond its certificate.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInstance } from '../../../engines/authority/instance.fixture.ts';
import { describeSigning } from '../../../engines/authority/trust.ts';
import { servicesOf } from '../../../engines/sign/sign.fixture.ts';
import {
  authorityExtensions,
  issue,
  issueChain,
  timestampExtensions,
} from '../../../formats/notation/certificate.fixture.ts';
import type { Certificate } from '../../../formats/notation/certificate.ts';
import { parseCertificates } from '../../../formats/notation/certificate.ts';
import { stamp } from '../../../formats/notation/timestamp-token.fixture.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import { createMemoryKey } from '../../../io/keys/memory.ts';
import { signWith } from '../../../io/keys/sign.ts';
import { addDebianImage, createFakeWorld, NOW } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';

const IMAGE = 'images.example.org/acme/app:v1';
const KEY = 'pkcs11:token=team;object=notary';
/** The signer's certificate has ended by then. */
const LATER = Date.parse('2040-01-01T00:00:00Z');

const pemOf = (...certificates: readonly Certificate[]): string =>
  certificates.map(({ handle }) => handle.toString()).join('');

/** A signer whose key is in a token, and notation's configuration that trusts its root, and this of timestamps. */
async function makeWorld(own: Partial<CliWorld> = {}, algorithm = 'ES256') {
  const { leaf, chain, root } = issueChain(algorithm);
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const opened: string[] = [];
  const time = { nowMs: NOW, roots: [] as readonly Certificate[] };
  const fake = createFakeWorld({
    stdout: { columns: 300 },
    world: {
      clock: { now: () => time.nowMs },
      openInstance: async (host) => ({
        host,
        send: async ({ path }) => {
          throw imageErrors.missing(`there is no ${path}`);
        },
        ask: async () => ({ status: 404, value: {} }),
      }),
      openNotation: async () => ({
        readPolicy: async () => {
          const statement = {
            name: 'own',
            registryScopes: ['*'],
            signatureVerification: { level: 'strict' },
            trustStores: ['ca:own', ...(time.roots.length === 0 ? [] : ['tsa:own'])],
            trustedIdentities: ['x509.subject: C=DE, ST=Hamburg, O=Example'],
          };
          return Buffer.from(JSON.stringify({ version: '1.0', trustPolicies: [statement] }));
        },
        readStore: async (kind) =>
          (kind === 'ca' ? [root.certificate] : time.roots).map((one, at) => ({
            name: `${at}.pem`,
            bytes: Buffer.from(pemOf(one)),
          })),
      }),
      ...own,
    },
  });
  Object.assign(fake.world.signing, {
    openKey: async (reference: string) => {
      opened.push(reference);
      return reference === KEY ? signWith(leaf.key) : key;
    },
    ...own.signing,
  });
  const { digest } = addDebianImage(fake.place, IMAGE).descriptor;
  fake.files.set('notary.pem', pemOf(...chain));
  const notary = ['--notation-key', KEY, '--notation-certificate', 'notary.pem'];
  return {
    ...fake,
    opened,
    time,
    referrers: () => fake.place.source(IMAGE).referrers(digest),
    sign: (...more: string[]) => fake.run('sign', IMAGE, '--key', 'team.key', '--no-tag', ...notary, ...more),
    verify: () => fake.run('verify', IMAGE, '--notation'),
  };
}

/** A timestamp authority, and what the command says of its address. */
function makeAuthority(at: string) {
  const early = { notBefore: '2020-01-01T00:00:00Z', notAfter: '2049-01-01T00:00:00Z' } as const;
  const root = issue({ subject: 'C=DE,O=Time,CN=Time Root', extensions: authorityExtensions, ...early });
  const own = { subject: 'C=DE,O=Time,CN=Time', issuer: root, extensions: timestampExtensions };
  const authority = issue({ ...own, ...early });
  const asked: string[] = [];
  return {
    asked,
    root: root.certificate,
    openStamper: async (url: string) => async (stamped: Uint8Array, hash?: string) => {
      asked.push(`${url} ${hash}`);
      return stamp({ authority, others: [root], stamped, at });
    },
  };
}

const named = ['--timestamp-url', 'http://time.example.org/tsa', '--timestamp-root-cert', 'tsa.pem'];

for (const [format, algorithm, hash] of [
  ['jws', 'ES256', 'sha256'],
  ['cose', 'ES512', 'sha512'],
  ['cose', 'PS384', 'sha384'],
] as const)
  test(`sign --notation ${format}: an ${algorithm} key elsewhere signs, and a stamp outlives its certificate`, async () => {
    const { asked, root, openStamper } = makeAuthority('2026-03-01T12:00:00Z');
    const world = await makeWorld({}, algorithm);
    Object.assign(world.world.signing, { openStamper });
    world.files.set('tsa.pem', pemOf(root));
    const { exitCode, stdout, stderr } = await world.sign('--notation', format, ...named);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(world.opened.toSorted(), [KEY, 'team.key']);
    assert.deepEqual(asked, [`http://time.example.org/tsa ${hash}`]);
    assert.match(
      stdout,
      /notary +by .*CN=Example Signer; stamped at 2026-03-01T12:00:00.000Z by .*CN=Time$/m,
    );
    world.time.nowMs = LATER;
    const alone = await world.verify();
    assert.equal(alone.exitCode, 2);
    assert.match(alone.stdout, /\[notation\.certificate_not_valid\]/);
    world.time.roots = [root];
    const stamped = await world.verify();
    assert.equal(stamped.exitCode, 0, stamped.stdout);
    assert.match(stamped.stdout, /when C=DE, O=Time, CN=Time stamped the signature/);
  });

test('sign --notation: an instance stamps what is signed at it, and without anybody it says when the signature ends', async () => {
  const instance = await createInstance({ clock: { now: () => NOW } });
  const documents: Readonly<Record<string, Uint8Array>> = {
    '/trust/trusted_root.json': instance.trustedRoot,
    '/trust/signing_config.json': describeSigning({
      url: 'https://images.example.org',
      organization: 'images.example.org',
      validity: { startMs: NOW - 60_000 },
      identityProvider: 'https://images.example.org',
    }),
  };
  const world = await makeWorld({
    openInstance: async (host) => ({
      host,
      send: async ({ path }) => documents[path] ?? assert.fail(path),
      ask: async () => ({ status: 404, value: {} }),
    }),
  });
  Object.assign(world.world.signing, { openServices: async () => servicesOf(instance) });
  const { exitCode, stdout, stderr } = await world.sign('--notation', 'jws');
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /notary .*; stamped at 2026-03-01T12:00:01.000Z by .*timestamp authority/);
  world.time.nowMs = LATER;
  world.time.roots = parseCertificates(instance.established.root.chain[0] as Uint8Array, 'the root');
  const stamped = await world.verify();
  assert.equal(stamped.exitCode, 0, stamped.stdout);

  const alone = await makeWorld();
  const plain = await alone.sign('--notation', 'jws');
  assert.match(plain.stdout, /notary .*; no timestamp, so that it ends with its certificates at 2035-01-01T/);
  const json = await (await makeWorld()).sign('--notation', 'jws', '--format', 'json');
  assert.deepEqual(Object.keys(JSON.parse(json.stdout).notary), ['signer', 'endsAt']);
});

test('sign --notation: a stamp of another authority, time or signature is not sealed in, and nothing is written', async () => {
  const good = makeAuthority('2026-03-01T12:00:00Z');
  const stranger = makeAuthority('2026-03-01T12:00:00Z');
  const early = makeAuthority('2024-03-01T12:00:00Z');
  const forged = async (url: string) => async () => (await good.openStamper(url))(Buffer.from('another'));
  const cases = [
    [stranger.openStamper, good.root, /leads to none of the trusted/],
    [early.openStamper, early.root, /is before that/],
    [forged, good.root, /it was given for something else/],
  ] as const;
  for (const [openStamper, root, why] of cases) {
    const world = await makeWorld();
    Object.assign(world.world.signing, { openStamper });
    world.files.set('tsa.pem', pemOf(root));
    const { exitCode, stderr } = await world.sign('--notation', 'jws', ...named);
    assert.equal(exitCode, 1);
    assert.match(stderr, why);
    assert.deepEqual(await world.referrers(), []);
  }
});

test('sign --notation: a key that is not the certificate’s is refused before it or the other key signs', async () => {
  const world = await makeWorld();
  world.files.set('notary.pem', pemOf(...issueChain('ES256').chain));
  const never = () => assert.fail('asked for a signature');
  const { publicKey } = await createMemoryKey('ecdsa-p256-sha256');
  Object.assign(world.world.signing, { openKey: async () => ({ publicKey, sign: never }) });
  const { exitCode, stderr } = await world.sign('--notation', 'jws');
  assert.equal(exitCode, 1);
  assert.match(stderr, /notation\.key_mismatch/);
  assert.deepEqual(await world.referrers(), []);
});

test('sign --notation: options that do not go together are told in one sentence', async () => {
  const world = await makeWorld();
  for (const [more, why] of [
    [['--timestamp-url', 'https://time.example.org'], /go with --notation jws or cose/],
    [['--notation', 'jws', '--timestamp-url', 'https://time.example.org'], /go together/],
    [['--notation', 'jws', '--timestamp-root-cert', 'tsa.pem'], /go together/],
    [
      ['--notation', 'jws', '--timestamp-url', 'ftp://x', '--timestamp-root-cert', 'x'],
      /"ftp:\/\/x" is neither/,
    ],
  ] as const) {
    const { exitCode, stderr } = await world.sign(...more);
    assert.equal(exitCode, 1);
    assert.match(stderr, why);
  }
});
