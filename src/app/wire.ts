// The only place that chooses adapters: an embedded database and a blob folder for the server's rows and
// bytes, a folder for the advisories, one HTTP client. What is built here is handed down; nothing is global.
import { constants, existsSync, statSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFeedSource } from '../io/advisories/feed-place.ts';
import type { FeedSource } from '../io/advisories/feed-source.ts';
import { createSqliteShelf } from '../io/advisories/sqlite-shelf.ts';
import type { AdvisoryShelf } from '../io/advisories/store.ts';
import { type DiskSpace, readDiskSpace } from '../io/blobs/disk-space.ts';
import { createFilesystemBlobStore } from '../io/blobs/filesystem.ts';
import type { BlobStore } from '../io/blobs/store.ts';
import type { Database } from '../io/db/database.ts';
import { openSqliteDatabase } from '../io/db/sqlite.ts';
import { readCredentials } from '../io/images/credentials.ts';
import type { LayerCache } from '../io/images/layer-cache.ts';
import { createRegistryClient, type RegistryClient } from '../io/images/registry-client.ts';
import { createHttp } from '../io/net/fetch.ts';
import type { Http } from '../io/net/http.ts';
import type { Clock, Random } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { Config, Places } from './config.ts';
import { appErrors } from './errors.ts';
import { lockDataFolder } from './folder-lock.ts';
import { authorityFile, createClient } from './http-client.ts';
import { openLayerCache } from './layer-store.ts';

/** What everything is handed that needs the present moment, chance, or somebody to tell. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
}

/** What a server keeps, opened; disposing closes it. */
export interface Stores extends AsyncDisposable {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly shelf: AdvisoryShelf;
  /** What is known of layers; may be deleted at any time. */
  readonly layers?: LayerCache;
  /** No other process can use these stores: the folder is locked. */
  readonly isAlone: boolean;
  /** Of the disk that all of it lies on. */
  readSpace(): Promise<DiskSpace>;
  /** Throws where the blob folder cannot be written. */
  checkBlobs(): Promise<void>;
}

/**
 * Opens the data folder, made where absent, and holds it: `app.folder_unwritable`, `app.folder_in_use`,
 * `db.unavailable`, `db.newer_schema`.
 */
export async function openStores(config: Config, surroundings: Surroundings): Promise<Stores> {
  const { clock, random } = surroundings;
  await prepareFolder(config.data);
  await using opened = new AsyncDisposableStack();
  opened.use(lockDataFolder(config.data));
  const blobs = await createFilesystemBlobStore({ folder: config.data, durability: 'sync' });
  const database = opened.use(await openSqliteDatabase(join(config.data, 'plimsoll.sqlite')));
  const advisories = config.advisoriesFolder ?? join(config.data, 'advisories');
  const layers = await openLayerCache(join(config.data, 'cache', 'layers'), config, surroundings);
  const held = opened.move();
  return {
    database,
    blobs,
    ...(layers === undefined ? {} : { layers }),
    shelf: createSqliteShelf({ folder: advisories, clock, random }),
    isAlone: true,
    readSpace: () => readDiskSpace(config.data),
    checkBlobs: () => access(join(config.data, 'blobs'), constants.R_OK | constants.W_OK),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Other registries that damaged bytes are asked of, with docker's and podman's logins. */
export function createMirrorOpener(
  http: Http,
  places: Places,
  { clock }: Surroundings,
): (host: string, signal: AbortSignal) => RegistryClient {
  const credential = (host: string, repository?: string) => readCredentials(host, places, repository);
  return (host, signal) => createRegistryClient(host, { http, clock, credential, signal });
}

/** For webhooks: others name the addresses, so that only public ones are connected to unless it is configured. */
export function createWebhookClient(config: Config, places: Places, surroundings: Surroundings): Http {
  if (config.webhooksPrivate === 'on') return createClient(config, places, surroundings);
  const { clock, random, log, version } = surroundings;
  return createHttp({
    clock,
    random,
    log,
    userAgent: `plimsoll/${version}`,
    ...authorityFile(config),
    isPublicOnly: true,
  });
}

/** Where feeds come from; downloads on their way lie in `folder`. */
export function chooseFeedSource(http: Http, folder: string, place: string | undefined): FeedSource {
  return createFeedSource({ http, folder }, place);
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'it cannot be used';
    throw appErrors.folder_unwritable(`the data folder ${folder} cannot be written: ${reason}`, { cause });
  }
}

/**
 * Makes the folder and those above it. Not mkdir's own `recursive`: where a parent stands and still says
 * ENOENT (/proc), libuv asks it for ever.
 */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(parent)) await makeFolder(parent);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  });
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  EEXIST: 'it is a file',
  ENOTDIR: 'part of its path is a file',
  ENOENT: 'its parent takes no folders',
  ENOSPC: 'no space is left',
});
