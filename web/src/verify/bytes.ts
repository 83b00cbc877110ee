// Buffer for the pages: the part of Node's that the verifier and the formats below it use, with Node's answers. The
// build puts it in the place of the global (web/vite.config.ts); web/test/verify-bytes.test.ts compares the two.
// What is not here does not exist, so that code which needs more fails to build or to run, and never answers wrongly.

type Encoding = 'utf8' | 'utf-8' | 'hex' | 'base64' | 'base64url' | 'latin1' | 'ascii';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Without its static members, which Buffer's differ from. */
const Plain: new (sizeBytes: number) => Uint8Array<ArrayBuffer> = Uint8Array;

class Bytes extends Plain {
  static from(value: unknown, encoding?: unknown, sizeBytes?: number): Bytes {
    if (typeof value === 'string') return own(encode(value, (encoding ?? 'utf8') as Encoding));
    // A part of memory, which Node shares and this copies: what reads it sees the same.
    if (value instanceof ArrayBuffer)
      return own(new Uint8Array(value, encoding as number | undefined, sizeBytes));
    return own(value as ArrayLike<number>);
  }

  static alloc(sizeBytes: number): Bytes {
    return new Bytes(sizeBytes);
  }

  static concat(parts: readonly Uint8Array[], sizeBytes?: number): Bytes {
    // Of no parts Node makes none, whatever is asked for.
    const all = new Bytes(
      parts.length === 0 ? 0 : (sizeBytes ?? parts.reduce((sum, { byteLength }) => sum + byteLength, 0)),
    );
    let at = 0;
    for (const part of parts) {
      const room = part.subarray(0, all.byteLength - at);
      all.set(room, at);
      at += room.byteLength;
    }
    return all;
  }

  /** -1, 0 or 1, by the first byte that differs, then by length. */
  static compare(one: Uint8Array, other: Uint8Array): -1 | 0 | 1 {
    const shorter = Math.min(one.byteLength, other.byteLength);
    for (let at = 0; at < shorter; at += 1) {
      const difference = (one[at] as number) - (other[at] as number);
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return Math.sign(one.byteLength - other.byteLength) as -1 | 0 | 1;
  }

  override toString(encoding: Encoding = 'utf8'): string {
    switch (encoding) {
      case 'hex':
        return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
      case 'base64':
        return toBase64(this);
      case 'base64url':
        return toBase64(this).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
      case 'latin1':
        return Array.from(this, (byte) => String.fromCharCode(byte)).join('');
      case 'utf8':
      case 'utf-8':
        return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this);
      default:
        throw new TypeError(`no text of bytes as ${encoding}`);
    }
  }

  writeBigUInt64BE(value: bigint, at = 0): number {
    new DataView(this.buffer, this.byteOffset, this.byteLength).setBigUint64(at, value);
    return at + 8;
  }

  writeUInt16BE(value: number, at = 0): number {
    new DataView(this.buffer, this.byteOffset, this.byteLength).setUint16(at, value);
    return at + 2;
  }

  writeUIntBE(value: number, at: number, sizeBytes: number): number {
    let rest = value;
    for (let place = at + sizeBytes - 1; place >= at; place -= 1) {
      this[place] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return at + sizeBytes;
  }
}

function own(bytes: ArrayLike<number>): Bytes {
  const copy = new Bytes(bytes.length);
  copy.set(bytes);
  return copy;
}

function encode(text: string, encoding: Encoding): ArrayLike<number> {
  switch (encoding) {
    case 'hex':
      return fromHex(text);
    case 'base64':
    case 'base64url':
      return fromBase64(text);
    case 'latin1':
    case 'ascii':
      return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 0xff);
    default:
      return new TextEncoder().encode(text);
  }
}

/** Up to the first pair that is none, as Node reads it. */
function fromHex(text: string): readonly number[] {
  const [pairs = ''] = /^(?:[0-9A-Fa-f]{2})*/.exec(text) ?? [];
  return (pairs.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** Either alphabet, up to the padding; what is no letter of them is passed over, as Node does. */
function fromBase64(text: string): readonly number[] {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    if (letter === '=') break;
    const value = BASE64.indexOf(letter === '-' ? '+' : letter === '_' ? '/' : letter);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return bytes;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += 3) {
    const [one = 0, two = 0, three = 0] = bytes.subarray(at, at + 3);
    const all = (one << 16) | (two << 8) | three;
    const letters = [18, 12, 6, 0].map((shift) => BASE64[(all >> shift) & 63]).join('');
    const given = bytes.byteLength - at;
    text += given >= 3 ? letters : given === 2 ? `${letters.slice(0, 3)}=` : `${letters.slice(0, 2)}==`;
  }
  return text;
}

export { Bytes as Buffer };
