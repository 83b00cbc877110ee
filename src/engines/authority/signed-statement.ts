// One statement signed with one key, stamped with its time and logged, as the bundle that proves all of it. Whose
// key it is, the certificate says, or whoever verifies knows already.
import { hash } from 'node:crypto';
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import type { LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { EntryLog } from './entry-log.ts';
import { sealStatement } from './seal-statement.ts';
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
  const { bundle, entries } = await sealStatement(signer, statement, {
    logs: [(sealed) => log.append(formatLogEntry(sealed))],
    stampers: [
      (signature) =>
        stamper.stamp({
          hash: 'sha256',
          imprint: hash('sha256', signature, 'buffer'),
          wantsCertificate: true,
        }),
    ],
  });
  return { bundle, predicateType: statement.predicateType, entry: entries[0] as LoggedEntry };
}
