// One statement signed with one key, stamped with its time and logged, as the bundle that proves all of it. Whose
// key it is, the certificate says, or whoever verifies knows already.
import { hash } from 'node:crypto';
import { formatPae, intotoPayloadType } from '../../formats/sigstore/envelope.ts';
import { formatStatement, type StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import { formatBundle, type LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { algorithmOfKey, hashOfAlgorithm, keyDetailsOf } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { EntryLog } from './entry-log.ts';
import { authorityErrors } from './errors.ts';
import type { Stamper } from './stamper.ts';

/** A statement and everything that proves who signed it and when. */
export interface SignedStatement {
  /** Sigstore bundle v0.3, UTF-8 JSON. */
  readonly bundle: Uint8Array;
  readonly predicateType: string;
  readonly entry: LoggedEntry;
}

export interface Proofs {
  readonly stamper: Stamper;
  readonly log: EntryLog;
}

/**
 * Signs with the key. `certificate` is DER of its certificate; where there is none, the bundle names the key by its
 * hash, as cosign does, and who verifies must have it. `authority.key_unsuitable` unless the key is P-256 or RSA, and
 * what the key, the stamper and the log throw.
 */
export async function signStatement(
  signer: { readonly key: SigningKey; readonly certificate?: Uint8Array },
  statement: StatementParts,
  { stamper, log }: Proofs,
): Promise<SignedStatement> {
  const { key, certificate } = signer;
  const algorithm = algorithmOfKey(key.publicKey);
  // The log's entry is over SHA-256 of what was signed, and so must the signature be: nothing else verifies.
  if (hashOfAlgorithm(algorithm) !== 'sha256')
    throw authorityErrors.key_unsuitable(
      `statements are signed with a P-256 or RSA key, not with ${algorithm}`,
    );
  const payload = formatStatement(statement);
  const signed = formatPae(intotoPayloadType, payload);
  const signature = await key.sign(signed, algorithm);
  const [timestamp, entry] = await Promise.all([
    stamper.stamp({ hash: 'sha256', imprint: hash('sha256', signature, 'buffer'), wantsCertificate: true }),
    log.append(
      formatLogEntry({
        digest: hash('sha256', signed, 'buffer'),
        signature,
        keyDetails: keyDetailsOf(key.publicKey),
        verifier:
          certificate === undefined
            ? { kind: 'key', publicKey: key.publicKey }
            : { kind: 'certificate', der: certificate },
      }),
    ),
  ]);
  const bundle = formatBundle({
    payloadType: intotoPayloadType,
    payload,
    signature,
    signer:
      certificate === undefined
        ? { kind: 'key', hint: hash('sha256', key.publicKey, 'base64') }
        : { kind: 'certificate', der: certificate },
    entry,
    timestamps: [timestamp],
  });
  return { bundle, predicateType: statement.predicateType, entry };
}
