// Frames between the server and the process that has a token's module: four bytes of length, most significant first,
// then that much JSON in UTF-8. Bounded before it is kept: a module that writes nonsense ends its process.
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { type Json, parseJson } from '../../../kit/json.ts';
import { keysErrors } from '../errors.ts';

const HEAD_BYTES = 4;

export function formatFrame(value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.byteLength);
  return Buffer.concat([head, body]);
}

/** Bytes as they come in; whole frames out. After `keys.unavailable` nothing of the stream can be read any more. */
export class FrameReader {
  readonly #limitBytes: number;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #wantedBytes = HEAD_BYTES;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): readonly Json[] {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.byteLength;
    const values: Json[] = [];
    // Joined only where a frame is whole, so that many small chunks cost no more than one.
    while (this.#sizeBytes >= this.#wantedBytes) {
      const bytes = Buffer.concat(this.#chunks);
      const endBytes = HEAD_BYTES + this.#readHead(bytes);
      this.#wantedBytes = bytes.byteLength < endBytes ? endBytes : HEAD_BYTES;
      const rest = bytes.byteLength < endBytes ? bytes : bytes.subarray(endBytes);
      if (bytes.byteLength >= endBytes) values.push(readBody(bytes.subarray(HEAD_BYTES, endBytes)));
      this.#chunks = [rest];
      this.#sizeBytes = rest.byteLength;
    }
    return values;
  }

  #readHead(bytes: Buffer): number {
    const sizeBytes = bytes.readUInt32BE();
    if (sizeBytes > this.#limitBytes)
      throw keysErrors.unavailable(`a frame of ${sizeBytes} bytes came, ${this.#limitBytes} are the most`);
    return sizeBytes;
  }
}

function readBody(body: Uint8Array): Json {
  const text = decodeUtf8(body);
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) throw keysErrors.unavailable('a frame came that is not JSON');
  return value;
}
