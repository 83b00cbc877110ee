// What the commands of trust are handed beside the rest of the world: the trusted roots that this user keeps, and the
// repository of the instance whose data folder is configured.
import type { RingKey } from '../../io/keys/key-ring.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { TrustedRoots } from '../../io/tuf/trusted-roots.ts';

/** The repository of this machine's instance; it may hold nothing yet. */
export interface TrustRepository {
  readonly store: TufStore;
  /** Where a person finds it. */
  readonly place: string;
}

export interface TrustWorld {
  openRoots(): Promise<TrustedRoots>;
  openRepository(): Promise<TrustRepository>;
  /** Where the repository behind an address is: there, or where an instance has its own. */
  findRepository(address: string): Promise<string>;
  /** The first root of a repository, trusted by nobody yet. */
  fetchFirstRoot(url: string): Promise<Uint8Array>;
  /** A private key, in a file or in a place of keys. The passphrase is asked for where a file wants one. */
  openKey(reference: string, passphrase: () => Promise<string>): Promise<SigningKey>;
  /** A key of the folder that was carried away, by what the instance calls it. `keys.*` */
  openRootKey(folder: string, reference: string): Promise<SigningKey>;
  /** A key of an authority's root, new, in such a folder; durable. `keys.file_unwritable` */
  createRootKey(folder: string): Promise<RingKey>;
}
