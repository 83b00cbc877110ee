// The instance's authority over its data folder: keys in DATA/trust/keys, the root's key in DATA/trust/offline until
// somebody carries it away. Made at the first start, found at every other.
import { join } from 'node:path';
import type { Database } from '../io/db/database.ts';
import { createKeyFolder } from '../io/keys/key-folder.ts';
import { createMemoryKey } from '../io/keys/memory.ts';
import { type Established, establishTrust } from '../services/trust/establish.ts';
import { createRotation, type Rotation, type RotationParts } from '../services/trust/rotation.ts';
import { createTrustService, type TrustService } from '../services/trust/trust-service.ts';
import type { Config } from './config.ts';
import type { Surroundings } from './wire.ts';

/** Where the instance's keys are, below its data folder. */
export const trustFolders = Object.freeze({
  keys: join('trust', 'keys'),
  offline: join('trust', 'offline'),
  tuf: join('trust', 'tuf'),
});

/** Makes keys and certificates where there are none. `keys.file_unwritable`, `db.unavailable` */
export function establishInstance(
  config: Config,
  database: Database,
  surroundings: Pick<Surroundings, 'clock' | 'random'>,
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

/** The service, over keys that are there. `url` says where clients reach the server. */
export async function openTrust(
  config: Config,
  database: Database,
  surroundings: Pick<Surroundings, 'clock' | 'random'>,
  url: () => string,
): Promise<TrustService> {
  const { origin } = await establishInstance(config, database, surroundings);
  return createTrustService({
    database,
    ring: openRing(config, surroundings),
    ...surroundings,
    createKey: () => createMemoryKey('ecdsa-p256-sha256'),
    origin,
    url,
  });
}

/** Renewing these keys; `republish` writes anew what verifiers fetch. */
export function openRotation(
  config: Config,
  parts: Pick<RotationParts, 'database' | 'origin' | 'republish'>,
  surroundings: Pick<Surroundings, 'clock' | 'random'>,
): Rotation {
  const ring = openRing(config, surroundings);
  return createRotation({ ...parts, ...surroundings, ring, overlapMs: config.keysOverlap });
}

function openRing({ data, trustPassphrase }: Config, { random }: Pick<Surroundings, 'random'>) {
  return createKeyFolder({ folder: join(data, trustFolders.keys), passphrase: trustPassphrase, random });
}
