// What the commands of trust have on a real machine: the user's folder of trusted roots, the data folder's repository,
// and keys in files; each part is loaded when it is asked for.
import { join } from 'node:path';
import type { TrustWorld } from '../entry/cli/trust-world.ts';
import type { Http } from '../io/net/http.ts';
import type { Clock, Random } from '../kit/clock.ts';
import { trustFolders } from './trust-folders.ts';

const ID_CHARS = 8;

export interface TrustWorldParts {
  /** Of what must not be lost without being noticed. */
  readonly stateFolder: string;
  /** The server's. */
  readonly dataFolder: string;
  readonly client: () => Promise<Http>;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the instance's keys; where absent it is in a file beside them. */
  readonly trustPassphrase?: string | undefined;
  readonly signal: AbortSignal;
  /** As the commands that sign open one. */
  readonly openKey: TrustWorld['openKey'];
}

export function createTrustWorld(parts: TrustWorldParts): TrustWorld {
  const { client, clock, signal } = parts;
  return {
    async openRoots() {
      const { createTrustedRoots } = await import('../io/tuf/trusted-roots.ts');
      const folder = join(parts.stateFolder, 'trusted-roots');
      return createTrustedRoots({ folder, http: client, clock, signal });
    },
    async openRepository() {
      const { createFilesystemTufStore } = await import('../io/tuf/filesystem.ts');
      const place = join(parts.dataFolder, trustFolders.repository);
      return { store: createFilesystemTufStore(place), place };
    },
    async findRepository(address) {
      const { findRepository } = await import('../io/tuf/find-repository.ts');
      return findRepository({ http: await client(), signal }, address);
    },
    async fetchFirstRoot(url) {
      const { fetchFirstRoot } = await import('../io/tuf/find-repository.ts');
      return fetchFirstRoot({ http: await client(), signal }, url);
    },
    openKey: parts.openKey,
    async openRootKey(folder, reference) {
      const { createKeyFolder } = await import('../io/keys/key-folder.ts');
      const { random, trustPassphrase: passphrase } = parts;
      return createKeyFolder({ folder, random, passphrase }).open(reference);
    },
    async createRootKey(folder) {
      const [{ createKeyFolder }, { purposes }] = await Promise.all([
        import('../io/keys/key-folder.ts'),
        import('../services/trust/trust-key.ts'),
      ]);
      const { random, trustPassphrase: passphrase } = parts;
      const name = `root-${random.uuid().slice(0, ID_CHARS)}`;
      return createKeyFolder({ folder, random, passphrase }).create(name, purposes.root);
    },
  };
}
