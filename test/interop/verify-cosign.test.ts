// Promise: `plimsoll verify` answers as cosign does about what cosign signed with a key, as bundles and in the old
// format, from a registry with referrers and from one without; and says no where cosign's own recipes would say yes.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../house.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct } from '../world/product.ts';
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

      const json = await plimsoll(['verify', ...key, exact, '--output', 'json']);
      const answer = JSON.parse(json.stdout);
      assert.equal(answer.digest, image.digest);
      assert.deepEqual(answer.unknowns, []);
    });
});
