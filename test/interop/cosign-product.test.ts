// Promise: cosign, told by a running instance's signing configuration where its services are, signs with them alone:
// for a job elsewhere, for an account of the instance, and with a key. What it made is verified offline with the
// instance's trusted root, and what it logged is in the log.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { startIssuer } from '../world/issuer.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';
import { missingNewerTools, runAsync, temporaryFolder } from './world.ts';

/** It comes from Debian sid, which a machine of Debian stable need not have. */
const skip = missingNewerTools('cosign');

interface Signing {
  readonly world: ProductWorld;
  /** A file of this content in the test's folder. */
  at(name: string, bytes: Uint8Array | string): string;
  readonly trusted: readonly string[];
  readonly config: readonly string[];
  cosign(args: readonly string[], status?: number): Promise<void>;
}

async function prepare(world: ProductWorld, folder: string): Promise<Signing> {
  const at = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const read = async (name: string) => (await world.send('GET', `/trust/${name}`)).bytes();
  const root = at('root.json', await read('trusted_root.json'));
  const config = at('config.json', await read('signing_config.json'));
  // Nobody is asked for a passphrase, and no other services are known.
  const env = { HOME: folder, COSIGN_PASSWORD: '' };
  return {
    world,
    at,
    trusted: ['--trusted-root', root],
    config: ['--signing-config', config, '--yes'],
    cosign: async (args, status) => void (await runAsync('cosign', args, env, status)),
  };
}

async function readLogSize({ world }: Signing): Promise<number> {
  const note = await (await world.send('GET', '/trust/log/checkpoint')).text();
  return Number(note.split('\n')[1]);
}

test('cosign signs for a job by a running instance, and verifies by its trusted root alone', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  await using issuer = await startIssuer();
  await using world = await bootProduct({ flags: [['--issuers', issuer.url]] });
  const signing = await prepare(world, folder.path);
  const { at, trusted, config, cosign } = signing;
  const workflow = 'acme/build/.github/workflows/release.yml@refs/tags/v1';
  const token = await issuer.token({
    ...{ sub: 'repo:acme/app:ref:refs/heads/main', aud: 'sigstore', job_workflow_ref: workflow },
    ...{ repository: 'acme/app', ref: 'refs/heads/main', sha: 'a'.repeat(40), event_name: 'push' },
    ...{ runner_environment: 'github-hosted', run_id: '7', run_attempt: '1' },
  });
  const artifact = at('artifact', 'what is signed');
  const bundle = ['--bundle', join(folder.path, 'bundle.json')];
  const who = [
    '--certificate-oidc-issuer',
    issuer.url,
    '--certificate-identity',
    `${issuer.url}/${workflow}`,
  ];
  const source = ['--certificate-github-workflow-repository', 'acme/app'];

  await cosign(['sign-blob', ...trusted, ...config, ...bundle, '--identity-token', token, artifact]);
  assert.equal(await readLogSize(signing), 1);
  await cosign(['verify-blob', ...trusted, ...bundle, ...who, ...source, artifact]);
  await cosign(['verify-blob', ...trusted, ...bundle, ...who, at('other', 'something else')], 1);
  const elsewhere = ['--certificate-github-workflow-repository', 'evil/app'];
  await cosign(['verify-blob', ...trusted, ...bundle, ...who, ...elsewhere, artifact], 1);

  const foreign = await issuer.token({
    sub: 'repo:acme/app',
    aud: 'somebody-else',
    job_workflow_ref: workflow,
  });
  const refused = ['--bundle', join(folder.path, 'none.json'), '--identity-token', foreign];
  await cosign(['sign-blob', ...trusted, ...config, ...refused, artifact], 1);
  assert.equal(await readLogSize(signing), 1);
});

test('cosign signs and attests for an account of a running instance', { skip }, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct();
  const signing = await prepare(world, folder.path);
  const { at, trusted, config, cosign } = signing;
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const answer = await world.send('POST', '/trust/identity-token', { headers: { authorization } });
  const { token } = (await answer.json()) as { token: string };
  const artifact = at('artifact', 'what is attested');
  const predicate = at('predicate.json', JSON.stringify({ buildDefinition: {}, runDetails: {} }));
  const bundle = ['--bundle', join(folder.path, 'bundle.json')];
  const type = ['--type', 'slsaprovenance1'];
  const who = [
    '--certificate-oidc-issuer',
    world.url.replace(/\/$/, ''),
    '--certificate-identity',
    'admin@127.0.0.1',
  ];

  const signed = [...trusted, ...config, ...bundle, '--identity-token', token];
  await cosign(['attest-blob', ...signed, ...type, '--predicate', predicate, artifact]);
  await cosign(['verify-blob-attestation', ...trusted, ...bundle, ...who, ...type, artifact]);
});

test('cosign signs with a key, and a running instance stamps and logs it', { skip }, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct();
  const signing = await prepare(world, folder.path);
  const { at, trusted, config, cosign } = signing;
  const artifact = at('artifact', 'what is signed with a key');
  const bundle = ['--bundle', join(folder.path, 'bundle.json')];
  await cosign(['generate-key-pair', '--output-key-prefix', join(folder.path, 'own')]);
  await cosign([
    'sign-blob',
    ...trusted,
    ...config,
    ...bundle,
    '--key',
    join(folder.path, 'own.key'),
    artifact,
  ]);
  assert.equal(await readLogSize(signing), 1);
  await cosign(['verify-blob', ...trusted, ...bundle, '--key', join(folder.path, 'own.pub'), artifact]);
});

test('cosign signs an image of a running instance and verifies it there, offline but for the registry', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct();
  const { trusted, config, cosign } = await prepare(world, folder.path);
  const image = debianImage(['bash 5.2-1']);
  await world.push('team/app', '1.0', image);
  const login = Buffer.from(`admin:${password}`).toString('base64');
  mkdirSync(join(folder.path, '.docker'));
  const logins = JSON.stringify({ auths: { [world.host]: { auth: login } } });
  writeFileSync(join(folder.path, '.docker', 'config.json'), logins);
  const headers = { authorization: `Basic ${login}` };
  const answer = await world.send('POST', '/trust/identity-token', { headers });
  const { token } = (await answer.json()) as { token: string };
  const name = `${world.host}/team/app@${image.digest}`;
  const http = ['--allow-http-registry'];
  const who = ['--certificate-oidc-issuer', world.url.replace(/\/$/, '')];

  await cosign(['sign', ...trusted, ...config, ...http, '--identity-token', token, name]);
  await cosign(['verify', ...trusted, ...http, ...who, '--certificate-identity', 'admin@127.0.0.1', name]);
  await cosign(['verify', ...trusted, ...http, ...who, '--certificate-identity', 'eve@127.0.0.1', name], 1);
});
