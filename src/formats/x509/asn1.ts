// ASN.1 values as plain nodes (X.690 §8, §10: DER). Definite and shortest lengths alone, one-byte tags, nothing
// behind the value. What is signed is always the bytes as they came (`raw`), never a value written anew. Our own
// reader and no library's: it refuses what BER would allow, and costs a tenth, which is most of judging a bundle.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';

export interface Asn1Node {
  /** The first byte: class, constructed, number, as 0x30 for SEQUENCE. */
  readonly tag: number;
  /** Tag, length and content. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  /** Empty where the value is primitive. */
  readonly children: readonly Asn1Node[];
}

export const asn1Tags = Object.freeze({
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  enumerated: 0x0a,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
  numeric: 0x12,
  teletex: 0x14,
  ia5: 0x16,
  visible: 0x1a,
  universal: 0x1c,
  bmp: 0x1e,
});

/** What is thrown, by why the bytes are none: the clause of a sentence. */
export type Refusal = (why: string) => Error;

/** The one value of `bytes`; what `refuse` makes where they are not exactly one DER value of at most `limitBytes`. */
export function parseAsn1(bytes: Uint8Array, refuse: Refusal, limitBytes: number): Asn1Node {
  if (bytes.byteLength > limitBytes) throw refuse(`it is larger than ${limitBytes} bytes`);
  const reading: Reading = { refuse, left: limits.asn1Nodes };
  const node = readNode(bytes, reading, 0);
  if (node.raw.byteLength !== bytes.byteLength) throw refuse('something stands behind its DER value');
  return node;
}

interface Reading {
  readonly refuse: Refusal;
  /** Values that may still come. */
  left: number;
}

/**
 * The values that stand side by side in `bytes`, one after the other; what stands in them is not opened, so that a
 * list of a million costs no more than one. Throws `refuse` at the first that is not DER.
 */
export function* splitAsn1(bytes: Uint8Array, refuse: Refusal): Generator<Asn1Node, void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const value = readHead(bytes.subarray(at), refuse);
    yield { ...value, children: [] };
    at += value.raw.byteLength;
  }
}

/** The value at the start of `bytes`. */
function readNode(bytes: Uint8Array, reading: Reading, depth: number): Asn1Node {
  const { refuse } = reading;
  reading.left -= 1;
  if (depth > limits.asn1Depth || reading.left < 0) throw refuse('it has too many values, or too deep ones');
  const { tag, raw, content } = readHead(bytes, refuse);
  const children: Asn1Node[] = [];
  if ((tag & 0x20) !== 0)
    for (let at = 0; at < content.byteLength; ) {
      const child = readNode(content.subarray(at), reading, depth + 1);
      children.push(child);
      at += child.raw.byteLength;
    }
  return { tag, raw, content, children };
}

function readHead(bytes: Uint8Array, refuse: Refusal): Omit<Asn1Node, 'children'> {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw refuse('it is not DER');
  const digits = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || digits > 4 || bytes.byteLength < 2 + digits) throw refuse('it is not DER');
  let size = digits === 0 ? first : 0;
  for (let at = 0; at < digits; at += 1) size = size * 256 + (bytes[2 + at] as number);
  const start = 2 + digits;
  const isShortest = digits === 0 || (size >= 0x80 && bytes[2] !== 0);
  if (!isShortest || start + size > bytes.byteLength) throw refuse('one of its lengths is not that of DER');
  return { tag, raw: bytes.subarray(0, start + size), content: bytes.subarray(start, start + size) };
}

/** DER of a value around contents that are DER, or bytes. */
export function formatAsn1(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const size = content.byteLength;
  if (size < 0x80) return Buffer.concat([Uint8Array.of(tag, size), content]);
  const hex = size.toString(16);
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Uint8Array.of(tag, 0x80 | digits.byteLength), digits, content]);
}

/** Dotted, as `1.3.6.1.4.1.57264.1.8`; undefined where the node is none. */
export function readOid(node: Asn1Node | undefined): string | undefined {
  if (node?.tag !== asn1Tags.oid || node.content.byteLength > limits.asn1OidBytes) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  let isOpen = true;
  for (const byte of node.content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isOpen = (byte & 0x80) !== 0;
    if (isOpen) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first] = arcs;
  if (first === undefined || isOpen) return undefined;
  const top = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [top, first - top * 40n, ...arcs.slice(1)].join('.');
}

/** A time that stands in certificates and tokens: whole seconds or fractions, UTC. Undefined where it is none. */
export function readTime(node: Asn1Node | undefined): Date | undefined {
  if (node === undefined) return undefined;
  const text = Buffer.from(node.content).toString('latin1');
  const short = node.tag === asn1Tags.utcTime ? /^(\d{2})(\d{10})Z$/.exec(text) : null;
  const full =
    short === null
      ? text
      : `${Number(short[1]) < 50 ? '20' : '19'}${short[1] as string}${short[2] as string}Z`;
  if (short === null && node.tag !== asn1Tags.generalizedTime) return undefined;
  const [, year, month, day, hour, minute, second, part = ''] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\.\d{1,9})?Z$/.exec(full) ?? [];
  if (year === undefined) return undefined;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${part.slice(0, 4)}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The bytes of a BIT STRING without unused bits; undefined where the node is none. */
export function readBits(node: Asn1Node | undefined): Uint8Array | undefined {
  return node?.tag === asn1Tags.bits && node.content[0] === 0 ? node.content.subarray(1) : undefined;
}

/** Numbers of the bits of a BIT STRING that are set, the first is 0; undefined where the node is none. */
export function readBitNumbers(node: Asn1Node | undefined): ReadonlySet<number> | undefined {
  const unused = node?.tag === asn1Tags.bits ? (node.content[0] ?? 8) : 8;
  if (node === undefined || unused > 7) return undefined;
  const numbers = new Set<number>();
  for (const [index, byte] of node.content.subarray(1).entries())
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) numbers.add(index * 8 + bit);
  return numbers;
}

/** A count: an INTEGER from 0 that fits into four bytes; undefined where the node is none. */
export function readCount(node: Asn1Node | undefined): number | undefined {
  if (node?.tag !== asn1Tags.integer) return undefined;
  const { content } = node;
  if (content.byteLength === 0 || content.byteLength > 4 || (content[0] as number) >= 0x80) return undefined;
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The text of a string of any of ASN.1's kinds that stand in names; undefined where the node is none. */
export function readText(node: Asn1Node | undefined): string | undefined {
  switch (node?.tag) {
    case asn1Tags.utf8:
      // A byte order mark would be dropped, and two names that differ by it be one.
      return Buffer.from(node.content.subarray(0, 3)).toString('hex') === 'efbbbf'
        ? undefined
        : decodeUtf8(node.content);
    case asn1Tags.numeric:
    case asn1Tags.printable:
    case asn1Tags.teletex:
    case asn1Tags.ia5:
    case asn1Tags.visible:
      return Buffer.from(node.content).toString('latin1');
    case asn1Tags.bmp:
      return readWideText(node.content, 2);
    case asn1Tags.universal:
      return readWideText(node.content, 4);
    default:
      return undefined;
  }
}

/** Characters of `sizeBytes` each, the first byte first. */
function readWideText(bytes: Uint8Array, sizeBytes: number): string | undefined {
  if (bytes.byteLength % sizeBytes !== 0) return undefined;
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += sizeBytes) {
    const char = bytes.subarray(at, at + sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0);
    if (char > 0x10ffff) return undefined;
    text += String.fromCodePoint(char);
  }
  return text;
}

/** A serial number as text to compare by: lower-case hex without leading zeros; undefined where the node is none. */
export function readSerial(node: Asn1Node | undefined): string | undefined {
  if (node?.tag !== asn1Tags.integer || node.content.byteLength === 0 || node.content.byteLength > 32)
    return undefined;
  return Buffer.from(node.content)
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}
