// Keys in tokens: as the port has it, through a real process with a module that Node plays, and every way in which
// that process can fail. With a real module: test/interop/pkcs11.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';
import { generatePrivateKey } from './memory.ts';
import { createPkcs11Key, openPkcs11Key, type Pkcs11Place } from './pkcs11.ts';
import { parsePkcs11Uri } from './pkcs11-uri.ts';
import type { SigningKey } from './signing-key.ts';

const child = fileURLToPath(new URL('./pkcs11/child.fixture.ts', import.meta.url));
const message = Buffer.from('a message');

function place(privateKey: KeyObject, words: readonly string[] = [], pin = '1234'): Pkcs11Place {
  const FAKE_KEY = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  return {
    uri: parsePkcs11Uri('pkcs11:token=fake;object=signing'),
    modulePath: '/fake.so',
    pin,
    env: { FAKE_KEY },
    command: [process.execPath, '--no-warnings', child, ...words],
  };
}

function marker(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'marker');
}

const unavailable = (why: RegExp) => ({
  code: keysErrors.unavailable.code,
  kind: 'unavailable',
  message: why,
});

async function openFake(t: TestContext, algorithm: KeyAlgorithm): Promise<SigningKey> {
  const key = await openPkcs11Key(place(await generatePrivateKey(algorithm)));
  t.after(() => key[Symbol.asyncDispose]());
  return key;
}

testSigningKey('a key in a token', openFake);
testSigningKey('a key in a token', openFake, ['ecdsa-p521-sha512']);

test('token process: a crash ends the child alone, and what was asked is asked of the next one once', async (t) => {
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  await using key = await openPkcs11Key(place(privateKey, ['crash-once', marker(t)]));
  assert.ok((await key.sign(message, 'ecdsa-p256-sha256')).byteLength > 60);
  await using broken = await openPkcs11Key(place(privateKey, ['crash']));
  await assert.rejects(broken.sign(message, 'ecdsa-p256-sha256'), unavailable(/ended \(SIGSEGV\)/));
});

test('token process: one that does not answer in time is ended', async () => {
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  const silent = [process.execPath, '--eval', 'setInterval(() => {}, 1_000_000)'] as const;
  await assert.rejects(
    openPkcs11Key({ ...place(privateKey), command: [...silent], timeoutMs: 50 }),
    unavailable(/did not answer within 50 ms/),
  );
});

test('token process: what is no answer, or one too many, is not taken for one', async () => {
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  await assert.rejects(openPkcs11Key(place(privateKey, ['noise'])), unavailable(/is not understood/));
  await assert.rejects(openPkcs11Key(place(privateKey, ['twice'])), unavailable(/answers with no key/));
  const none = { ...place(privateKey), command: ['/nonexistent/program'] as [string] };
  await assert.rejects(openPkcs11Key(none), unavailable(/cannot be started/));
});

test('token: a signature that its public key does not verify is not handed out', async () => {
  for (const algorithm of ['ecdsa-p256-sha256', 'ed25519'] as const) {
    await using key = await openPkcs11Key(place(await generatePrivateKey(algorithm), ['forge']));
    await assert.rejects(
      key.sign(message, algorithm),
      unavailable(/the token of pkcs11:token=fake;object=signing gave is not a signature by its key/),
    );
  }
});

test('token: its PIN stands in no error, no argument and no environment', async () => {
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  await using key = await openPkcs11Key(place(privateKey, ['tell']));
  await assert.rejects(key.sign(message, 'ecdsa-p256-sha256'), (error: Error) => {
    assert.match(error.message, /the PIN … was/);
    assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes('1234'));
    return true;
  });
});

test('token: a wrong PIN is refused, and not sent again', async (t) => {
  const privateKey = await generatePrivateKey('ecdsa-p256-sha256');
  const asked = marker(t);
  await assert.rejects(openPkcs11Key(place(privateKey, ['count', asked], '9999')), {
    code: keysErrors.access_denied.code,
    kind: 'denied',
    message: /pkcs11:token=fake;object=signing says: C_Login: CKR_PIN_INCORRECT/,
  });
  assert.equal(readFileSync(asked, 'utf8'), 'open\n');
});

test('token: a PIN that was changed meanwhile is sent to the next process, and to none after it', async (t) => {
  const asked = marker(t);
  const privateKey = await generatePrivateKey('ed25519');
  await using key = await openPkcs11Key(place(privateKey, ['pin-changed', asked]));
  for (const _ of [1, 2, 3])
    await assert.rejects(key.sign(message, 'ed25519'), { code: keysErrors.access_denied.code });
  assert.equal(readFileSync(asked, 'utf8'), 'open\nsign\nopen\n');
});

test('token: a token or key that is not there, or is there twice, is told by its code', async () => {
  const privateKey = await generatePrivateKey('ed25519');
  const other = { ...place(privateKey), uri: parsePkcs11Uri('pkcs11:token=other') };
  await assert.rejects(openPkcs11Key(other), { code: keysErrors.key_missing.code, kind: 'missing' });
  await assert.rejects(createPkcs11Key(place(privateKey), 'ed25519'), {
    code: keysErrors.key_present.code,
    kind: 'conflict',
  });
  const fresh = { ...place(privateKey), uri: parsePkcs11Uri('pkcs11:token=fake;object=fresh') };
  await assert.rejects(createPkcs11Key(fresh, 'ed25519'), {
    code: keysErrors.generation_unsupported.code,
    message: /CKR_MECHANISM_INVALID/,
  });
});

test('token: once disposed of, its process has ended, and nothing starts it again', async (t) => {
  const ended = marker(t);
  const key = await openPkcs11Key(place(await generatePrivateKey('ed25519'), ['end', ended]));
  await key[Symbol.asyncDispose]();
  await key[Symbol.asyncDispose]();
  assert.equal(readFileSync(ended, 'utf8'), 'ended\n');
  await assert.rejects(key.sign(message, 'ed25519'), unavailable(/was closed/));
});

test('token: a key that nobody closes keeps no program from ending, and its process ends with it', async (t) => {
  const ended = marker(t);
  const { uri: _, ...rest } = place(await generatePrivateKey('ed25519'), ['end', ended]);
  const script = `
    const { openPkcs11Key } = await import(${JSON.stringify(new URL('./pkcs11.ts', import.meta.url).href)});
    const key = await openPkcs11Key({ ...${JSON.stringify(rest)}, uri: { token: 'fake' } });
    process.stdout.write(String((await key.sign(Buffer.from('a'), 'ed25519')).byteLength));`;
  const ran = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([ran.stdout, ran.status], ['64', 0], ran.stderr);
});
