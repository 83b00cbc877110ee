// The file of a private key as cosign keeps it (securesystemslib encrypted, by Go's go-securesystemslib): JSON in PEM,
// PKCS #8 under scrypt and NaCl's secretbox. Only the form is here: who calls derives and decrypts. What the file says
// of its cost is a stranger's word and bounded, so that opening one takes neither the memory nor the hour.
import { type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { decodeBytes, readFields } from './field.ts';

export interface CosignKeyParts {
  /** scrypt's N, r and p. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Uint8Array;
  /** 24 bytes. */
  readonly nonce: Uint8Array;
  /** The authenticator's 16 bytes first, as secretbox has it. */
  readonly encrypted: Uint8Array;
}

const LABEL = 'ENCRYPTED SIGSTORE PRIVATE KEY';
const PEM =
  /-----BEGIN (ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY)-----\s([\sA-Za-z0-9+/=]+)-----END \1-----/;
const NONCE_BYTES = 24;
const LINE = /.{1,64}/g;

/** Whether the text is such a file, by its first line. */
export function isCosignKey(text: string): boolean {
  return /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----/.test(text);
}

/** `sigstore.key_invalid`; at most `limits.keyFileBytes` characters, and scrypt of at most `limits.scryptBytes`. */
export function parseCosignKey(text: string): CosignKeyParts {
  const refuse = sigstoreErrors.key_invalid;
  if (text.length > limits.keyFileBytes)
    throw refuse(`the key has more than ${limits.keyFileBytes} characters`);
  const body = decodeBytes(PEM.exec(text)?.[2]?.replace(/\s/g, '') ?? '');
  const root = readFields(parseJson(body?.toString() ?? ''), 'the encrypted key', refuse);
  const kdf = root.member('kdf');
  const cipher = root.member('cipher');
  const parameters = kdf?.member('params');
  if (kdf?.text('name', 100) !== 'scrypt' || parameters === undefined)
    throw root.fail('kdf', 'is not scrypt with its parameters');
  if (cipher?.text('name', 100) !== 'nacl/secretbox') throw root.fail('cipher', 'is not nacl/secretbox');
  const salt = kdf.bytes('salt', 1_024);
  const nonce = cipher.bytes('nonce', NONCE_BYTES);
  const encrypted = root.bytes('ciphertext', limits.keyFileBytes);
  if (salt === undefined || encrypted === undefined) throw root.fail('ciphertext', 'or kdf.salt is missing');
  if (nonce?.byteLength !== NONCE_BYTES) throw root.fail('cipher.nonce', `is not ${NONCE_BYTES} bytes`);
  return { ...readCost(parameters.object), salt, nonce, encrypted };
}

function readCost(parameters: JsonObject): Pick<CosignKeyParts, 'cost' | 'blockSize' | 'parallelization'> {
  const { N, r, p } = parameters;
  const refuse = sigstoreErrors.key_invalid;
  if (!isCount(N) || !isCount(r) || !isCount(p) || N < 2 || (N & (N - 1)) !== 0)
    throw refuse('the encrypted key.kdf.params are not those of scrypt: N a power of two, r and p from 1 on');
  // RFC 7914 §2: 128·N·r bytes, gone through p times.
  if (128 * N * r > limits.scryptBytes || 128 * N * r * p > 4 * limits.scryptBytes)
    throw refuse(`opening the encrypted key would take more than ${limits.scryptBytes} bytes of memory`);
  return { cost: N, blockSize: r, parallelization: p };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2 ** 30;
}

/** PEM text with its last line feed, under the label that cosign writes since 2.0. */
export function formatCosignKey(parts: CosignKeyParts): string {
  const { cost, blockSize, parallelization, salt, nonce, encrypted } = parts;
  const value = {
    kdf: {
      name: 'scrypt',
      params: { N: cost, r: blockSize, p: parallelization },
      salt: base64(salt),
    },
    cipher: { name: 'nacl/secretbox', nonce: base64(nonce) },
    ciphertext: base64(encrypted),
  };
  const lines = base64(Buffer.from(JSON.stringify(value))).match(LINE) ?? [];
  return `-----BEGIN ${LABEL}-----\n${lines.join('\n')}\n-----END ${LABEL}-----\n`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
