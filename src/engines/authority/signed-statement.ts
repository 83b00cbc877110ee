// One statement signed with one key, stamped with its time and logged, as the bundle that proves all of it. Whose
// key it is, the certificate says, or whoever verifies knows already.
import { hash } from 'node:crypto';
import { formatStatement, type StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import { formatPae, intotoPayloadType } from '../../formats/sigstore/pae.ts';
import { formatBundle, type LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { algorithmOfKey, keyDetailsOf } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { EntryLog } from './entry-log.ts';
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
 * hash, as cosign does, and who verifies must have it. What the key, the stamper and the log throw.
 */
export async function signStatement(
  signer: { readonly key: SigningKey; readonly certificate?: Uint8Array },
  statement: StatementParts,
  { stamper, log }: Proofs,
): Promise<SignedStatement> {
  const { key, certificate } = signer;
  const payload = formatStatement(statement);
  const signed = formatPae(intotoPayloadType, payload);
  const signature = await key.sign(signed, algorithmOfKey(key.publicKey));
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
