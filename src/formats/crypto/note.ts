// Signed notes (C2SP signed-note): a text, an empty line, and a signature line for each key. Ed25519 (type 0x01)
// alone is made and checked; lines of other keys, as a witness's, are left aside as the specification has it.
// What a note says must not be looked at before `verifyNote` gave it.
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { cryptoErrors } from './errors.ts';

/** Whose signature is believed. */
export interface NoteKey {
  /** Without spaces and plus, as `images.example.org/tlog`. */
  readonly name: string;
  /** SHA-256(name, line feed, 0x01, public key), the first four bytes in hex. */
  readonly id: string;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

export interface NoteSigner {
  readonly key: NoteKey;
  /** The note of a text, which must end with a line feed. */
  sign(text: string): string;
}

const ED25519 = Uint8Array.of(1);
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** PKCS #8 around a raw Ed25519 seed, and SubjectPublicKeyInfo around a raw public key (RFC 8410 §4, §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Unicode spaces and plus are not part of a name. */
const NAME = /^[^\s\p{Z}\p{Cc}+]+$/u;

/** The signer of a raw 32-byte seed; `crypto.key_invalid` where the name cannot be one. */
export function createNoteSigner(name: string, seed: Uint8Array): NoteSigner {
  if (seed.byteLength !== SEED_BYTES) throw cryptoErrors.key_invalid('an Ed25519 seed has 32 bytes');
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = noteKey(name, publicKey.subarray(SPKI_PREFIX.length));
  return {
    key,
    sign(text) {
      if (!isNoteText(text)) throw cryptoErrors.note_invalid('a note’s text ends with a line feed');
      return formatNote(text, key, sign(null, Buffer.from(text), privateKey));
    },
  };
}

/** The note of a text and the signature over it, for a key that is kept elsewhere; `crypto.note_invalid`. */
export function formatNote(text: string, { name, id }: NoteKey, signature: Uint8Array): string {
  if (!isNoteText(text)) throw cryptoErrors.note_invalid('a note’s text ends with a line feed');
  return `${text}\n— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`;
}

/** `NAME+ID+KEY`, as the Go checksum database spells a verifier key. */
export function formatNoteKey({ name, id, publicKey }: NoteKey): string {
  return `${name}+${id}+${Buffer.concat([ED25519, publicKey]).toString('base64')}`;
}

/** `crypto.key_invalid`: not of that form, not Ed25519, or an id that is not its own. */
export function parseNoteKey(text: string): NoteKey {
  const shown = text.slice(0, 200);
  const [, name = '', id, encoded = ''] = /^([^+]{1,255})\+([0-9a-f]{8})\+([\w+/=]{1,100})$/.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  if (bytes === undefined || bytes.byteLength !== SEED_BYTES + 1 || bytes[0] !== ED25519[0])
    throw cryptoErrors.key_invalid(`"${shown}" is not NAME+ID+KEY of an Ed25519 key`);
  const key = noteKey(name, bytes.subarray(1));
  if (key.id !== id) throw cryptoErrors.key_invalid(`"${shown}" has the id ${id}; its key has ${key.id}`);
  return key;
}

/**
 * The text of a note that this key signed. `crypto.note_invalid`; `crypto.note_untrusted` where no line is the
 * key's, or one is and does not hold.
 */
export function verifyNote(note: string, key: NoteKey): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (own.length === 0)
    throw cryptoErrors.note_untrusted(
      `the note is not signed by ${key.name}+${key.id} but by ${signatures.map(({ name, id }) => `${name}+${id}`).join(', ')}`,
    );
  const publicKey = readPublicKey(key.publicKey);
  if (!own.every(({ signature }) => isSigned(text, signature, publicKey)))
    throw cryptoErrors.note_untrusted(`the signature of ${key.name}+${key.id} does not hold for the note`);
  return text;
}

/** One line of a note: the key by name and id (four bytes, hex), and what it signed the text with. */
export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

/**
 * A note taken apart, of any kinds of keys; `crypto.note_invalid`. For those that know keys which `verifyNote` does
 * not: nothing of it is believed before one of its signatures was checked.
 */
export function parseNote(note: string): {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
} {
  if (note.length > limits.noteChars)
    throw cryptoErrors.note_invalid(
      `a note has at most ${limits.noteChars} characters, this has ${note.length}`,
    );
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split('\n');
  if (end < 0 || !isNoteText(text) || lines.pop() !== '' || lines.length === 0)
    throw cryptoErrors.note_invalid('a note is text, an empty line, and lines of signatures');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
  const bytes = isNoteName(name) ? decodeBase64(encoded) : undefined;
  if (bytes === undefined || bytes.byteLength < 5)
    throw cryptoErrors.note_invalid(`"${line.slice(0, 100)}" is not the line of a signature`);
  return { name, id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) };
}

/** Whether a key can be called so. */
export function isNoteName(text: string): boolean {
  return NAME.test(text);
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

function isSigned(text: string, signature: Uint8Array, key: KeyObject): boolean {
  return signature.byteLength === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature);
}

/** The key of this name; 32 bytes. `crypto.key_invalid` */
export function noteKey(name: string, publicKey: Uint8Array): NoteKey {
  if (!isNoteName(name)) throw cryptoErrors.key_invalid(`"${name}" is not the name of a key`);
  const id = Buffer.from(noteKeyHash(name, publicKey)).toString('hex').slice(0, 8);
  return Object.freeze({ name, id, publicKey });
}

/** SHA-256(name, line feed, 0x01, key): whole, it is the id that Sigstore gives a log of tiles. */
export function noteKeyHash(name: string, publicKey: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ED25519, publicKey]), 'buffer');
}

function readPublicKey(raw: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  } catch (cause) {
    throw cryptoErrors.key_invalid('the key is no point of Ed25519', { cause });
  }
}

/** Standard base64 with its padding, spelt in the one right way. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
