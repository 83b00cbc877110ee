// The members of one huge JSON object, one after the other, from a stream (RFC 8259). Only one member is
// in memory at a time. The outermost structure is walked by bytes; each member's value is left to
// JSON.parse. A document that is cut, has text after its end, or is no object is refused.
import { type ByteStream, concatBytes, decodeUtf8 } from '../../../kit/bytes.ts';

export interface JsonMember {
  readonly key: string;
  readonly value: unknown;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;

/** Yields `key: value` pairs in order; `refuse` makes the error for whatever is wrong. */
export async function* readJsonMembers(
  stream: ByteStream,
  limitBytes: number,
  refuse: (why: string) => Error,
): AsyncGenerator<JsonMember> {
  const scan: Scan = { depth: 0, isInText: false, isEscaped: false };
  const member = createBuffer(limitBytes, refuse);
  let seen: 'nothing' | 'open' | 'members' | 'end' = 'nothing';
  for await (const chunk of stream) {
    let from = 0;
    for (let at = nextEdge(chunk, 0, scan); at >= 0; at = nextEdge(chunk, at + 1, scan)) {
      const byte = chunk[at];
      if (seen === 'nothing') {
        if (byte !== OPEN_OBJECT || !isBlank(chunk, from, at)) throw refuse('it does not begin as an object');
        seen = 'open';
      } else if (seen === 'end' || byte === CLOSE_LIST) {
        throw refuse('it does not end as an object');
      } else {
        member.add(chunk.subarray(from, at));
        const text = member.take();
        if (byte === COMMA || seen === 'members' || text.trim() !== '') yield parseMember(text, refuse);
        seen = byte === COMMA ? 'members' : 'end';
      }
      from = at + 1;
    }
    if (scan.depth > 0) member.add(chunk.subarray(from));
    else if (!isBlank(chunk, from, chunk.byteLength)) throw refuse('it has text outside of the object');
  }
  if (seen !== 'end') throw refuse('it is cut');
}

interface Scan {
  depth: number;
  isInText: boolean;
  isEscaped: boolean;
}

/** The next byte that opens the outermost value, ends a member of it, or closes it; -1 where none is left. */
function nextEdge(chunk: Uint8Array, from: number, scan: Scan): number {
  for (let at = from; at < chunk.byteLength; at += 1) {
    const byte = chunk[at];
    if (scan.isInText) {
      if (scan.isEscaped) scan.isEscaped = false;
      else if (byte === BACKSLASH) scan.isEscaped = true;
      else if (byte === QUOTE) scan.isInText = false;
    } else if (byte === QUOTE) {
      scan.isInText = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      scan.depth += 1;
      if (scan.depth === 1) return at;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      scan.depth -= 1;
      if (scan.depth <= 0) return at;
    } else if (byte === COMMA && scan.depth <= 1) {
      return at;
    }
  }
  return -1;
}

/** Collects the pieces of one member. */
function createBuffer(limitBytes: number, refuse: (why: string) => Error) {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    add(piece: Uint8Array): void {
      sizeBytes += piece.byteLength;
      if (sizeBytes > limitBytes) throw refuse(`a member is larger than ${limitBytes} bytes`);
      pieces.push(piece);
    },
    take(): string {
      const text = decodeUtf8(concatBytes(pieces, sizeBytes));
      if (text === undefined) throw refuse('it is not UTF-8');
      pieces = [];
      sizeBytes = 0;
      return text;
    },
  };
}

function parseMember(text: string, refuse: (why: string) => Error): JsonMember {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(`{${text}}`) as Record<string, unknown>;
  } catch {
    throw refuse(`${JSON.stringify(text.trim().slice(0, 40))} is not a member`);
  }
  const [key, ...more] = Object.keys(parsed);
  if (key === undefined || more.length > 0) throw refuse('a member is not one pair');
  return { key, value: parsed[key] };
}

function isBlank(chunk: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = chunk[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
