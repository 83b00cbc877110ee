// DER (X.690 §10), written: each function gives one value with its tag and length, and takes the values inside it
// as they were written. asn1js spells the primitive ones. Nothing here reads; asn1.ts does.
import {
  BitString,
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  PrintableString,
  UTCTime,
  Utf8String,
} from 'asn1js';
import { asn1Tags, formatAsn1 } from './asn1.ts';

export type Der = Uint8Array;

const NULL = 0x05;
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;
/** UTCTime has two digits for the year; RFC 5280 §4.1.2.5 has it end with 2049. */
const LAST_UTC_YEAR = 2049;

export function derSequence(...parts: readonly Der[]): Der {
  return formatAsn1(asn1Tags.sequence, parts);
}

/** SET OF: its elements in the order of their encodings, as DER has it (X.690 §11.6). */
export function derSet(...parts: readonly Der[]): Der {
  return formatAsn1(
    asn1Tags.set,
    parts.toSorted((one, other) => Buffer.compare(one, other)),
  );
}

export function derOctets(...parts: readonly Der[]): Der {
  return formatAsn1(asn1Tags.octets, parts);
}

/** [tag] around whole values: EXPLICIT, or IMPLICIT over a constructed one whose content is handed over. */
export function derWrapped(tag: number, ...parts: readonly Der[]): Der {
  return formatAsn1(CONTEXT | CONSTRUCTED | tag, parts);
}

/** [tag] IMPLICIT over a primitive value. */
export function derImplicit(tag: number, content: Uint8Array): Der {
  return formatAsn1(CONTEXT | tag, [content]);
}

export function derBoolean(value: boolean): Der {
  return formatAsn1(asn1Tags.boolean, [Uint8Array.of(value ? 0xff : 0)]);
}

export function derNull(): Der {
  return formatAsn1(NULL, []);
}

export function derOid(oid: string): Der {
  return bytesOf(new ObjectIdentifier({ value: oid }));
}

/** A small one, or the bytes of a positive one, most significant first. */
export function derInteger(value: number | Uint8Array): Der {
  if (typeof value === 'number') return bytesOf(new Integer({ value }));
  const first = value.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : value.subarray(first);
  // A first bit of 1 would make it negative.
  const content = (digits[0] as number) >= 0x80 ? Buffer.concat([Uint8Array.of(0), digits]) : digits;
  return formatAsn1(asn1Tags.integer, [content]);
}

export function derBits(content: Uint8Array, unusedBits = 0): Der {
  return bytesOf(new BitString({ valueHex: Uint8Array.from(content).buffer, unusedBits }));
}

export function derUtf8(text: string): Der {
  return bytesOf(new Utf8String({ value: text }));
}

/** Letters, digits and a few marks (X.680 §41.4). */
export function derPrintable(text: string): Der {
  return bytesOf(new PrintableString({ value: text }));
}

/** To the second: UTCTime until 2049, then GeneralizedTime (RFC 5280 §4.1.2.5). */
export function derTime(epochMs: number): Der {
  const date = wholeSecond(epochMs);
  return date.getUTCFullYear() <= LAST_UTC_YEAR
    ? bytesOf(new UTCTime({ valueDate: date }))
    : derGeneralizedTime(epochMs);
}

/** To the second, rounded down. */
export function derGeneralizedTime(epochMs: number): Der {
  return bytesOf(new GeneralizedTime({ valueDate: wholeSecond(epochMs) }));
}

function wholeSecond(epochMs: number): Date {
  return new Date(Math.floor(epochMs / 1000) * 1000);
}

function bytesOf(block: { toBER(): ArrayBuffer }): Der {
  return new Uint8Array(block.toBER());
}
