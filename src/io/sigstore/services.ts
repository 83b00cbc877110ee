// What signing asks of others: a certificate for a key, a log's entry, a time. The port between whoever signs and the
// clients here; an instance's own authority stands behind it too, in tests and wherever no wire lies between.
import type { LogEntryParts } from '../../formats/sigstore/log-entry.ts';
import type { SignedLogEntry } from '../../formats/sigstore/signed-log-entry.ts';
import type { MessageHash } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../keys/signing-key.ts';

export interface SigningServices {
  /**
   * The certificate, DER, of a key for the identity that the token proves. Absent where no authority is known.
   * `signing.token_invalid`, `signing.identity_refused`, and what all of them throw: `signing.service_failed`,
   * `signing.answer_invalid`, the `net.*` codes.
   */
  readonly certify?: (key: SigningKey, token: string) => Promise<Uint8Array>;
  /** Each is to have the entry; may be empty. */
  readonly logs: readonly EntryLog[];
  /** Each is to stamp the signature; may be empty. */
  readonly stampers: readonly Stamper[];
}

/** TimeStampResp over the hash of the signature, SHA-256 unless another is named. */
export type Stamper = (signature: Uint8Array, hash?: MessageHash) => Promise<Uint8Array>;

/** Its address, as people are told of it. */
export interface EntryLog {
  readonly url: string;
  append(signed: SignedEnvelope): Promise<SignedLogEntry>;
}

/** A DSSE envelope of one signature, and who verifies it. */
export interface SignedEnvelope extends LogEntryParts {
  readonly payloadType: string;
  readonly payload: Uint8Array;
}
