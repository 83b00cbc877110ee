// Promise: what an instance publishes for verifiers is followed by the clients that people have. cosign, told its
// first root once, signs and verifies with what the repository says and nothing else; Python's reference client reads
// the same; and neither takes what is older, or signed by somebody else.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { describeSigning } from '../../src/engines/authority/trust.ts';
import { proposeRoot } from '../../src/engines/tuf/propose-root.ts';
import { createRepository, type Repository, TRUSTED_ROOT } from '../../src/engines/tuf/repository.fixture.ts';
import { acceptRoot, readNewestRoot } from '../../src/engines/tuf/root-shelf.ts';
import { signProposal } from '../../src/engines/tuf/sign-role.ts';
import { onlineRoles } from '../../src/formats/tuf/role-file.ts';
import { createMemoryKey } from '../../src/io/keys/memory.ts';
import type { SigningKey } from '../../src/io/keys/signing-key.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { startServices } from './cosign-services.ts';
import { pythonWith } from './python.ts';
import { startMirror } from './tuf-mirror.ts';
import { missingNewerTools, runAsync, temporaryFolder } from './world.ts';

/** It comes from Debian sid, which a machine of Debian stable need not have. */
const withoutCosign = missingNewerTools('cosign');
const python = pythonWith('tuf.ngclient', ['tuf>=6', 'cryptography']);

const issuer = 'https://git.example.org/oidc';
const subject = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

/** cosign reads who it is for and does not judge who signed it: the authority does. */
function makeToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: subject, aud: 'sigstore', iat: now, exp: now + 300 };
  return [{ alg: 'RS256', typ: 'JWT' }, claims, 'unsigned']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

/** Another online key in place of the former for all that is signed with it, and one root holder more; at once. */
async function rotate({ store, rootKeys, online, clock, publisher }: Repository): Promise<void> {
  const [first, second] = rootKeys as [SigningKey, SigningKey];
  const [holder, key] = await Promise.all([createMemoryKey('ed25519'), createMemoryKey('ecdsa-p256-sha256')]);
  for (const role of onlineRoles) online.get(role)?.push(key);
  const root = await readNewestRoot(store);
  let proposal = proposeRoot(
    root,
    {
      addKeys: [{ publicKey: holder.publicKey, holder: 'Dora' }],
      onlineKeys: Object.fromEntries(onlineRoles.map((role) => [role, [key.publicKey]])),
    },
    clock.now(),
  );
  for (const key of [first, second]) proposal = await signProposal(proposal, key);
  await acceptRoot(store, proposal, clock.now());
  await publisher.publish();
}

test('cosign signs and verifies by what the repository publishes, through a rotation', {
  skip: withoutCosign,
}, async () => {
  for (const algorithm of ['ed25519', 'ecdsa-p256-sha256'] as const) {
    using folder = temporaryFolder();
    const instance = await createInstance({ clock: systemClock });
    await using services = await startServices(instance);
    const repository = await createRepository({ holders: 3, threshold: 2, algorithm });
    await using mirror = await startMirror(repository);
    const signing = describeSigning({
      url: services.url,
      organization: 'images.example.org',
      identityProvider: issuer,
      validity: { startMs: Date.now() - 60_000 },
    });
    // What the first publication had is no trusted root: cosign must come to this one.
    repository.targets.set(TRUSTED_ROOT, instance.trustedRoot);
    repository.targets.set('signing_config.v0.2.json', signing);
    await repository.publisher.publish();

    const at = (name: string): string => join(folder.path, name);
    const env = { HOME: folder.path };
    writeFileSync(at('root.json'), (await repository.publisher.read('1.root.json')) ?? '');
    writeFileSync(at('artifact'), 'what is signed');
    const initialize = ['initialize', '--mirror', mirror.url];
    await runAsync('cosign', [...initialize, '--root', at('root.json')], env);

    const who = ['--certificate-oidc-issuer', issuer, '--certificate-identity', subject];
    const bundle = ['--bundle', at('bundle.json')];
    const sign = ['sign-blob', ...bundle, '--identity-token', makeToken(), '--yes', at('artifact')];
    await runAsync('cosign', sign, env);
    assert.equal(services.asked.length, 3, 'the services that the signing configuration names');
    await runAsync('cosign', ['verify-blob', ...bundle, ...who, at('artifact')], env);

    const before = (await repository.publisher.read('timestamp.json')) as Uint8Array;
    await rotate(repository);
    // Another instance's trust takes the place: what was signed is not believed any more.
    repository.targets.set(TRUSTED_ROOT, (await createInstance({ clock: systemClock })).trustedRoot);
    await repository.publisher.publish();
    await runAsync('cosign', [...initialize, '--root', at('root.json')], env);
    assert.match(readFileSync(join(cacheOf(folder.path, mirror.url), 'root.json'), 'utf8'), /"version": ?2/);
    await runAsync('cosign', ['verify-blob', ...bundle, ...who, at('artifact')], env, 1);

    mirror.instead.set('timestamp.json', before);
    await runAsync('cosign', [...initialize, '--root', at('root.json')], env, 1);
    mirror.instead.clear();
    const stranger = await createRepository({ algorithm });
    writeFileSync(at('other-root.json'), (await stranger.publisher.read('1.root.json')) ?? '');
    mkdirSync(at('other'));
    await runAsync('cosign', [...initialize, '--root', at('other-root.json')], { HOME: at('other') }, 1);
  }
});

/** Where cosign keeps what it has of a repository: the address with what no file's name may have replaced. */
function cacheOf(home: string, url: string): string {
  const name = url.replace(/^https?:\/\//, '').replace(/[^a-zA-Z0-9._]+/g, '-');
  return join(home, '.sigstore', 'root', name);
}

const PYTHON = `
import sys
from tuf.ngclient import Updater
metadata, targets, url, root, name = sys.argv[1:]
updater = Updater(metadata, url, targets, url + "/targets/", bootstrap=open(root, "rb").read())
updater.refresh()
info = updater.get_targetinfo(name)
print(open(updater.find_cached_target(info) or updater.download_target(info)).read(), end="")
`;

test('Python’s reference client follows the repository, through a rotation', {
  skip: python.missing,
}, async () => {
  for (const algorithm of ['ed25519', 'ecdsa-p256-sha256'] as const) {
    using folder = temporaryFolder();
    const repository = await createRepository({ holders: 3, threshold: 2, algorithm });
    await using mirror = await startMirror(repository);
    const at = (name: string): string => join(folder.path, name);
    for (const name of ['metadata', 'targets', 'other']) mkdirSync(at(name));
    writeFileSync(at('root.json'), (await repository.publisher.read('1.root.json')) ?? '');
    const read = async (expected = 0, metadata = 'metadata', root = 'root.json'): Promise<string> => {
      const args = ['-c', PYTHON, at(metadata), at('targets'), mirror.url, at(root), TRUSTED_ROOT];
      return (await runAsync(python.path ?? 'python3', args, {}, expected)).stdout;
    };
    assert.equal(await read(), '{"first":true}');
    const before = (await repository.publisher.read('timestamp.json')) as Uint8Array;
    await rotate(repository);
    repository.targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
    await repository.publisher.publish();
    assert.equal(await read(), '{"second":true}');
    mirror.instead.set('timestamp.json', before);
    await read(1);
    mirror.instead.clear();
    const stranger = await createRepository({ algorithm });
    writeFileSync(at('other-root.json'), (await stranger.publisher.read('1.root.json')) ?? '');
    await read(1, 'other', 'other-root.json');
  }
});
