// Promise: `plimsoll verify` answers as cosign does about what cosign signed, with a key and without, as bundles and in the old
// format, from a registry with referrers and from one without; and says no where cosign's own recipes would say yes.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { describeSigning } from '../../src/engines/authority/trust.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { root } from '../house.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct } from '../world/product.ts';
import { startServices } from './cosign-services.ts';
import { startDebianRegistry } from './debian-registry.ts';
import { missingNewerTools, missingTools, password, runAsync, temporaryFolder } from './world.ts';

const skip = missingNewerTools('cosign') ?? missingTools('docker-registry');
const OFFLINE = ['--tlog-upload=false', '--use-signing-config=false'];

test('plimsoll verify, of what cosign signed with a key', { skip }, async (t) => {
  using folder = temporaryFolder();
  await using world = await bootProduct({
    adminPassword: password,
    flags: [['--advisories-refresh', 'off']],
  });
  await using old = await startDebianRegistry(join(folder.path, 'registry'));
  const at = (name: string): string => join(folder.path, name);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  mkdirSync(at('docker'));
  writeFileSync(at('docker/config.json'), JSON.stringify({ auths: { [world.host]: { auth } } }));
  const environment = {
    HOME: folder.path,
    DOCKER_CONFIG: at('docker'),
    COSIGN_PASSWORD: '',
    // They must need nobody else.
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const cosign = (args: readonly string[], status = 0) => runAsync('cosign', args, environment, status);
  const plimsoll = (args: readonly string[], status = 0) =>
    runAsync(process.execPath, [join(root, 'bin/plimsoll.js'), ...args], environment, status);
  for (const name of ['ours', 'theirs']) await cosign(['generate-key-pair', '--output-key-prefix', at(name)]);
  writeFileSync(
    at('predicate.json'),
    JSON.stringify({ buildDefinition: { buildType: 'x' }, runDetails: {} }),
  );
  const statement = ['--type', 'slsaprovenance1'];
  const ignore = '--insecure-ignore-tlog=true';
  const key = ['--key', at('ours.pub'), ignore];

  for (const [place, host, format] of [
    ['with referrers, bundles', world.host, []],
    ['with referrers, the old format', world.host, ['--new-bundle-format=false']],
    ['without referrers, bundles', old.host, []],
    ['without referrers, the old format', old.host, ['--new-bundle-format=false']],
  ] as const)
    await t.test(place, async () => {
      const image = debianImage([`${place.replaceAll(/\W/g, '')} 1.0`]);
      const repository = `library/app${format.length}`;
      await world.push(repository, '1.0', image);
      if (host !== world.host)
        await plimsoll(['copy', `${world.host}/${repository}:1.0`, `${host}/${repository}:1.0`]);
      const name = `${host}/${repository}`;
      const by = ['--yes', '--key', at('ours.key'), ...OFFLINE, ...format, '--allow-http-registry'];
      const exact = `${name}@${image.digest}`;
      const hisVerify = ['--key', at('ours.pub'), ignore, '--allow-http-registry', ...format];

      const bare = await plimsoll(['verify', ...key, exact], 3);
      assert.match(bare.stdout, /Nothing that hangs on it is signed/);

      // A lone attestation: cosign's `verify` of bundles takes it, and we do not.
      await cosign(['attest', ...by, ...statement, '--predicate', at('predicate.json'), exact]);
      const lone = await plimsoll(['verify', ...key, exact], 2);
      assert.match(lone.stdout, /no signature of the image/);
      await plimsoll(['verify', ...key, ...statement, exact]);
      await plimsoll(['verify', ...key, '--type', 'spdx', exact], 2);
      await cosign(['verify-attestation', ...hisVerify, ...statement, exact]);

      await cosign(['sign', ...by, exact]);
      await cosign(['verify', ...hisVerify, exact]);
      const { stdout } = await plimsoll(['verify', ...key, `${name}:1.0`]);
      assert.match(stdout, /Signed with the key /);
      assert.match(stdout, /Not proved: Nothing binds the tag 1\.0/);
      assert.match(stdout, /Not proved: No transparency log was asked for/);
      await plimsoll(['verify', '--key', at('theirs.pub'), exact], 2);

      // Bundles travel as referrers: in a folder they are judged as in a registry.
      if (format.length === 0) {
        const layout = `oci:${at(`layout-${host.replace(':', '-')}`)}:1.0`;
        await plimsoll(['copy', `${name}:1.0`, layout]);
        await plimsoll(['verify', ...key, layout]);
        await plimsoll(['verify', '--key', at('theirs.pub'), layout], 2);
      }

      const json = await plimsoll(['verify', ...key, exact, '--output', 'json']);
      const answer = JSON.parse(json.stdout);
      assert.equal(answer.digest, image.digest);
      assert.deepEqual(answer.unknowns, []);
    });
});

test('plimsoll verify, of what cosign signed without a key', { skip }, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct({
    adminPassword: password,
    flags: [['--advisories-refresh', 'off']],
  });
  await using old = await startDebianRegistry(join(folder.path, 'registry'));
  const instance = await createInstance({ clock: systemClock });
  await using services = await startServices(instance);
  const at = (name: string): string => join(folder.path, name);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  mkdirSync(at('docker'));
  writeFileSync(at('docker/config.json'), JSON.stringify({ auths: { [world.host]: { auth } } }));
  const environment = { HOME: folder.path, DOCKER_CONFIG: at('docker') };
  writeFileSync(at('root.json'), instance.trustedRoot);
  const places = { url: services.url, organization: 'images.example.org', identityProvider: ISSUER };
  writeFileSync(
    at('signing.json'),
    describeSigning({ ...places, validity: { startMs: Date.now() - 60_000 } }),
  );
  const plimsoll = (args: readonly string[], status: number) =>
    runAsync(process.execPath, [join(root, 'bin/plimsoll.js'), ...args], environment, status);
  const signer = `{ issuer: '${ISSUER}', identity: '${SUBJECT}' }`;
  writeFileSync(at('trust.yaml'), `trust:\n  - names: ['*/library/app']\n    signers: [${signer}]\n`);
  const image = debianImage(['one 1.0']);
  await world.push('library/app', '1.0', image);
  await plimsoll(['copy', `${world.host}/library/app:1.0`, `${old.host}/library/app:1.0`], 0);
  const trusted = ['--trusted-root', at('root.json')];
  const who = ['--certificate-oidc-issuer', ISSUER, '--certificate-identity', SUBJECT];
  for (const host of [world.host, old.host]) {
    const name = `${host}/library/app@${image.digest}`;
    const by = ['--signing-config', at('signing.json'), '--identity-token', makeToken(), '--yes'];
    await runAsync('cosign', ['sign', ...by, ...trusted, '--allow-http-registry', name], environment);
    const formats = ['--experimental-oci11', '--new-bundle-format'];
    const line = ['verify', ...formats, ...who, ...trusted, name];
    await runAsync('cosign', [...line, '--allow-http-registry'], environment);
    const { stdout } = await plimsoll(line, 0);
    assert.match(stdout, /images\.example\.org has exactly this\./);
    assert.match(stdout, /The certificate leads to an authority of the trusted root/);
    const other = ['--certificate-oidc-issuer', ISSUER, '--certificate-identity', `${SUBJECT}0`];
    await plimsoll(['verify', ...other, ...trusted, name], 2);
    await plimsoll(['verify', ...trusted, name], 2);
    await plimsoll(['verify', ...trusted, '--policy', at('trust.yaml'), name], 0);
    await plimsoll(['verify', ...who, name], 2);
  }
});

const ISSUER = 'https://git.example.org/oidc';
const SUBJECT = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

/** cosign reads who it is for and does not judge who signed it: the authority does. */
function makeToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, sub: SUBJECT, aud: 'sigstore', iat: now, exp: now + 300 };
  return [{ alg: 'RS256', typ: 'JWT' }, claims, 'unsigned']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}
