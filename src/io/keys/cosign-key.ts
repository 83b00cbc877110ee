// Private keys of cosign's files, opened and written: scrypt, then NaCl's secretbox. Written with the cost that
// cosign itself takes, so that either reads what the other wrote.
import { createPrivateKey, type KeyObject, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { type CosignKeyParts, formatCosignKey, parseCosignKey } from '../../formats/sigstore/cosign-key.ts';
import type { Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';

/** What cosign writes: 64 MiB and a quarter of a second for each guess. */
const SCRYPT = Object.freeze({ cost: 2 ** 16, blockSize: 8, parallelization: 1 });
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 24;

/** `sigstore.key_invalid`, `keys.passphrase_wrong`; `name` is what messages call it. */
export async function openCosignKey(text: string, passphrase: string, name: string): Promise<KeyObject> {
  const parts = parseCosignKey(text);
  const key = await derive(passphrase, parts);
  try {
    const der = xsalsa20poly1305(key, parts.nonce).decrypt(parts.encrypted);
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw keysErrors.passphrase_wrong(`the passphrase does not open ${name}, or the file is damaged`, {
      cause,
    });
  }
}

/** PEM text of the key. */
export async function sealCosignKey(
  privateKey: KeyObject,
  passphrase: string,
  random: Random,
): Promise<string> {
  const parts = { ...SCRYPT, salt: random.bytes(SALT_BYTES), nonce: random.bytes(NONCE_BYTES) };
  const key = await derive(passphrase, parts);
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const encrypted = xsalsa20poly1305(key, parts.nonce).encrypt(plain);
  plain.fill(0);
  return formatCosignKey({ ...parts, encrypted });
}

function derive(
  passphrase: string,
  { cost, blockSize, parallelization, salt }: Omit<CosignKeyParts, 'encrypted' | 'nonce'>,
): Promise<Buffer> {
  // OpenSSL counts a little more than the 128·N·r of the paper.
  const plan = { cost, blockSize, parallelization, maxmem: limits.scryptBytes + 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, plan, (failure, derived) =>
      failure === null ? resolve(derived) : reject(failure),
    );
  });
}
