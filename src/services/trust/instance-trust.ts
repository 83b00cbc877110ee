// What the rest of the server asks of the instance's trust: to sign what the instance itself says, and what verifiers
// need for it. Behind it keys change while the server runs; who holds this never sees one.
import type { Identity } from '../../engines/authority/identity.ts';
import type { SignedStatement } from '../../engines/authority/signed-statement.ts';
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';

export interface InstanceTrust {
  /** The instance in its own certificates: issuer and subject are the address that clients reach it at. */
  readonly identity: Identity;
  /**
   * A statement of the instance itself, signed with a key that is made for it and forgotten, stamped and logged. Throws
   * what `Authority.signFor` throws.
   */
  signAsInstance(statement: StatementParts): Promise<SignedStatement & { readonly certificate: Uint8Array }>;
  /** `trusted_root.json` as it is now, UTF-8: former generations of keys stay in it. */
  readTrustedRoot(): Promise<Uint8Array>;
  /** `signing_config.json` as it is now, UTF-8. */
  readSigningConfig(): Promise<Uint8Array>;
}
