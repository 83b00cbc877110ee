// node:crypto for the pages: the part of it that the verifier and the formats below it call, with Node's names and
// answers, over @noble/curves and @noble/hashes. The build puts it in the place of the module (web/vite.config.ts), so
// that the engine runs as it is. Public keys alone: nothing here makes or holds a secret.
import { Buffer } from './bytes.ts';
import { hashOf, type RunningHash } from './check-signature.ts';
import { type KeyHandle, readPkcs1, readSpki } from './key-handle.ts';

export { constants, verify } from './check-signature.ts';
export type { KeyHandle as KeyObject } from './key-handle.ts';
export { X509Certificate } from './x509-certificate.ts';

/** Hex where `encoding` is absent; bytes for `buffer`. */
export function hash(
  algorithm: string,
  input: Uint8Array | string,
  encoding: 'hex' | 'buffer' = 'hex',
): string | Uint8Array {
  const digest = Buffer.from(hashOf(algorithm)(bytesOf(input)));
  return encoding === 'buffer' ? digest : digest.toString('hex');
}

interface Running {
  update(chunk: Uint8Array | string): Running;
  copy(): Running;
  digest(encoding?: 'hex'): string | Uint8Array;
}

export function createHash(algorithm: string): Running {
  return running(hashOf(algorithm).create());
}

function running(inner: RunningHash): Running {
  const self: Running = {
    update(chunk) {
      inner.update(bytesOf(chunk));
      return self;
    },
    copy: () => running(inner.clone()),
    digest(encoding) {
      const digest = Buffer.from(inner.digest());
      return encoding === 'hex' ? digest.toString('hex') : digest;
    },
  };
  return self;
}

type KeySource =
  | string
  | { readonly key: Uint8Array; readonly format: 'der'; readonly type: 'spki' | 'pkcs1' };

/** PEM, or DER of the type that is named; throws where the bytes are no key, as Node does. */
export function createPublicKey(source: KeySource): KeyHandle {
  if (typeof source !== 'string')
    return source.type === 'pkcs1' ? readPkcs1(source.key) : readSpki(source.key);
  const [, label, body = ''] =
    /-----BEGIN (RSA )?PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END \1?PUBLIC KEY-----/.exec(source) ?? [];
  const text = body.replace(/\s/g, '');
  const der = Buffer.from(text, 'base64');
  if (text === '' || der.toString('base64') !== text) throw new TypeError('this is no public key in PEM');
  return label === undefined ? readSpki(der) : readPkcs1(der);
}

/** Signing is part of files that also read; the pages have no private key to sign with. */
export function createPrivateKey(): never {
  throw new TypeError('the pages hold no private key');
}

export function sign(): never {
  throw new TypeError('the pages hold no private key');
}

function bytesOf(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}
