import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { createPasswordHasher } from './password.ts';

const hasher = createPasswordHasher(systemRandom);

test('a hash is a PHC string that its password verifies and another does not', async () => {
  const phc = await hasher.hash('correct horse');
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.equal(await hasher.verify(phc, 'correct horse'), true);
  assert.equal(await hasher.verify(phc, 'correct house'), false);
  assert.notEqual(await hasher.hash('correct horse'), phc);
});

test('a hash of other parameters, made elsewhere, is verified by its own', async () => {
  const made = await import('node:crypto').then(({ argon2Sync }) =>
    argon2Sync('argon2id', {
      message: 'password',
      nonce: Buffer.from('somesalt1234'),
      parallelism: 1,
      tagLength: 24,
      memory: 64,
      passes: 1,
    }),
  );
  const phc = `$argon2id$v=19$m=64,t=1,p=1$${Buffer.from('somesalt1234').toString('base64')}$${made.toString('base64')}`;
  assert.equal(await hasher.verify(phc, 'password'), true);
  assert.equal(await hasher.verify(phc, 'Password'), false);
});

test('composed and decomposed letters are one password', async () => {
  assert.equal(await hasher.verify(await hasher.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait'), true);
});

test('what is no PHC string of argon2id verifies nothing', async () => {
  for (const phc of [
    '',
    'password',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=0,t=1,p=1$c2FsdA$aGFzaA',
  ])
    assert.equal(await hasher.verify(phc, 'password'), false, phc);
});

test('more passwords than may wait are refused, and those that wait are all answered', async () => {
  const cheap = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  const results = await Promise.allSettled(Array.from({ length: 300 }, () => hasher.verify(cheap, 'x')));
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 300 - 256 - 2);
  for (const { reason } of refused) assert.equal(reason.code, 'hub.logins_busy');
  assert.equal(await hasher.verify(cheap, 'x'), false);
});
