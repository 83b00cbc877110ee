// `plimsoll trust init` and `show` over the data folder of this machine: making the instance's authority before its
// first start, and telling what there is, also while the server runs.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TrustMade, TrustShown, TrustWish } from '../entry/cli/trust-place.ts';
import { openSqliteReader } from '../io/db/sqlite-reader.ts';
import { establishRepositoryRoot } from '../services/trust/trust-repository.ts';
import { readTrustStatus } from '../services/trust/trust-status.ts';
import { createClient } from './client.ts';
import type { Config, Places } from './config.ts';
import { appErrors } from './errors.ts';
import { createKeyAccess, establishInstance, repositoryParts } from './trust.ts';
import { trustFolders } from './trust-folders.ts';
import { openStores, type Surroundings } from './wire.ts';

/** As the server's first start. `app.folder_in_use` where one runs, and what opening and making throw. */
export async function initTrust(
  config: Config,
  { rootFolder, ...root }: TrustWish,
  places: Places,
  surroundings: Surroundings,
): Promise<TrustMade> {
  const folder = rootFolder === undefined ? join(config.data, trustFolders.offline) : resolve(rootFolder);
  const { isNew } = await (async () => {
    await using http = createClient(config, places, surroundings);
    await using stores = await openStores(config, surroundings);
    const trusting = { ...surroundings, access: createKeyAccess(places, http, surroundings) };
    const made = await establishInstance(config, stores.database, trusting, folder);
    const isRootNew = await establishRepositoryRoot(
      repositoryParts(config, stores.database, trusting, folder),
      root,
    );
    return { isNew: made.isNew || isRootNew };
  })();
  const shown = await showTrust(config);
  return { isNew, ...shown, ...(isNew ? { rootFolder: folder } : {}) };
}

/** `app.trust_missing` where there is no data, or no authority in it yet. */
export async function showTrust(config: Config): Promise<TrustShown> {
  const file = join(config.data, 'plimsoll.sqlite');
  if (!existsSync(file)) throw missing(config);
  await using database = openSqliteReader(file);
  const status = await readTrustStatus(database.query);
  if (status === undefined) throw missing(config);
  const offline = join(config.data, trustFolders.offline);
  const keyFolder = join(config.data, trustFolders.keys);
  return { status, keyFolder, ...(existsSync(offline) ? { rootFolder: offline } : {}) };
}

function missing({ data }: Config): Error {
  return appErrors.trust_missing(`there is no authority in ${data} yet`);
}
