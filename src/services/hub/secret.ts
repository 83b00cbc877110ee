// Secrets of access tokens: `plms_`, 32 characters of chance (190 bits), and a checksum of 6. The checksum is no
// protection; it tells a typo from a secret without a look-up, and lets scanners find leaked ones without doubt.
// Chance of this size cannot be guessed, so that a fast hash keeps it as safe as a slow one would.
import { crc32 } from 'node:zlib';
import type { Random } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';

const PREFIX = 'plms_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARS = 32;
/** 62 to the 6th is more than 2 to the 32nd. */
const CHECK_CHARS = 6;
/** Bytes from here on would make the first characters of the alphabet likelier. */
const FAIR = 256 - (256 % ALPHABET.length);
const SECRET = /^plms_[0-9A-Za-z]{38}$/;

export function createSecret(random: Random): string {
  let text = '';
  while (text.length < RANDOM_CHARS)
    for (const byte of random.bytes(RANDOM_CHARS))
      if (byte < FAIR && text.length < RANDOM_CHARS) text += ALPHABET[byte % ALPHABET.length];
  return `${PREFIX}${text}${checksumOf(text)}`;
}

/** Whether it begins as a secret does: then it is no password, whatever else it is. */
export function looksLikeSecret(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Whether it could be one: its length, its characters and its checksum. */
export function isSecret(text: string): boolean {
  if (!SECRET.test(text)) return false;
  const random = text.slice(PREFIX.length, -CHECK_CHARS);
  return checksumOf(random) === text.slice(-CHECK_CHARS);
}

/** What is kept. Found again by this hash, whose every bit depends on the secret's: no comparison leaks anything. */
export function hashSecret(secret: string): string {
  return hashHex('sha256', secret);
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let spelled = '';
  for (let at = 0; at < CHECK_CHARS; at += 1) {
    spelled = `${ALPHABET[rest % ALPHABET.length]}${spelled}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return spelled;
}
