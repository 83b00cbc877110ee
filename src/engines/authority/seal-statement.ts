// A statement becomes a signed bundle: the envelope is signed once, then every proof that is wanted is gathered over
// that signature, all at once. Where the proofs come from is the caller's: the own authority, or services over a wire.
// Without any the bundle holds a signature and nothing that says when it was made.
import { hash } from 'node:crypto';
import { formatPae, intotoPayloadType } from '../../formats/sigstore/envelope.ts';
import { formatStatement, type StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import type { LogEntryParts } from '../../formats/sigstore/log-entry.ts';
import { formatBundle, type LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import type { SignedLogEntry } from '../../formats/sigstore/signed-log-entry.ts';
import { algorithmOfKey, hashOfAlgorithm, keyDetailsOf } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { authorityErrors } from './errors.ts';

/** What was signed, as a log is to keep it. */
export interface SealedEnvelope extends LogEntryParts {
  readonly payloadType: string;
  readonly payload: Uint8Array;
}

export interface SealProofs {
  readonly logs: readonly ((sealed: SealedEnvelope) => Promise<LoggedEntry | SignedLogEntry>)[];
  /** TimeStampResp over the signature. */
  readonly stampers: readonly ((signature: Uint8Array) => Promise<Uint8Array>)[];
}

export interface StatementSigner {
  readonly key: SigningKey;
  /** DER; where there is none, the bundle names the key by its hash, as cosign does, and who verifies must have it. */
  readonly certificate?: Uint8Array;
}

/** `authority.key_unsuitable` unless the key is P-256 or RSA; what the key and the proofs throw. */
export async function sealStatement(
  { key, certificate }: StatementSigner,
  statement: StatementParts,
  { logs, stampers }: SealProofs,
): Promise<{ readonly bundle: Uint8Array; readonly entries: readonly (LoggedEntry | SignedLogEntry)[] }> {
  const algorithm = algorithmOfKey(key.publicKey);
  // A log's entry is over SHA-256 of what was signed, and so must the signature be: nothing else verifies.
  if (hashOfAlgorithm(algorithm) !== 'sha256')
    throw authorityErrors.key_unsuitable(
      `statements are signed with a P-256 or RSA key, not with ${algorithm}`,
    );
  const payload = formatStatement(statement);
  const signed = formatPae(intotoPayloadType, payload);
  const signature = await key.sign(signed, algorithm);
  const sealed: SealedEnvelope = {
    payloadType: intotoPayloadType,
    payload,
    digest: hash('sha256', signed, 'buffer'),
    signature,
    keyDetails: keyDetailsOf(key.publicKey),
    verifier:
      certificate === undefined
        ? { kind: 'key', publicKey: key.publicKey }
        : { kind: 'certificate', der: certificate },
  };
  const [timestamps, entries] = await Promise.all([
    Promise.all(stampers.map((stamp) => stamp(signature))),
    Promise.all(logs.map((append) => append(sealed))),
  ]);
  const bundle = formatBundle({
    payloadType: intotoPayloadType,
    payload,
    signature,
    signer:
      certificate === undefined
        ? { kind: 'key', hint: hash('sha256', key.publicKey, 'base64') }
        : { kind: 'certificate', der: certificate },
    entries,
    timestamps,
  });
  return { bundle, entries };
}
