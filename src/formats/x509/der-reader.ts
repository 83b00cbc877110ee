// Foreign DER, read with asn1js within bounds: its depth, its number of values and its length. What is handed out
// are asn1js' blocks; `rawOf` gives the bytes that a signature is over, as they came.
import { type BaseBlock, Constructed, fromBER, ObjectIdentifier, OctetString } from 'asn1js';
import type { ErrorFactory } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';

/** Levels of values within values; a timestamp has some 15. */
const DEPTH = 40;

/** The one value that the bytes are, or `invalid`. */
export function readDer(bytes: Uint8Array, what: string, invalid: ErrorFactory): BaseBlock {
  if (bytes.byteLength > limits.derBytes)
    throw invalid(`${what} has ${bytes.byteLength} bytes, over ${limits.derBytes}`);
  let read: ReturnType<typeof fromBER>;
  try {
    // A copy: asn1js keeps views, and a Buffer's may be of a pool that is written again.
    read = fromBER(Uint8Array.from(bytes), {
      maxDepth: DEPTH,
      maxNodes: limits.derValues,
      maxContentLength: limits.derBytes,
      parseEmbedded: false,
    });
  } catch (cause) {
    throw invalid(`${what} is not DER`, { cause });
  }
  if (read.offset !== bytes.byteLength) throw invalid(`${what} is not one whole DER value`);
  return read.result as BaseBlock;
}

/** The values in a SEQUENCE, a SET or a constructed [tag]; `invalid` of anything else. */
export function partsOf(
  block: BaseBlock | undefined,
  what: string,
  invalid: ErrorFactory,
): readonly BaseBlock[] {
  if (!(block instanceof Constructed)) throw invalid(`${what} is not a sequence`);
  return block.valueBlock.value as unknown as readonly BaseBlock[];
}

export function oidOf(block: BaseBlock | undefined, what: string, invalid: ErrorFactory): string {
  if (!(block instanceof ObjectIdentifier)) throw invalid(`${what} is not an object identifier`);
  return block.getValue();
}

/** The content of an OCTET STRING. */
export function octetsOf(block: BaseBlock | undefined, what: string, invalid: ErrorFactory): Uint8Array {
  if (!(block instanceof OctetString) || block.idBlock.isConstructed)
    throw invalid(`${what} is not an octet string`);
  return block.valueBlock.valueHexView;
}

/** The value's own bytes, with its tag and length, as they were read. */
export function rawOf(block: BaseBlock): Uint8Array {
  return block.valueBeforeDecodeView;
}

/** Whether the value is [tag] of the context. */
export function isContext(block: BaseBlock | undefined, tag: number): block is BaseBlock {
  return block?.idBlock.tagClass === 3 && block.idBlock.tagNumber === tag;
}
