// A signature envelope of the Notary Project (signature-specification.md, "Signature Envelope"), whatever it is
// written in. Parsing says what the envelope claims; nothing of it is proven before the signature was checked
// against the first certificate, and that certificate against a store.
import { formatSize } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { parseCose } from './cose.ts';
import { notationErrors } from './errors.ts';
import { parseJws } from './jws.ts';
import type { EnvelopeParts } from './parts.ts';

export interface NotationEnvelope extends EnvelopeParts {
  readonly mediaType: NotationMediaType;
}

export type NotationMediaType = 'application/jose+json' | 'application/cose';

/**
 * The envelope. `notation.envelope_invalid` (another media type, too long, not of its form),
 * `notation.attribute_invalid`, `notation.algorithm_unsupported`. Attributes that are critical and unknown are
 * kept: `checkCritical` refuses them.
 */
export function parseEnvelope(bytes: Uint8Array, mediaType: string): NotationEnvelope {
  if (bytes.byteLength > limits.notationEnvelopeBytes)
    throw notationErrors.envelope_invalid(
      `a signature envelope has at most ${formatSize(limits.notationEnvelopeBytes)}, this has ${formatSize(bytes.byteLength)}`,
    );
  if (mediaType === 'application/jose+json') return { mediaType, ...parseJws(bytes) };
  if (mediaType === 'application/cose') return { mediaType, ...parseCose(bytes) };
  throw notationErrors.envelope_invalid(
    `"${mediaType.slice(0, 100)}" is not an envelope’s media type: application/jose+json and application/cose are`,
  );
}
