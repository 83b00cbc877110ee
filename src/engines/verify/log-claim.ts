// Whether a log's entry says exactly this: the same signature, the same key or certificate, over the same bytes.
// An entry about something else proves that something else was logged.
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { formatPae } from '../../formats/sigstore/envelope.ts';
import type { HashName } from '../../formats/sigstore/hash-name.ts';
import {
  type LogClaim,
  parseLogClaim,
  type SignedLogEntry,
} from '../../formats/sigstore/signed-log-entry.ts';
import { parsePem } from '../../formats/x509/pem.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { digestBytes, isSameBytes } from './public-key.ts';

/** What the entry must be about. */
export interface Claimed {
  readonly content: Bundle['content'];
  /** The message that was signed, where its bytes are known. */
  readonly message: Uint8Array | undefined;
  /** DER: the signer's certificate, if any, and its key. */
  readonly certificate: Uint8Array | undefined;
  readonly publicKey: Uint8Array;
}

/** Why it does not; undefined where it does. */
export function findClaimFault(entry: SignedLogEntry, claimed: Claimed): string | undefined {
  try {
    const claim = parseLogClaim(entry.body);
    const { kind } = entry;
    if (kind !== undefined && (kind.name !== claim.name || kind.version !== claim.version))
      return `it is called ${kind.name} ${kind.version} and is ${claim.name} ${claim.version}`;
    if (claim.signature !== undefined && !isSameBytes(claim.signature, claimed.content.signature))
      return 'the log has another signature';
    if (!isSameKey(claim, claimed)) return 'the log has another certificate or key';
    return judgeHash(claim, claimed) ? undefined : 'the log has it of something else';
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return cause.message;
  }
}

/**
 * Of a certificate's signature the log must have the certificate: an entry by its bare key names nobody, so that whoever
 * watches the log for an identity would never see that it signed.
 */
function isSameKey({ verifier }: LogClaim, { certificate, publicKey }: Claimed): boolean {
  const text = Buffer.from(verifier).toString('latin1');
  const label = text.includes('-----BEGIN CERTIFICATE-----') ? 'CERTIFICATE' : 'PUBLIC KEY';
  const [der] = text.startsWith('-----BEGIN ') ? parsePem(text, label) : [verifier];
  if (der === undefined) return false;
  return isSameBytes(der, certificate ?? publicKey);
}

function judgeHash(claim: LogClaim, { content, message }: Claimed): boolean {
  const of = (bytes: Uint8Array | undefined): boolean =>
    bytes !== undefined && isSameBytes(digestBytes(claim.algorithm, bytes), claim.hash);
  if (content.kind === 'envelope') {
    if (claim.of === 'payload') return of(content.payload);
    if (claim.of === 'envelope') return of(content.source);
    return of(formatPae(content.payloadType, content.payload));
  }
  if (claim.of !== 'message') return false;
  if (message !== undefined) return of(message);
  // Only its hash is known: that the hash is the artifact's is the subject check's to say.
  return isHint(content.digest, claim.algorithm, claim.hash);
}

function isHint(
  digest: { readonly algorithm: HashName; readonly hash: Uint8Array } | undefined,
  algorithm: HashName,
  hash: Uint8Array,
): boolean {
  return digest !== undefined && digest.algorithm === algorithm && isSameBytes(digest.hash, hash);
}
