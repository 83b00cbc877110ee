// Promise: what `plimsoll sign` and `attest` write is verified by the cosign that people have, offline: with a key and
// keyless, as bundles and in the old form, of the index, each platform and the attestation manifest; from a registry
// without referrers API, and after it was copied elsewhere and back.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { describeSigning } from '../../src/engines/authority/trust.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { startServices } from './cosign-services.ts';
import { startPlainRegistry } from './plain-registry.ts';
import { createCommand, writeScene } from './sign-scene.ts';
import { missingNewerTools, missingTools, temporaryFolder } from './world.ts';

const skip = missingTools('docker-registry') ?? missingNewerTools('cosign');
const issuer = 'https://git.example.org/oidc';
const subject = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

function makeToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: subject, aud: 'sigstore', iat: now, exp: now + 300 };
  return [{ alg: 'RS256', typ: 'JWT' }, claims, 'unsigned']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

test('sign: cosign verifies what a key signed, bundles and old form, and what was copied', {
  skip,
}, async (t) => {
  using folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const { plimsoll, run } = createCommand(folder.path);
  const scene = await writeScene(folder.path);
  await using registry = await startPlainRegistry(folder.path);
  const name = `${registry.host}/team/app`;
  await plimsoll(['copy', scene.layout, `${name}:1.0`, '--quiet']);
  const verify = ['verify', '--insecure-ignore-tlog', '--output', 'json'];

  await t.test('keys: each reads what the other made', async () => {
    const made = await plimsoll(['key', 'generate', '--output', at('team.key'), '--format', 'cosign']);
    writeFileSync(at('team.pub'), made.stdout);
    assert.equal((await run('cosign', ['public-key', '--key', at('team.key')])).stdout, made.stdout);
    await run('cosign', ['generate-key-pair', '--output-key-prefix', at('theirs')]);
    const shown = await plimsoll(['key', 'public', '--key', at('theirs.key')]);
    assert.equal(shown.stdout, readFileSync(at('theirs.pub'), 'utf8'));
  });

  await t.test('a key: the index, each platform and the attestation manifest', async () => {
    const args = ['sign', `${name}:1.0`, '--key', at('team.key'), '--format', 'json'];
    const signed = JSON.parse((await plimsoll(args)).stdout);
    assert.equal(signed.digest, scene.index);
    assert.deepEqual(signed.log, { kind: 'not-logged' });
    for (const digest of [scene.index, ...scene.children]) {
      await run('cosign', [...verify, '--key', at('team.pub'), `${name}@${digest}`]);
      await run('cosign', [...verify, '--key', at('theirs.pub'), `${name}@${digest}`], 1);
    }
  });

  await t.test('the old form: beside what cosign wrote there before', async () => {
    const old = [...verify, '--new-bundle-format=false', '--private-infrastructure'];
    const image = `${name}@${scene.index}`;
    await run('cosign', [
      'sign',
      ...['--key', at('theirs.key'), '--new-bundle-format=false', '--use-signing-config=false'],
      ...['--tlog-upload=false', '--yes', image],
    ]);
    await plimsoll(['sign', image, '--key', at('team.key'), '--legacy']);
    for (const key of ['team.pub', 'theirs.pub']) await run('cosign', [...old, '--key', at(key), image]);
    await run('cosign', [...old, '--key', at('team.pub'), `${name}@${scene.children[1]}`]);
  });

  await t.test('a statement: as a bundle and in the old form', async () => {
    writeFileSync(at('sbom.json'), JSON.stringify({ spdxVersion: 'SPDX-2.3', name: 'app' }));
    const platform = ['--platform', 'linux/arm64'];
    const statement = ['--type', 'spdxjson', '--predicate', at('sbom.json'), '--legacy'];
    await plimsoll(['attest', `${name}:1.0`, ...platform, ...statement, '--key', at('team.key')]);
    const image = `${name}@${scene.children[2]}`;
    const check = ['verify-attestation', '--insecure-ignore-tlog', '--key', at('team.pub')];
    await run('cosign', [...check, '--type', 'spdxjson', image]);
    await run('cosign', [...check, '--type', 'openvex', image], 1);
    await run('cosign', [...check, '--type', 'spdxjson', '--new-bundle-format=false', image]);
    await run('cosign', [...check, '--type', 'spdxjson', `${name}@${scene.index}`], 1);
  });

  await t.test('a copy there and back holds all of it', async () => {
    const layout = `oci:${at('carried')}:1.0`;
    await plimsoll(['copy', `${name}:1.0`, layout, '--quiet']);
    const back = `${registry.host}/team/back`;
    await plimsoll(['copy', layout, `${back}:1.0`, '--quiet']);
    for (const digest of [scene.index, ...scene.children])
      await run('cosign', [...verify, '--key', at('team.pub'), `${back}@${digest}`]);
    const old = [...verify, '--new-bundle-format=false', '--key'];
    await run('cosign', [...old, at('team.pub'), `${back}@${scene.index}`]);
    await run('cosign', [...old, at('theirs.pub'), `${back}@${scene.index}`]);
  });
});

test('sign: cosign verifies what an identity signed by an instance’s services, offline', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const { plimsoll, run } = createCommand(folder.path);
  const scene = await writeScene(folder.path);
  await using registry = await startPlainRegistry(folder.path);
  const name = `${registry.host}/team/app`;
  await plimsoll(['copy', scene.layout, `${name}:1.0`, '--quiet']);
  const instance = await createInstance({ clock: systemClock });
  await using services = await startServices(instance);
  writeFileSync(at('root.json'), instance.trustedRoot);
  writeFileSync(
    at('config.json'),
    describeSigning({
      url: services.url,
      organization: 'images.example.org',
      identityProvider: issuer,
      validity: { startMs: Date.now() - 60_000 },
    }),
  );
  writeFileSync(at('token'), `${makeToken()}\n`);
  const by = ['--signing-config', at('config.json'), '--trusted-root', at('root.json')];
  const who = ['--certificate-oidc-issuer', issuer, '--certificate-identity', subject];
  const trusted = ['--trusted-root', at('root.json'), ...who];

  const signing = [
    'sign',
    `${name}:1.0`,
    ...by,
    '--identity-token',
    at('token'),
    '--legacy',
    '--format',
    'json',
  ];
  const signed = JSON.parse((await plimsoll(signing)).stdout);
  assert.deepEqual(signed.signer, { kind: 'identity', identity: subject, issuer });
  // The index with its tag, two platforms, the attestation.
  assert.deepEqual(signed.log.entries.toSorted(), [0, 1, 2, 3, 4]);
  assert.equal(services.asked.filter((path) => path.endsWith('/signingCert')).length, 1);
  for (const digest of [scene.index, ...scene.children])
    await run('cosign', ['verify', ...trusted, `${name}@${digest}`]);
  const other = ['--certificate-oidc-issuer', issuer, '--certificate-identity', 'https://other.example.org'];
  await run('cosign', ['verify', '--trusted-root', at('root.json'), ...other, `${name}@${scene.index}`], 1);

  writeFileSync(at('provenance.json'), JSON.stringify({ buildDefinition: {}, runDetails: {} }));
  const statement = ['--type', 'slsaprovenance1', '--predicate', at('provenance.json')];
  await plimsoll(['attest', `${name}:1.0`, ...by, '--identity-token', makeToken(), ...statement]);
  const type = ['--type', 'slsaprovenance1'];
  await run('cosign', ['verify-attestation', ...trusted, ...type, `${name}@${scene.index}`]);

  // With a key, by the same services: logged and stamped too.
  const made = await plimsoll(['key', 'generate', '--output', at('team.key')]);
  writeFileSync(at('team.pub'), made.stdout);
  const unknown = await plimsoll(['sign', `${name}:1.0`, ...by, '--key', at('team.key')]);
  assert.match(unknown.stdout, /entries \d+/);
  const byKey = ['verify', '--trusted-root', at('root.json'), '--key', at('team.pub')];
  await run('cosign', [...byKey, `${name}@${scene.index}`]);
});
