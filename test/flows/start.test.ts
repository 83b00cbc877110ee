// Promise: a command starts with what it needs. What `verify` and `sign` load by themselves is most of their time
// (bench/README.md), and one import statement in the wrong place brings a whole package or a part of Node. The command
// as a process of its own, from the sources, against a registry that has nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sealCosignKey } from '../../src/io/keys/cosign-key.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { root } from '../house.ts';
import type { Loaded } from '../world/load-probe.ts';
import { temporaryFolder } from '../world/product.ts';

async function startEmptyRegistry(t: TestContext): Promise<string> {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/v2/' ? 200 : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Loaded> {
  const file = join(folder, 'loaded.json');
  const probe = join(root, 'test/world/load-probe.ts');
  const child = spawn(process.execPath, ['--import', probe, join(root, 'bin/plimsoll.js'), ...args], {
    env: { PATH: process.env.PATH, HOME: folder, LOAD_PROBE: file, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = child.stderr.toArray();
  const [status] = (await once(child, 'close')) as [number | null];
  // The image is not there.
  assert.equal(status, 3, Buffer.concat(await said).toString());
  return JSON.parse(readFileSync(file, 'utf8')) as Loaded;
}

function packagesOf({ steps }: Loaded): readonly string[] {
  return [...new Set(steps.filter((step) => !/^(?:src|bin)\/|^derive$/.test(step)))].sort();
}

test('start: verify by a key loads the command line’s reader, patterns and Sigstore’s root, and no second HTTP client', async (t) => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const host = await startEmptyRegistry(t);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'team.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
  const loaded = await run(folder, ['verify', `${host}/team/app:1.0`, '--key', join(folder, 'team.pub')]);
  assert.ok(loaded.steps.includes('src/io/images/registry-client.ts'), 'a registry was asked');
  assert.deepEqual(packagesOf(loaded), ['@sigstore/tuf', 'commander', 're2js']);
  // `node:http` by an import statement loads WebSocket, and with it undici; TLS is of no use to a plain registry.
  const parts = ['internal/deps/undici/undici', 'tls', 'sqlite', 'zlib'];
  assert.deepEqual(
    parts.filter((part) => loaded.builtins.includes(part)),
    [],
  );
});

test('start: sign derives its key before it loads what signs', async (t) => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const host = await startEmptyRegistry(t);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'team.key'), await sealCosignKey(privateKey, 'a passphrase', systemRandom));
  const loaded = await run(
    folder,
    ['sign', `${host}/team/app:1.0`, '--no-log', '--key', join(folder, 'team.key')],
    { COSIGN_PASSWORD: 'a passphrase' },
  );
  const derived = loaded.steps.indexOf('derive');
  assert.ok(derived > 0, 'the key was derived');
  const before = { ...loaded, steps: loaded.steps.slice(0, derived) };
  assert.deepEqual(packagesOf(before), ['@noble/ciphers', 'commander']);
  const early = before.steps.filter((step) =>
    /^src\/(?:engines\/(?!\w+\/errors)|io\/(?:net|images)\/)/.test(step),
  );
  assert.deepEqual(early, []);
  assert.ok(
    loaded.steps.slice(derived).includes('src/engines/sign/make.ts'),
    'and what signs was loaded then',
  );
});

test('start: what was compiled is kept where this user alone writes, or nowhere', async (t) => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const host = await startEmptyRegistry(t);
  const kept = join(folder, '.cache/plimsoll-compiled');
  const args = ['verify', `${host}/team/app:1.0`, '--key', join(folder, 'team.pub')];
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'team.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
  await run(folder, args);
  assert.equal(readdirSync(kept).length, 1);
  const shared = join(folder, 'shared');
  mkdirSync(join(shared, 'plimsoll-compiled'), { recursive: true });
  chmodSync(join(shared, 'plimsoll-compiled'), 0o777);
  await run(folder, args, { XDG_CACHE_HOME: shared });
  assert.deepEqual(readdirSync(join(shared, 'plimsoll-compiled')), []);
  // Where none can be made the command runs all the same.
  writeFileSync(join(folder, 'file'), '');
  await run(folder, args, { XDG_CACHE_HOME: join(folder, 'file') });
  assert.ok(!existsSync(join(folder, 'file/plimsoll-compiled')));
});
