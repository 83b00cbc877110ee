// The instance's authority over its data folder: keys in DATA/trust/keys, the root's key in DATA/trust/offline until
// somebody carries it away. Made at the first start, found at every other.
import { join } from 'node:path';
import type { Database } from '../io/db/database.ts';
import { createKeyFolder } from '../io/keys/key-folder.ts';
import type { KeyRing } from '../io/keys/key-ring.ts';
import { createMemoryKey } from '../io/keys/memory.ts';
import { createPlacedRing, type KeyAccess } from '../io/keys/placed-ring.ts';
import type { Http } from '../io/net/http.ts';
import { createFilesystemTufStore } from '../io/tuf/filesystem.ts';
import type { Log } from '../kit/log.ts';
import { Loop } from '../services/jobs/loop.ts';
import type { Cosign } from '../services/trust/cosigning.ts';
import { type Established, establishTrust } from '../services/trust/establish.ts';
import { createRotation, type Rotation, type RotationParts } from '../services/trust/rotation.ts';
import {
  createTrustRepository,
  type RepositoryRootParts,
  type TrustRepository,
} from '../services/trust/trust-repository.ts';
import { createTrustService, type TrustService } from '../services/trust/trust-service.ts';
import type { Config, Places } from './config.ts';
import { trustFolders } from './trust-folders.ts';
import type { Surroundings } from './wire.ts';

const MINUTE_MS = 60_000;

/** `access`: to keys that are configured to be elsewhere. */
export type TrustSurroundings = Pick<Surroundings, 'clock' | 'random'> & { readonly access: KeyAccess };

/** Opens and makes keys elsewhere with what the environment says of their places; nothing is loaded before one is. */
export function createKeyAccess(
  { env, home }: Pick<Places, 'env' | 'home'>,
  http: Http,
  { random }: Pick<Surroundings, 'random'>,
): KeyAccess {
  const prepare = async () => {
    const [{ openKey, generateKey }, { createKeyParts }] = await Promise.all([
      import('../io/keys/open-key.ts'),
      import('./key-places.ts'),
    ]);
    return { openKey, generateKey, parts: createKeyParts({ env, home, http: async () => http, random }) };
  };
  return {
    async open(reference) {
      const { openKey, parts } = await prepare();
      return openKey(reference, parts);
    },
    async generate(reference, algorithm) {
      const { generateKey, parts } = await prepare();
      return generateKey(reference, algorithm, parts);
    },
  };
}

/** Makes keys and certificates where there are none. `keys.file_unwritable`, `db.unavailable` */
export function establishInstance(
  config: Config,
  database: Database,
  surroundings: TrustSurroundings,
  rootFolder = join(config.data, trustFolders.offline),
): Promise<Established> {
  return establishTrust({
    database,
    ring: openRing(config, surroundings),
    offlineRing: createKeyFolder({ folder: rootFolder, ...surroundings, passphrase: config.trustPassphrase }),
    ...surroundings,
    publicUrl: config.publicUrl,
  });
}

/** Its TUF repository, in DATA/trust/tuf, which is made when it is first asked for; the root's keys as the other's. */
export function openTrustRepository(
  config: Config,
  database: Database,
  surroundings: TrustSurroundings,
  trust: Pick<TrustService, 'readTrustedRoot' | 'readSigningConfig'>,
): TrustRepository {
  return createTrustRepository({ ...repositoryParts(config, database, surroundings), trust });
}

/** What the repository's root is made with. */
export function repositoryParts(
  config: Config,
  database: Database,
  surroundings: TrustSurroundings,
  rootFolder = join(config.data, trustFolders.offline),
): RepositoryRootParts {
  return {
    database,
    ring: openRing(config, surroundings),
    offlineRing: createKeyFolder({ folder: rootFolder, ...surroundings, passphrase: config.trustPassphrase }),
    store: createFilesystemTufStore(join(config.data, trustFolders.repository)),
    ...surroundings,
  };
}

/** Publishes each minute what has changed, and what a root that was accepted waits for. */
export function followTrust(repository: TrustRepository, log: Log): AsyncDisposable {
  // Whoever reads it before the first minute is over has it made and published then.
  let isFirst = true;
  return new Loop({
    name: 'the TUF repository',
    pauseMs: MINUTE_MS,
    log,
    async round() {
      if (isFirst) {
        isFirst = false;
        return false;
      }
      const { written, waiting } = await repository.publish();
      if (written.length > 0) log.notice('the TUF repository was published', { files: written.length });
      if (waiting !== undefined)
        log.warn('a next root of the TUF repository cannot be published', { waiting });
      return false;
    },
  });
}

/** The service, over keys that are there. `url` says where clients reach the server. */
export async function openTrust(
  config: Config,
  database: Database,
  surroundings: TrustSurroundings,
  url: () => string,
  cosign?: Cosign,
): Promise<TrustService> {
  const { origin } = await establishInstance(config, database, surroundings);
  return createTrustService({
    database,
    ring: openRing(config, surroundings),
    ...surroundings,
    createKey: () => createMemoryKey('ecdsa-p256-sha256'),
    origin,
    url,
    cosign,
  });
}

/** Renewing these keys; `republish` writes anew what verifiers fetch. */
export function openRotation(
  config: Config,
  parts: Pick<RotationParts, 'database' | 'origin' | 'republish' | 'tufStore'>,
  surroundings: TrustSurroundings,
): Rotation {
  const ring = openRing(config, surroundings);
  const { keysOverlap: overlapMs, keysOverlapPinned: pinnedOverlapMs } = config;
  return createRotation({ ...parts, ...surroundings, ring, overlapMs, pinnedOverlapMs });
}

/** Where the instance's keys are. */
export function openRing(
  { data, trustPassphrase: passphrase, trustKeys }: Config,
  { random, access }: TrustSurroundings,
): KeyRing {
  const others = createKeyFolder({ folder: join(data, trustFolders.keys), passphrase, random });
  if (trustKeys === undefined || trustKeys.size === 0) return others;
  return createPlacedRing({ others, places: trustKeys, access });
}
