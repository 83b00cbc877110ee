// Promise: `plimsoll sign --notation` signs with a key in a token and lets the instance, or a timestamp authority of
// others, stamp it; notation and `plimsoll verify` both take the stamp by a tsa: store, also when the certificate has
// ended since, and both refuse without it. The token is SoftHSM's, the other authority OpenSSL's.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { signNotation } from '../../src/engines/notation/sign.ts';
import { servicesOf } from '../../src/engines/sign/sign.fixture.ts';
import { authorityExtensions, issue, issueChain } from '../../src/formats/notation/certificate.fixture.ts';
import {
  type Certificate,
  parseCertificate,
  parseCertificates,
} from '../../src/formats/notation/certificate.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { signWith } from '../../src/io/keys/sign.ts';
import { root } from '../house.ts';
import { createClient, createNotation } from './notation-world.ts';
import { writeScene } from './sign-scene.ts';
import { startTimestampAuthority } from './timestamp-authority.ts';
import {
  missingNewerTools,
  missingTools,
  password,
  run,
  runAsync,
  startProduct,
  temporaryFolder,
} from './world.ts';

const PIN = '73914862';
const DAY_MS = 86_400_000;
const IDENTITY = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';
const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  (path) => existsSync(path),
);
const skip =
  missingNewerTools('notation') ??
  missingTools('softhsm2-util', 'openssl') ??
  (module === undefined ? 'no libsofthsm2.so' : undefined);
const stranger = issue({ subject: 'C=DE,ST=Hamburg,O=Time,CN=Stranger', extensions: authorityExtensions });

/** The product, notation with a configuration of its own, and the command, logged in. */
async function createScene(folder: string) {
  const at = (name: string): string => join(folder, name);
  const product = await startProduct(at('data'), { args: ['--advisories-refresh', 'off'] });
  const registry = createClient(product);
  const notation = createNotation(at('notation'), registry);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(at('config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
  const env = {
    ...notation.env,
    COSIGN_PASSWORD: 'a passphrase',
    DOCKER_CONFIG: folder,
    SOFTHSM2_CONF: at('softhsm2.conf'),
  };
  const plimsoll = (words: readonly string[], status = 0) =>
    runAsync(process.execPath, [join(root, 'bin/plimsoll.js'), ...words], env, status);
  return {
    at,
    product,
    registry,
    notation,
    env,
    plimsoll,
    /** Both say yes, or both no. */
    async agree(repository: string, digest: string, isTaken: boolean): Promise<void> {
      const image = { mediaType: '', digest: parseDigest(digest), sizeBytes: 0 };
      const theirs = notation.run(['verify'], repository, image);
      if (isTaken) await theirs;
      else await assert.rejects(theirs, /signature verification failed/);
      const ours = ['verify', '--notation', `${product.host}/${repository}@${digest}`];
      await plimsoll([...ours, '--notation-config', notation.home], isTaken ? 0 : 2);
    },
  };
}

type World = Awaited<ReturnType<typeof createScene>>;

/** A certified key in a token, named by its URI. */
function importKey({ at, env }: World, algorithm: string) {
  const { leaf, chain } = issueChain(algorithm);
  mkdirSync(at('tokens'), { recursive: true });
  writeFileSync(env.SOFTHSM2_CONF, `directories.tokendir = ${at('tokens')}\nobjectstore.backend = file\n`);
  const token = `token-${algorithm}`;
  const pins = ['--pin', PIN, '--so-pin', '55555555'];
  run('softhsm2-util', ['--init-token', '--free', '--label', token, ...pins], { env });
  writeFileSync(at('notary.key'), leaf.key.export({ format: 'pem', type: 'pkcs8' }));
  const named = ['--label', 'notary', '--id', '01', '--token', token, '--pin', PIN];
  run('softhsm2-util', ['--import', at('notary.key'), ...named], { env });
  writeFileSync(at('notary.pem'), chain.map(({ handle }) => handle.toString()).join(''));
  const key = `pkcs11:token=${token};object=notary?module-path=${module}&pin-value=${PIN}`;
  return { chain, words: ['--notation-key', key, '--notation-certificate', at('notary.pem')] };
}

test('sign: with a key in a token, stamped, as notation and we verify it', { skip }, async (t) => {
  using folder = temporaryFolder();
  const world = await createScene(folder.path);
  await using product = world.product;
  const { at, plimsoll, notation, agree } = world;
  const image = await writeScene(folder.path);
  await using tsa = await startTimestampAuthority(at('tsa'));
  const chain = await fetch(`${product.url}/trust/tsa/api/v1/timestamp/certchain`);
  const instanceRoots = parseCertificates(Buffer.from(await chain.arrayBuffer()), 'the instance').slice(-1);
  await plimsoll(['key', 'generate', '--output', at('team.key')]);
  const team = ['--key', at('team.key')];
  const others = ['--timestamp-url', tsa.url, '--timestamp-root-cert', join(at('tsa'), 'root.pem')];
  const rows: readonly (readonly [string, string, string, readonly string[], readonly Certificate[]])[] = [
    ['jws', 'ES256', 'the instance', [], instanceRoots],
    ['cose', 'PS384', 'the instance', [], instanceRoots],
    ['jws', 'PS256', 'OpenSSL’s authority', others, [tsa.root.certificate]],
    ['cose', 'ES512', 'OpenSSL’s authority', others, [tsa.root.certificate]],
  ];
  for (const [format, algorithm, who, more, roots] of rows)
    await t.test(`${format} by a key for ${algorithm}, stamped by ${who}`, async () => {
      const repository = `team/${format}-${algorithm.toLowerCase()}`;
      const { chain, words } = importKey(world, algorithm);
      await plimsoll(['copy', image.layout, `${product.host}/${repository}:1.0`, '--quiet']);
      const name = `${product.host}/${repository}:1.0`;
      const signed = await plimsoll(['sign', name, ...team, '--notation', format, ...words, ...more]);
      assert.match(signed.stdout, /notary +by .*CN=Example Signer; stamped at /);
      // With such a store both want a stamp of every signature.
      notation.trust(chain.slice(-1), IDENTITY, roots);
      await agree(repository, image.index, true);
      await agree(repository, image.children[1] as string, true);
      notation.trust(chain.slice(-1), IDENTITY, [stranger.certificate]);
      await agree(repository, image.index, false);
    });
});

test('sign: a stamp carries a signature beyond its certificate, for notation and for us', {
  skip,
}, async (t) => {
  using folder = temporaryFolder();
  const world = await createScene(folder.path);
  await using _ = world.product;
  const { registry, notation, agree } = world;
  const day = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
  const nowMs = Date.parse(day(-100));
  const { leaf, chain } = issueChain('ES256', { notBefore: day(-110), notAfter: day(-90) });
  // The product's own authority, as it was then.
  const instance = await createInstance({ clock: { now: () => nowMs } });
  const [ask] = servicesOf(instance).stampers;
  assert.ok(ask);
  const roots = [parseCertificate(instance.established.root.chain[0] as Uint8Array, 'the root')];
  const request = { key: signWith(leaf.key), chain, scheme: 'notary.x509', nowMs } as const;
  for (const format of ['jws', 'cose'] as const)
    await t.test(format, async () => {
      const repository = `team/old-${format}`;
      const [stamped, plain] = [await registry.pushImage(repository), await registry.pushImage(repository)];
      const sign = (descriptor: typeof plain, more: object = {}) =>
        signNotation({ ...request, format, descriptor, ...more });
      const timestamp = { ask, roots };
      await registry.pushSignature(repository, await sign(stamped, { timestamp }));
      await registry.pushSignature(repository, await sign(plain));
      notation.trust(chain.slice(-1), IDENTITY, roots);
      await agree(repository, stamped.digest, true);
      await agree(repository, plain.digest, false);
      notation.trust(chain.slice(-1), IDENTITY);
      await agree(repository, stamped.digest, false);
      await agree(repository, plain.digest, false);
    });
});
