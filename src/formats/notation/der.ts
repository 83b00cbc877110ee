// Walking the ASN.1 of a timestamp token, which is CMS and may be BER (RFC 5652 §2): authorities are met that write
// lengths so, and formats/x509 reads DER alone. Each step says what it expects, and what is something else ends with
// one plain error, which the caller gives its code. Certificates are not read with it.
import { type BaseBlock, Constructed, fromBER, Integer, ObjectIdentifier, OctetString } from 'asn1js';

export type Asn1 = BaseBlock;

/** The value of all the bytes; throws a plain error where they are no ASN.1 or go on after it. */
export function parseDer(bytes: Uint8Array): Asn1 {
  const { offset, result } = fromBER(bytes);
  if (offset !== bytes.byteLength || result.error !== '') throw new TypeError('not ASN.1, or more than that');
  return result;
}

/** What stands in a sequence, set or constructed tag. */
export function childrenOf(block: Asn1 | undefined): readonly Asn1[] {
  if (!(block instanceof Constructed)) throw new TypeError('a sequence is missing');
  return block.valueBlock.value as Asn1[];
}

export function oidOf(block: Asn1 | undefined): string {
  if (!(block instanceof ObjectIdentifier)) throw new TypeError('an object identifier is missing');
  return block.valueBlock.toString();
}

export function octetsOf(block: Asn1 | undefined): Uint8Array {
  if (!(block instanceof OctetString)) throw new TypeError('an octet string is missing');
  return new Uint8Array(block.getValue());
}

/** A whole number that fits. */
export function integerOf(block: Asn1 | undefined): number {
  if (!(block instanceof Integer)) throw new TypeError('a number is missing');
  const value = Number(block.toBigInt());
  if (!Number.isSafeInteger(value)) throw new TypeError('a number is too large');
  return value;
}

/** Content octets as they stand, of a primitive of any tag. */
export function contentOf(block: Asn1 | undefined): Uint8Array {
  if (block === undefined) throw new TypeError('a value is missing');
  const { lenBlock, valueBeforeDecodeView: all } = block;
  return all.subarray(all.byteLength - lenBlock.length);
}

/** The whole encoding as it stood. */
export function bytesOf(block: Asn1 | undefined): Uint8Array {
  if (block === undefined) throw new TypeError('a value is missing');
  return block.valueBeforeDecodeView;
}

/** The member with that context tag, or undefined. */
export function taggedOf(blocks: readonly Asn1[], tag: number): Asn1 | undefined {
  return blocks.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === tag);
}
