// The timestamp of a Notary signature (signature-specification.md, "Unsigned Attributes"): an RFC 3161 token over the
// signature's bytes, which lets it outlive its certificate. What the authority answers is verified as a verifier does
// it, under the roots that were named, before it is sealed in: a stamp that nobody could believe is not handed out.
import type { NotationAlgorithm } from '../../formats/notation/algorithm.ts';
import type { Certificate } from '../../formats/notation/certificate.ts';
import { checkValidAt } from '../../formats/notation/chain.ts';
import { verifyTimestamp } from '../../formats/notation/timestamp-token.ts';
import type { MessageHash } from '../../formats/x509/algorithm.ts';
import { parseTimestampToken } from '../../formats/x509/timestamp-token.ts';

export interface StampSource {
  /** TimeStampResp over the hash of these bytes, or the bare token. */
  readonly ask: (signature: Uint8Array, hash: MessageHash) => Promise<Uint8Array>;
  /** Self-signed, of the authorities whose word is taken. */
  readonly roots: readonly Certificate[];
}

export interface Stamp {
  /** TimeStampToken, DER. */
  readonly token: Uint8Array;
  /** When the signature was there at the latest. Epoch milliseconds. */
  readonly latestMs: number;
  /** The subject of who stamped, for people. */
  readonly authority: string;
}

const hashes: Readonly<Record<NotationAlgorithm, MessageHash>> = Object.freeze({
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
});

/**
 * `chain` is who signed: valid when it was stamped, else the stamp would refuse what it should carry
 * (`notation.chain_invalid`). `notation.timestamp_invalid`, `x509.timestamp_invalid`, and what asking throws.
 */
export async function stampSignature(
  { ask, roots }: StampSource,
  signed: {
    readonly signature: Uint8Array;
    readonly algorithm: NotationAlgorithm;
    readonly chain: readonly Certificate[];
  },
): Promise<Stamp> {
  const answer = await ask(signed.signature, hashes[signed.algorithm]);
  const { token } = parseTimestampToken(answer);
  const { earliestMs, latestMs, chain } = verifyTimestamp(token, signed.signature, roots);
  checkValidAt(signed.chain, earliestMs, latestMs);
  return { token, latestMs, authority: chain[0]?.subjectText ?? '' };
}
