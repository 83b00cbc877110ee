// Keys in AWS KMS: as the port has it, against the documented protocol over loopback, and what goes wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { addAwsKey, awsCredentials, awsPlace, startAws } from './aws.fixture.ts';
import { createAwsKey, openAwsKey } from './aws-kms.ts';
import { testSigningKey } from './contract-suite.ts';
import { keysErrors } from './errors.ts';

const alias = 'alias/signing';
const message = Buffer.from('a message');

testSigningKey(
  'a key in AWS KMS',
  async (t, algorithm) => createAwsKey(awsPlace(t, await startAws(t), alias), algorithm),
  ['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pkcs1-sha256'],
);

testSigningKey(
  'a key that was made in AWS KMS',
  async (t) => {
    const aws = await startAws(t);
    await addAwsKey(aws, alias, 'ECC_NIST_P521');
    return openAwsKey(awsPlace(t, aws, alias));
  },
  ['ecdsa-p521-sha512'],
);

test('AWS KMS: an alias that moves does not change the key that is open', async (t) => {
  const aws = await startAws(t);
  const key = await createAwsKey(awsPlace(t, aws, alias), 'ecdsa-p256-sha256');
  await addAwsKey(aws, alias, 'ECC_NIST_P256');
  await key.sign(message, 'ecdsa-p256-sha256');
  assert.notDeepEqual((await openAwsKey(awsPlace(t, aws, alias))).publicKey, key.publicKey);
});

test('AWS KMS: a key that is there is not made anew, and none is left where its alias cannot be', async (t) => {
  const aws = await startAws(t);
  await createAwsKey(awsPlace(t, aws, alias), 'ecdsa-p256-sha256');
  await assert.rejects(createAwsKey(awsPlace(t, aws, alias), 'ecdsa-p256-sha256'), {
    code: keysErrors.key_present.code,
  });
  assert.equal(aws.keys.size, 1);
  aws.answers.set('CreateAlias', {
    status: 400,
    body: { __type: 'InvalidAliasNameException', message: 'full' },
  });
  await assert.rejects(createAwsKey(awsPlace(t, aws, 'alias/other'), 'ecdsa-p256-sha256'), {
    code: keysErrors.unavailable.code,
    message: /the key alias\/other in AWS KMS answers InvalidAliasNameException: full/,
  });
  assert.deepEqual(
    [...aws.keys.values()].map((key) => key.isDeleted),
    [false, true],
  );
});

test('AWS KMS: Ed25519 and ids that AWS chooses are refused with their reason', async (t) => {
  const aws = await startAws(t);
  await addAwsKey(aws, 'alias/edwards', 'ECC_NIST_EDWARDS25519');
  await assert.rejects(openAwsKey(awsPlace(t, aws, 'alias/edwards')), {
    code: keysErrors.algorithm_unsuitable.code,
    message: /4096 bytes/,
  });
  const unsupported = { code: keysErrors.generation_unsupported.code };
  await assert.rejects(createAwsKey(awsPlace(t, aws, alias), 'ed25519'), unsupported);
  const byId = awsPlace(t, aws, '00000000-0000-4000-8000-000000000000');
  await assert.rejects(createAwsKey(byId, 'ecdsa-p256-sha256'), unsupported);
});

test('AWS KMS: what it refuses is told by what it is, and the secret in none of it', async (t) => {
  const aws = await startAws(t);
  const key = await createAwsKey(awsPlace(t, aws, alias), 'ecdsa-p256-sha256');
  for (const [type, code] of [
    ['NotFoundException', keysErrors.key_missing.code],
    ['AccessDeniedException', keysErrors.access_denied.code],
    ['ExpiredTokenException', keysErrors.access_denied.code],
    ['DisabledException', keysErrors.unavailable.code],
  ] as const) {
    aws.answers.set('Sign', { status: 400, body: { __type: type, message: 'no' } });
    await assert.rejects(key.sign(message, 'ecdsa-p256-sha256'), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`alias/signing in AWS KMS answers ${type}: no`));
      assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes(awsCredentials.secretAccessKey));
      return true;
    });
  }
  const stranger = { ...awsPlace(t, aws, alias), credentials: { accessKeyId: 'X', secretAccessKey: 'y' } };
  await assert.rejects(openAwsKey(stranger), { code: keysErrors.access_denied.code, kind: 'denied' });
});

test('AWS KMS: a signature that the public key does not verify is not handed out', async (t) => {
  const aws = await startAws(t);
  const key = await createAwsKey(awsPlace(t, aws, alias), 'ecdsa-p256-sha256');
  aws.answers.set('Sign', { status: 200, body: { Signature: 'AAAA' } });
  await assert.rejects(key.sign(message, 'ecdsa-p256-sha256'), {
    code: keysErrors.unavailable.code,
    message: /gave is not a signature by its key/,
  });
});

test('AWS KMS: one that is not there, or does not answer in time, is unavailable', async (t) => {
  const aws = await startAws(t);
  const gone = { ...awsPlace(t, aws, alias), endpoint: '127.0.0.1:1' };
  await assert.rejects(openAwsKey(gone), {
    code: keysErrors.unavailable.code,
    message: /nothing listens there/,
  });
  aws.answers.set('GetPublicKey', { status: 0, body: {} });
  await assert.rejects(openAwsKey({ ...awsPlace(t, aws, alias), timeoutMs: 300 }), {
    code: keysErrors.unavailable.code,
    message: /did not answer within 300 ms/,
  });
});

test('AWS KMS: its library is not loaded until such a key is opened', () => {
  const script = `
    await import(${JSON.stringify(new URL('./open-key.ts', import.meta.url).href)});
    await import(${JSON.stringify(new URL('./aws-kms.ts', import.meta.url).href)});
    const { createRequire } = await import('node:module');
    const { cache } = createRequire(import.meta.url);
    const count = () => Object.keys(cache).filter((path) => path.includes('aws-sdk')).length;
    const before = count();
    await import('@aws-sdk/client-kms');
    process.stdout.write(before + ' ' + (count() > 0));`;
  const ran = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  assert.deepEqual([ran.stdout, ran.status], ['0 true', 0], ran.stderr);
});
