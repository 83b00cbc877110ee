// Promise: a key in AWS KMS signs. The real thing costs an account; local-kms (nsmithuk/local-kms, a program in Go) is
// an implementation by others, and is used where somebody has put it on the search path.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { testSigningKey } from '../../src/io/keys/contract-suite.ts';
import { keysErrors } from '../../src/io/keys/errors.ts';
import { generateKey, type KeyParts, openKey } from '../../src/io/keys/open-key.ts';
import { createTestHttp } from '../../src/io/keys/vault.fixture.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { absentTools, temporaryFolder } from './world.ts';

const skip = absentTools('local-kms');

async function startKms(t: TestContext): Promise<{ endpoint: string; parts: KeyParts }> {
  const folder = temporaryFolder();
  const port = await freePort();
  const child: ChildProcess = spawn('local-kms', [], {
    env: { ...process.env, PORT: String(port), KMS_DATA_PATH: folder.path, KMS_SEED_PATH: '/nonexistent' },
    stdio: 'ignore',
  });
  t.after(async () => {
    const closed = once(child, 'close');
    child.kill();
    await closed;
    folder[Symbol.dispose]();
  });
  const endpoint = `127.0.0.1:${port}`;
  while (child.exitCode === null && !(await fetch(`http://${endpoint}/`).catch(() => undefined)))
    await pause(50);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const http = createTestHttp(t);
  const parts = {
    http: async () => http,
    random: systemRandom,
    env: {},
    aws: { region: 'eu-west-2', credentials },
  };
  return { endpoint, parts };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

if (skip === undefined)
  testSigningKey(
    'a key in local-kms',
    async (t, algorithm) => {
      const { endpoint, parts } = await startKms(t);
      return generateKey(`awskms://${endpoint}/alias/signing`, algorithm, parts);
    },
    ['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pkcs1-sha256'],
  );

test('local-kms: a key is made once, opened by its alias, and one that is not there is said so', {
  skip,
}, async (t) => {
  const { endpoint, parts } = await startKms(t);
  const reference = `awskms://${endpoint}/alias/signing`;
  await using made = await generateKey(reference, 'ecdsa-p256-sha256', parts);
  await using opened = await openKey(reference, parts);
  assert.deepEqual(opened.publicKey, made.publicKey);
  await assert.rejects(generateKey(reference, 'ecdsa-p256-sha256', parts), {
    code: keysErrors.key_present.code,
  });
  await assert.rejects(openKey(`awskms://${endpoint}/alias/none`, parts), {
    code: keysErrors.key_missing.code,
  });
});
