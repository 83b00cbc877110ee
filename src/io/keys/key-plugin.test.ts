// Keys behind a plug-in: as the port has it, through a real program, and every way in which a program can fail.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isPss, type KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';
import { openPluginKey } from './key-plugin.ts';
import { generatePrivateKey } from './memory.ts';
import { padByPss, writePlugin, writePluginKey } from './plugin.fixture.ts';
import type { SigningKey } from './signing-key.ts';

const isWindows = process.platform === 'win32';
const unavailable = (message: RegExp) => ({
  code: keysErrors.unavailable.code,
  kind: 'unavailable',
  message,
});

// A program without an ending is run by its first line, which Windows does not read.
if (!isWindows) {
  const open = async (t: TestContext, algorithm: KeyAlgorithm): Promise<SigningKey> => {
    const place = writePlugin(t);
    writePluginKey(place, await generatePrivateKey(algorithm));
    if (isPss(algorithm)) padByPss(place);
    return openPluginKey(place);
  };
  testSigningKey('a key behind a plug-in', open, undefined, 'by-itself');
  testSigningKey(
    'a key behind a plug-in',
    open,
    ['ecdsa-p521-sha512', 'rsa-pss-sha256', 'rsa-pss-sha384'],
    'by-itself',
  );
}

test('plug-in: a signature that its public key does not verify is not handed out', {
  skip: isWindows,
}, async (t) => {
  const place = writePlugin(t);
  writePluginKey(place, await generatePrivateKey('ecdsa-p256-sha256'));
  const key = await openPluginKey(place);
  writePluginKey(place, await generatePrivateKey('ecdsa-p256-sha256'));
  await assert.rejects(
    key.sign(Buffer.from('a message'), 'ecdsa-p256-sha256'),
    unavailable(/what the plug-in of test:\/\/signing gave is not a signature by its key/),
  );
});

test('plug-in: its own error is told, its exit status is not looked at', { skip: isWindows }, async (t) => {
  const place = writePlugin(t, '#!/bin/sh\necho \'{"errorMessage":"the token is locked"}\'\n');
  await assert.rejects(openPluginKey(place), unavailable(/sigstore-kms-test publicKey: the token is locked/));
});

for (const [what, program, message] of [
  ['nothing', '#!/bin/sh\n', /did not answer with JSON/],
  ['another method', '#!/bin/sh\necho \'{"createKey":{}}\'\n', /did not answer to publicKey/],
  [
    'no key',
    '#!/bin/sh\necho \'{"publicKey":{"publicKeyPEM":"bm9uZQ=="}}\'\n',
    /did not answer with a public key/,
  ],
  ['without end', '#!/bin/sh\nexec yes\n', /answers without end/],
] as const)
  test(`plug-in: one that answers ${what} is refused`, { skip: isWindows }, async (t) => {
    await assert.rejects(openPluginKey(writePlugin(t, program)), unavailable(message));
  });

test('plug-in: one that does not end is ended', { skip: isWindows }, async (t) => {
  const place = writePlugin(t, '#!/bin/sh\nexec sleep 600\n');
  await assert.rejects(
    openPluginKey({ ...place, timeoutMs: 50 }),
    unavailable(/did not answer within 50 ms/),
  );
});

test('plug-in: a name cannot leave the search path, and one that is not there is said so', async (t) => {
  const place = writePlugin(t);
  for (const reference of [
    '',
    'test',
    '../test://key',
    'a/b://key',
    '-x://key',
    `test://${'k'.repeat(1001)}`,
  ])
    await assert.rejects(
      openPluginKey({ ...place, reference }),
      unavailable(/is not NAME:\/\/KEY of a plug-in/),
    );
  await assert.rejects(
    openPluginKey({ ...place, reference: 'none://key' }),
    unavailable(/sigstore-kms-none is not installed/),
  );
});
