// What a witness says of a checkpoint (C2SP tlog-cosignature): that it is the largest of the log that it has seen at a
// time, and consistent with all before it. One line of the note, by Ed25519 (0x04) or ML-DSA-44 (0x06), which new
// witnesses use: it also binds the witness's name, and holds against quantum computers.
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { cryptoErrors } from './errors.ts';
import { decodeBase64, isNoteName, type NoteSignature, parseNote } from './note.ts';

export type CosignatureAlgorithm = 'ed25519' | 'ml-dsa-44';

/** Whose cosignature is believed. */
export interface CosignerKey {
  /** Without spaces and plus, as `witness.example.org`. */
  readonly name: string;
  readonly algorithm: CosignatureAlgorithm;
  /** Of SHA-256(name, line feed, type, public key) the first four bytes in hex. */
  readonly id: string;
  /** 32 bytes of Ed25519, 1312 of ML-DSA-44. */
  readonly publicKey: Uint8Array;
}

export interface Cosigner {
  readonly key: CosignerKey;
  /**
   * The line over a checkpoint's text, with its line feed; `atMs` is cut to the second. `crypto.checkpoint_invalid`,
   * and `crypto.note_invalid` of an origin that a cosignature has no room for.
   */
  cosign(text: string, atMs: number): string;
}

interface AlgorithmFacts {
  readonly type: number;
  readonly keyBytes: number;
  readonly signatureBytes: number;
  /** SubjectPublicKeyInfo before the raw key, and PKCS #8 before a raw seed (RFC 8410; RFC 9881 §4, §6). */
  readonly publicPrefix: Buffer;
  readonly privatePrefix: Buffer;
}

const facts: Readonly<Record<CosignatureAlgorithm, AlgorithmFacts>> = Object.freeze({
  ed25519: {
    type: 0x04,
    keyBytes: 32,
    signatureBytes: 64,
    publicPrefix: Buffer.from('302a300506032b6570032100', 'hex'),
    privatePrefix: Buffer.from('302e020100300506032b657004220420', 'hex'),
  },
  'ml-dsa-44': {
    type: 0x06,
    keyBytes: 1312,
    signatureBytes: 2420,
    publicPrefix: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
    privatePrefix: Buffer.from('3034020100300b060960864801650304031104228020', 'hex'),
  },
});

const TIME_BYTES = 8;
const SEED_BYTES = 32;
/** Of names in a cosigned message: their length is one byte. */
const NAME_BYTES = 255;

/** The witness of a secret 32-byte seed; `crypto.key_invalid` where the name cannot be one. */
export function createCosigner(name: string, algorithm: CosignatureAlgorithm, seed: Uint8Array): Cosigner {
  if (seed.byteLength !== SEED_BYTES) throw cryptoErrors.key_invalid('a witness’s seed has 32 bytes');
  const { privatePrefix, publicPrefix } = facts[algorithm];
  const der = Buffer.concat([privatePrefix, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = cosignerKey(name, algorithm, spki.subarray(publicPrefix.length));
  return {
    key,
    cosign(text, atMs) {
      const seconds = BigInt(Math.floor(atMs / 1000));
      const signature = sign(null, cosignedMessage(key, text, seconds), privateKey);
      const time = Buffer.alloc(TIME_BYTES);
      time.writeBigUInt64BE(seconds);
      return `— ${name} ${Buffer.concat([Buffer.from(key.id, 'hex'), time, signature]).toString('base64')}\n`;
    },
  };
}

/** A witness's key by name, kind and raw bytes; `crypto.key_invalid`. */
export function cosignerKey(
  name: string,
  algorithm: CosignatureAlgorithm,
  publicKey: Uint8Array,
): CosignerKey {
  const { type, keyBytes } = facts[algorithm];
  if (!isNoteName(name) || Buffer.byteLength(name) > NAME_BYTES)
    throw cryptoErrors.key_invalid(`"${name.slice(0, 100)}" is not the name of a witness`);
  if (publicKey.byteLength !== keyBytes)
    throw cryptoErrors.key_invalid(
      `a key of ${algorithm} has ${keyBytes} bytes, not ${publicKey.byteLength}`,
    );
  const named = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey]);
  return Object.freeze({ name, algorithm, id: hash('sha256', named).slice(0, 8), publicKey });
}

/** `NAME+ID+KEY`, the key behind the byte of its type (C2SP signed-note, verifier keys). */
export function formatCosignerKey({ name, id, algorithm, publicKey }: CosignerKey): string {
  return `${name}+${id}+${Buffer.concat([Uint8Array.of(facts[algorithm].type), publicKey]).toString('base64')}`;
}

/** `crypto.key_invalid`: not of that form, of no kind that cosigns, or an id that is not its own. */
export function parseCosignerKey(text: string): CosignerKey {
  const shown = text.slice(0, 200);
  const [, name = '', id, encoded = ''] =
    /^([^+]{1,255})\+([0-9a-f]{8})\+([\w+/=]{1,2000})$/.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  const algorithm = algorithmOfType(bytes?.[0]);
  if (bytes === undefined || algorithm === undefined)
    throw cryptoErrors.key_invalid(
      `"${shown}" is not NAME+ID+KEY of a witness (Ed25519 0x04, ML-DSA-44 0x06)`,
    );
  const key = cosignerKey(name, algorithm, bytes.subarray(1));
  if (key.id !== id) throw cryptoErrors.key_invalid(`"${shown}" has the id ${id}; its key has ${key.id}`);
  return key;
}

function algorithmOfType(type: number | undefined): CosignatureAlgorithm | undefined {
  const names = Object.keys(facts) as CosignatureAlgorithm[];
  return names.find((name) => facts[name].type === type);
}

/** What one witness said of a checkpoint. */
export type CosignatureAnswer =
  /** `at`: when, to the witness's clock; undefined where it makes no statement of the time. */
  | { readonly kind: 'held'; readonly at?: Date }
  | { readonly kind: 'absent' }
  /** There is a line of this key, and it does not hold: the note is malformed (C2SP signed-note). */
  | { readonly kind: 'forged' };

/** Whether the key cosigned the note's checkpoint. `crypto.note_invalid`, `crypto.checkpoint_invalid` */
export function judgeCosignature(note: string, key: CosignerKey): CosignatureAnswer {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (own.length === 0) return { kind: 'absent' };
  const publicKey = readPublicKey(key);
  const times = own.map((line) => readLine(text, line, key, publicKey));
  if (times.includes(undefined)) return { kind: 'forged' };
  const latest = times.reduce<bigint>((most, time) => (time !== undefined && time > most ? time : most), 0n);
  return latest === 0n ? { kind: 'held' } : { kind: 'held', at: new Date(Number(latest) * 1000) };
}

/** Seconds where the line holds; undefined where it does not. */
function readLine(
  text: string,
  { signature: bytes }: NoteSignature,
  key: CosignerKey,
  publicKey: KeyObject,
): bigint | undefined {
  if (bytes.byteLength !== TIME_BYTES + facts[key.algorithm].signatureBytes) return undefined;
  const seconds = Buffer.from(bytes).readBigUInt64BE(0);
  // A Date holds no more, and the specification ends at 2^63 - 1.
  if (seconds > 8_640_000_000_000n) return undefined;
  return verify(null, cosignedMessage(key, text, seconds), publicKey, bytes.subarray(TIME_BYTES))
    ? seconds
    : undefined;
}

function readPublicKey({ algorithm, publicKey }: CosignerKey): KeyObject {
  try {
    const key = Buffer.concat([facts[algorithm].publicPrefix, publicKey]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch (cause) {
    throw cryptoErrors.key_invalid(`the key is none of ${algorithm}`, { cause });
  }
}

function cosignedMessage({ name, algorithm }: CosignerKey, text: string, seconds: bigint): Uint8Array {
  const checkpoint = parseCheckpoint(text);
  return algorithm === 'ed25519'
    ? Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)
    : formatCosignedMessage(name, checkpoint, seconds);
}

/** `cosigned_message` of a whole tree: the first leaf is 0, the end is the tree's size. */
function formatCosignedMessage(
  name: string,
  { origin, size, root }: Checkpoint,
  seconds: bigint,
): Uint8Array {
  return Buffer.concat([
    Buffer.from('subtree/v1\n\0'),
    formatOpaque(name),
    formatU64(seconds),
    formatOpaque(origin),
    formatU64(0n),
    formatU64(BigInt(size)),
    root,
  ]);
}

function formatOpaque(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.byteLength > NAME_BYTES)
    throw cryptoErrors.note_invalid(
      `a cosigned name has at most ${NAME_BYTES} bytes, this has ${bytes.byteLength}`,
    );
  return Buffer.concat([Uint8Array.of(bytes.byteLength), bytes]);
}

function formatU64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
