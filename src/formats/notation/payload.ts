// signature-specification.md, "Payload": a JSON document with the descriptor of what is signed. A person's own
// metadata are annotations of that descriptor; names under io.cncf.notary are the specification's.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, parseJson, stableJson } from '../../kit/json.ts';
import { type Descriptor, formatDescriptor, readDescriptor } from '../oci/descriptor.ts';
import { payloadType } from './attribute.ts';
import { notationErrors } from './errors.ts';

const RESERVED = 'io.cncf.notary';

/** The descriptor that was signed; `notation.payload_invalid`. */
export function parsePayload(bytes: Uint8Array, contentType: string): Descriptor {
  if (contentType !== payloadType)
    throw notationErrors.payload_invalid(
      `what is signed is ${contentType.slice(0, 100)}, and ${payloadType} would be right`,
    );
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw notationErrors.payload_invalid('what is signed is not a JSON object');
  try {
    return readDescriptor(value.targetArtifact, 'targetArtifact');
  } catch (cause) {
    throw notationErrors.payload_invalid(`what is signed names no artifact: ${describeError(cause)}`, {
      cause,
    });
  }
}

/**
 * The payload's bytes for an artifact: its media type, digest and size, and the metadata as annotations; other
 * members of the descriptor are not signed, as notation does not. `notation.metadata_reserved`.
 */
export function formatPayload(
  target: Descriptor,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const reserved = Object.keys(metadata).find((name) => name.startsWith(RESERVED));
  if (reserved !== undefined)
    throw notationErrors.metadata_reserved(
      `"${reserved}" begins with ${RESERVED}, which is the specification’s`,
    );
  const { mediaType, digest, sizeBytes } = target;
  const targetArtifact = formatDescriptor({
    mediaType,
    digest,
    sizeBytes,
    ...(Object.keys(metadata).length === 0 ? {} : { annotations: metadata }),
  });
  return Buffer.from(stableJson({ targetArtifact }));
}
