// Bytes that must be what their descriptor says: digest and size are computed while they pass.
// Invariant: a stream that ends without an error had exactly the declared bytes.
import { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { createRunningDigest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { imageErrors } from './errors.ts';

type Named = Pick<Descriptor, 'digest' | 'sizeBytes'>;

/** The same bytes as a stream, which ends in `images.damaged` on a wrong digest or size. Ends its source with it. */
export function verifiedBlob(source: ByteStream, descriptor: Named): Readable {
  return Readable.from(verifiedBytes(source, descriptor), { objectMode: false, highWaterMark: 256 * 1024 });
}

/** As `verifiedBlob`, pulled. */
export async function* verifiedBytes(source: ByteStream, descriptor: Named): AsyncGenerator<Uint8Array> {
  const running = createRunningDigest(digestAlgorithm(descriptor.digest));
  for await (const chunk of source) {
    running.update(chunk);
    if (running.sizeBytes > descriptor.sizeBytes) throw wrongSize(descriptor, 'more');
    yield chunk;
  }
  if (running.sizeBytes < descriptor.sizeBytes) throw wrongSize(descriptor, `only ${running.sizeBytes}`);
  const actual = running.digest();
  if (actual !== descriptor.digest)
    throw imageErrors.damaged(`${descriptor.digest} has the bytes of ${actual}`);
}

/** Checks bytes in memory against the digest (and size, where one is known); `images.damaged`. */
export function checkBytes(
  bytes: Uint8Array,
  descriptor: Pick<Descriptor, 'digest'> & { readonly sizeBytes?: number },
): void {
  const { digest, sizeBytes } = descriptor;
  if (sizeBytes !== undefined && bytes.byteLength !== sizeBytes)
    throw wrongSize({ digest, sizeBytes }, `${bytes.byteLength}`);
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual !== digest) throw imageErrors.damaged(`${digest} has the bytes of ${actual}`);
}

function wrongSize(descriptor: Named, found: string): Error {
  return imageErrors.damaged(
    `${descriptor.digest} should have ${descriptor.sizeBytes} bytes, but has ${found}`,
  );
}
