// The client of a repository of trust (TUF 1.0, section 5): tuf-js over the one HTTP client, with its bounds, retries
// and proxies. It works on a copy, and what it accepted is brought back file by file, also where it then failed: a
// root or a timestamp that was seen must not be forgotten, or an older one could be shown again.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { collectBytes } from '../../kit/bytes.ts';
import { describeError, isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { trustFilesErrors } from './errors.ts';
import { isTufName, type TufStore } from './store.ts';

export interface RefreshParts {
  readonly http: Http;
  /** Holds `root.json`, and what was accepted before; what is accepted now is written to it. */
  readonly store: TufStore;
  /** Of the folder in which `timestamp.json` lies. */
  readonly url: string;
  /** Targets that are brought, as `targets/NAME`, where the repository has them. */
  readonly targets: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Names of the targets that the repository has. Times are the machine's. `trustfiles.refused`,
 * `trustfiles.refresh_failed`, `trustfiles.unavailable`, and `net.*` of what could not be fetched.
 */
export async function refreshTrust(parts: RefreshParts): Promise<readonly string[]> {
  const { store } = parts;
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-trust-'));
  try {
    const before = await copyMemory(store, folder);
    const download = createDownload(parts, folder);
    try {
      return await update(parts, folder, download);
    } catch (error) {
      throw download.failure ?? refused(parts.url, error);
    } finally {
      await keepAccepted(store, folder, before);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function update(
  { url, targets, store }: RefreshParts,
  folder: string,
  fetcher: Download,
): Promise<readonly string[]> {
  const address = url.replace(/\/+$/, '');
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: address,
    targetBaseUrl: `${address}/targets`,
    fetcher,
    config: {
      maxRootRotations: limits.tufRoots,
      rootMaxLength: limits.tufFileBytes,
      timestampMaxLength: limits.tufFileBytes,
      snapshotMaxLength: limits.tufFileBytes,
      targetsMaxLength: limits.tufFileBytes,
    },
  });
  await updater.refresh();
  const brought: string[] = [];
  for (const name of targets) {
    const found = await updater.getTargetInfo(name);
    if (found === undefined) continue;
    if (found.length > limits.tufTargetBytes)
      throw new Error(`${name} has more than ${limits.tufTargetBytes} bytes`);
    const path = join(folder, 'target');
    await writeFile(path, (await store.read(`targets/${name}`)) ?? '');
    if ((await updater.findCachedTarget(found, path)) === undefined) {
      await updater.downloadTarget(found, path);
      await store.write(`targets/${name}`, await readFile(path));
    }
    brought.push(name);
  }
  return brought;
}

type Memory = ReadonlyMap<string, Uint8Array>;

async function copyMemory(store: TufStore, folder: string): Promise<Memory> {
  const memory = new Map<string, Uint8Array>();
  for (const name of await store.list()) {
    const bytes = name.includes('/') ? undefined : await store.read(name);
    if (bytes === undefined) continue;
    memory.set(name, bytes);
    await writeFile(join(folder, name), bytes);
  }
  return memory;
}

/** Role files that tuf-js wrote are those it accepted. */
async function keepAccepted(store: TufStore, folder: string, before: Memory): Promise<void> {
  for (const name of await readdir(folder)) {
    // A delegated role may have any name; of the strangest, what was seen is not remembered.
    if (!name.endsWith('.json') || !isTufName(name)) continue;
    const bytes = await readFile(join(folder, name));
    const now = await store.read(name);
    // Where another refresh was faster, what it saw may be newer: it stays.
    if (isSame(now, before.get(name)) && !isSame(now, bytes)) await store.write(name, bytes);
  }
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
}

type Handler<T> = (file: string) => Promise<T>;

interface Download {
  /** Why the last request was not answered: tuf-js keeps only its text. */
  readonly failure: PlimsollError | undefined;
  downloadFile<T>(url: string, maxLength: number, handler: Handler<T>): Promise<T>;
  downloadBytes(url: string, maxLength: number): Promise<Buffer>;
}

function createDownload({ http, signal }: RefreshParts, folder: string): Download {
  let failure: PlimsollError | undefined;
  async function fetchBytes(url: string, limitBytes: number): Promise<Buffer> {
    try {
      const wish = { url, limitBytes, ...(signal === undefined ? {} : { signal }) };
      const answer = await http.requestWithRetry(wish);
      if (answer.status === 200)
        return Buffer.from(await collectBytes(answer.body, limitBytes, trustFilesErrors.refresh_failed));
      endBody(answer.body);
      if (answer.status !== 404 && answer.status !== 403)
        throw trustFilesErrors.refresh_failed(`${url} was answered with status ${answer.status}`);
      // Of a root, this says that there is no newer one; of anything else, tuf-js gives up.
      throw new DownloadHTTPError(`${url} is not there`, answer.status);
    } catch (error) {
      if (isPlimsollError(error)) failure = error;
      throw error;
    }
  }
  return {
    get failure() {
      return failure;
    },
    downloadBytes: fetchBytes,
    async downloadFile(url, maxLength, handler) {
      const path = join(folder, 'download');
      await writeFile(path, await fetchBytes(url, maxLength));
      try {
        return await handler(path);
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}

function refused(url: string, error: unknown): unknown {
  if (isPlimsollError(error)) return error;
  return trustFilesErrors.refused(`${url} is not followed: ${describeError(error)}`, { cause: error });
}
