// The pages' node:crypto against Node's own: the same hashes, the same keys read, the same signatures taken and refused.
import assert from 'node:assert/strict';
import * as node from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import * as pages from '../src/verify/node-crypto.ts';
import { createRsaKey, isRsaSignature } from '../src/verify/rsa.ts';

const hashes = ['sha256', 'sha384', 'sha512'] as const;
const bytes = fc.uint8Array({ maxLength: 300 });

test('crypto: hashes are the same, whole and while bytes pass', () => {
  fc.assert(
    fc.property(fc.constantFrom(...hashes), bytes, bytes, (name, one, other) => {
      assert.equal(pages.hash(name, one), node.hash(name, one));
      assert.deepEqual(
        [...(pages.hash(name, one, 'buffer') as Uint8Array)],
        [...node.hash(name, one, 'buffer')],
      );
      const [own, theirs] = [pages.createHash(name), node.createHash(name)];
      for (const running of [own, theirs]) running.update(one);
      assert.equal(own.copy().digest('hex'), theirs.copy().digest('hex'));
      for (const running of [own, theirs]) running.update(other);
      assert.equal(own.digest('hex'), theirs.digest('hex'));
    }),
  );
  assert.equal(pages.hash('sha256', 'ä'), node.hash('sha256', 'ä'));
  assert.throws(() => pages.hash('md5', 'a'), /do not hash by md5/);
});

const pairs = {
  'P-256': node.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': node.generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': node.generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: node.generateKeyPairSync('ed25519'),
  'rsa 2048': node.generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa 3072, 3': node.generateKeyPairSync('rsa', { modulusLength: 3072, publicExponent: 3 }),
};
const names = Object.keys(pairs) as (keyof typeof pairs)[];

test('crypto: a signature holds, or does not, for both alike', () => {
  const property = fc.property(
    fc.constantFrom(...names),
    fc.constantFrom(...hashes),
    bytes,
    fc.record({ place: fc.nat(), mask: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() }),
    (name, hash, message, { place, mask, cut }) => {
      const { privateKey, publicKey } = pairs[name];
      const algorithm = name === 'ed25519' ? null : hash;
      const signed = node.sign(algorithm, message, privateKey);
      const at = place % signed.byteLength;
      signed[at] = (signed[at] as number) ^ mask;
      const signature = cut ? signed.subarray(0, at) : signed;
      const own = pages.createPublicKey({
        key: publicKey.export({ format: 'der', type: 'spki' }),
        format: 'der',
        type: 'spki',
      });
      const judge = (verify: () => boolean): boolean => {
        try {
          return verify();
        } catch {
          return false;
        }
      };
      assert.equal(
        judge(() => pages.verify(algorithm, message, own, signature)),
        judge(() => node.verify(algorithm, message, publicKey, signature)),
      );
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('crypto: keys say the same of themselves, from DER and from PEM', () => {
  for (const name of names) {
    const { publicKey } = pairs[name];
    const der = publicKey.export({ format: 'der', type: 'spki' });
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    for (const own of [
      pages.createPublicKey({ key: der, format: 'der', type: 'spki' }),
      pages.createPublicKey(pem),
    ]) {
      assert.equal(own.asymmetricKeyType, publicKey.asymmetricKeyType);
      assert.equal(own.asymmetricKeyDetails.namedCurve, publicKey.asymmetricKeyDetails?.namedCurve);
      assert.equal(own.asymmetricKeyDetails.modulusLength, publicKey.asymmetricKeyDetails?.modulusLength);
      assert.deepEqual([...own.export()], [...der]);
    }
  }
  const { publicKey } = pairs['rsa 2048'];
  const old = publicKey.export({ format: 'der', type: 'pkcs1' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const fromPem = pages.createPublicKey(publicKey.export({ format: 'pem', type: 'pkcs1' }).toString());
  for (const own of [pages.createPublicKey({ key: old, format: 'der', type: 'pkcs1' }), fromPem])
    assert.deepEqual([...own.export()], [...spki]);
});

test('crypto: bytes that are no key are refused by both, and a private key is none', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (name, place, mask) => {
        const der = Buffer.from(pairs[name].publicKey.export({ format: 'der', type: 'spki' }));
        const at = place % der.byteLength;
        der[at] = (der[at] as number) ^ mask;
        const isRead = (read: () => unknown): boolean => {
          try {
            read();
            return true;
          } catch {
            return false;
          }
        };
        // Stricter is safe; what Node refuses must never be a key that a signature could hold under here.
        if (!isRead(() => node.createPublicKey({ key: der, format: 'der', type: 'spki' })))
          assert.equal(
            isRead(() => {
              const { use } = pages.createPublicKey({ key: der, format: 'der', type: 'spki' });
              if (use.kind === 'none') throw new Error('nothing holds under it');
            }),
            false,
            `${name} at ${at}: ${mask}`,
          );
      },
    ),
  );
  const { privateKey } = pairs['P-256'];
  assert.throws(() => pages.createPublicKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()));
  assert.throws(() => pages.createPrivateKey(), /no private key/);
  assert.throws(() => pages.sign(), /no private key/);
});

test('crypto: RSA takes no padding but the one, and no key that could be forged for', () => {
  const message = Buffer.from('signed');
  const digest = node.hash('sha256', message, 'buffer');
  const { n = '', e = '' } = pairs['rsa 3072, 3'].publicKey.export({ format: 'jwk' });
  const number = (text: string): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
  const [modulus, exponent] = [number(n), number(e)];
  const signature = node.sign('sha256', message, pairs['rsa 3072, 3'].privateKey);
  assert.equal(isRsaSignature(createRsaKey(modulus, exponent), 'sha256', digest, signature), true);
  // Bleichenbacher 2006: a cube root of the right beginning, with anything behind the hash.
  const beginning = BigInt(`0x0001ff00${'3031300d060960864801650304020105000420'}${digest.toString('hex')}`);
  const forged = cubeRoot(beginning << BigInt(3072 - 16 - 16 - (19 + 32) * 8)) + 1n;
  const bytesOf = Buffer.from(forged.toString(16).padStart(768, '0'), 'hex');
  assert.equal(isRsaSignature(createRsaKey(modulus, exponent), 'sha256', digest, bytesOf), false);
  assert.equal(isRsaSignature(createRsaKey(modulus, 1n), 'sha256', digest, signature), false);
  assert.equal(isRsaSignature(createRsaKey(modulus, exponent), 'sha1', digest, signature), false);
  assert.equal(isRsaSignature(createRsaKey(modulus - 1n, exponent), 'sha256', digest, signature), false);
  assert.equal(isRsaSignature(createRsaKey(modulus, 2n ** 65n + 1n), 'sha384', digest, signature), false);
});

function cubeRoot(value: bigint): bigint {
  let [low, high] = [0n, 1n << 1100n];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** 3n <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

test('crypto: PSS and ECDSA without DER hold, or do not, for both alike', () => {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO, RSA_PSS_SALTLEN_DIGEST } = node.constants;
  assert.deepEqual(
    [pages.constants.RSA_PKCS1_PSS_PADDING, pages.constants.RSA_PSS_SALTLEN_AUTO],
    [padding, RSA_PSS_SALTLEN_AUTO],
  );
  const odd = { 'rsa 2049': node.generateKeyPairSync('rsa', { modulusLength: 2049 }) };
  const rsa = Object.entries({ ...pairs, ...odd }).filter(([name]) => name.startsWith('rsa'));
  const check = (
    how: object,
    key: node.KeyObject,
    hash: string,
    message: Uint8Array,
    signature: Uint8Array,
  ) => {
    const own = pages.createPublicKey({
      key: key.export({ type: 'spki', format: 'der' }),
      format: 'der',
      type: 'spki',
    });
    const byNode = node.verify(hash, message, { key, ...how }, signature);
    assert.equal(pages.verify(hash, message, { key: own, ...how }, signature), byNode);
    return byNode;
  };
  for (const [name, { privateKey, publicKey }] of rsa)
    for (const hash of hashes)
      for (const saltLength of [0, 20, RSA_PSS_SALTLEN_DIGEST]) {
        const message = Buffer.from(`${name} ${hash}`);
        const signature = node.sign(hash, message, { key: privateKey, padding, saltLength });
        const wrong = Uint8Array.from(signature);
        wrong[9] = (wrong[9] as number) ^ 1;
        for (const asked of [0, 20, RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_AUTO]) {
          const how = { padding, saltLength: asked };
          const isRight = asked === saltLength || asked === RSA_PSS_SALTLEN_AUTO;
          assert.equal(check(how, publicKey, hash, message, signature), isRight, `${name} ${hash} ${asked}`);
          assert.equal(check(how, publicKey, hash, Buffer.from('other'), signature), false);
          assert.equal(check(how, publicKey, hash, message, wrong), false);
        }
        const plain = node.sign(hash, message, privateKey);
        assert.equal(
          check({ padding, saltLength: RSA_PSS_SALTLEN_AUTO }, publicKey, hash, message, plain),
          false,
        );
      }
  for (const name of ['P-256', 'P-384', 'P-521'] as const) {
    const { privateKey, publicKey } = pairs[name];
    const how = { dsaEncoding: 'ieee-p1363' } as const;
    const signature = node.sign('sha256', Buffer.from('a'), { key: privateKey, ...how });
    assert.ok(check(how, publicKey, 'sha256', Buffer.from('a'), signature), name);
    assert.ok(!check(how, publicKey, 'sha256', Buffer.from('b'), signature), name);
  }
});
