import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysErrors } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { createMemoryKey } from './memory.ts';
import { createPlacedRing, type KeyAccess } from './placed-ring.ts';
import type { SigningKey } from './signing-key.ts';

const TOKEN = 'pkcs11:token=plimsoll;object=issuing?module-path=/lib/a.so&pin-value=1234';

/** A place of keys that remembers what was asked of it. */
function createPlace(kept = new Map<string, SigningKey>()) {
  const asked: string[] = [];
  const access: KeyAccess = {
    async open(reference) {
      asked.push(`open ${reference}`);
      const key = kept.get(reference);
      if (key === undefined) throw keysErrors.key_missing('there is no such key');
      return key;
    },
    async generate(reference, algorithm) {
      asked.push(`generate ${reference} ${algorithm}`);
      const key = await createMemoryKey(algorithm);
      kept.set(reference, key);
      return key;
    },
  };
  return { access, asked, kept };
}

const others: KeyRing = {
  create: async (name, algorithm) => ({
    reference: `file:${name}.pem`,
    key: await createMemoryKey(algorithm),
  }),
  open: async (reference) => assert.fail(`${reference} is not asked for`),
};

test('placed ring: a purpose with a place has its key there, made once; the others theirs', async () => {
  const { access, asked } = createPlace();
  const ring = createPlacedRing({ others, places: new Map([['issuing', TOKEN]]), access });
  const made = await ring.create('issuing-1f2e3d4c', 'ecdsa-p256-sha256');
  assert.equal(made.reference, 'pkcs11:token=plimsoll;object=issuing', 'neither PIN nor module');
  const again = await ring.create('issuing-5a5a5a5a', 'ecdsa-p256-sha256');
  assert.equal(again.key, made.key);
  assert.equal((await ring.open(made.reference)).publicKey, made.key.publicKey);
  const other = await ring.create('log-1f2e3d4c', 'ed25519');
  assert.equal(other.reference, 'file:log-1f2e3d4c.pem');
  assert.deepEqual(asked, [
    `open ${TOKEN}`,
    `generate ${TOKEN} ecdsa-p256-sha256`,
    `open ${TOKEN}`,
    `open ${TOKEN}`,
  ]);
});

test('placed ring: a key of another kind is not taken, and a failure of the place is told', async () => {
  const kept = new Map([['hashivault://log', await createMemoryKey('ecdsa-p256-sha256')]]);
  const { access } = createPlace(kept);
  const ring = createPlacedRing({ others, places: new Map([['log', 'hashivault://log']]), access });
  await assert.rejects(ring.create('log-1f2e3d4c', 'ed25519'), {
    code: keysErrors.algorithm_unsuitable.code,
    message: /^hashivault:\/\/log signs with ecdsa-p256-sha256; for this purpose it must be ed25519$/,
  });
  const down = { ...access, open: () => Promise.reject(keysErrors.unavailable('nobody answers')) };
  const ailing = createPlacedRing({ others, places: new Map([['log', 'hashivault://log']]), access: down });
  await assert.rejects(ailing.create('log-1f2e3d4c', 'ed25519'), { code: keysErrors.unavailable.code });
});

test('placed ring: the names of purposes are whole, and a place that is configured no more is still asked', async () => {
  const { access, asked } = createPlace();
  const ring = createPlacedRing({ others, places: new Map([['log', 'hashivault://log']]), access });
  const certificates = await ring.create('certificate-log-1f2e3d4c', 'ecdsa-p256-sha256');
  assert.match(certificates.reference, /^file:/);
  await assert.rejects(ring.open('awskms:///alias/former'), { code: keysErrors.key_missing.code });
  assert.deepEqual(asked, ['open awskms:///alias/former']);
});
