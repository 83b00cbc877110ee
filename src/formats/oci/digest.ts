// A content digest as image-spec descriptor.md spells it: `algorithm:hex`. sha256 and sha512 are
// the registered algorithms; others are refused, since nobody could check them.
// `Digest` is minted here alone: holding one means that it was parsed or computed.
import { createRunningHash, hashHex, type RunningHash } from '../../kit/hash.ts';
import { ociErrors } from './errors.ts';

declare const digestBrand: unique symbol;
/** A parsed digest, e.g. `sha256:9f86d0…` (64 or 128 lower-case hex digits). */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The digest, or `oci.digest_invalid`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw ociErrors.digest_invalid(`"${shown}" is not a sha256 or sha512 digest`);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function digestHex(digest: Digest): string {
  return digest.slice(7);
}

/** The digest of bytes already in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hashHex(algorithm, bytes)}` as Digest;
}

/** A running digest for bytes that pass by. */
export interface RunningDigest extends Pick<RunningHash, 'update' | 'sizeBytes'> {
  digest(): Digest;
}

export function createRunningDigest(algorithm: DigestAlgorithm = 'sha256'): RunningDigest {
  const inner = createRunningHash(algorithm);
  return {
    update: (chunk) => inner.update(chunk),
    get sizeBytes() {
      return inner.sizeBytes;
    },
    digest: () => `${algorithm}:${inner.hex()}` as Digest,
  };
}

/** `sha256:7c1e…40b9` cut for people: the first 12 hex digits. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}
