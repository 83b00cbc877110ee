// The trusted roots that a user keeps, each under a name, a folder for each: what TUF remembers of its repository, and
// the targets that verifiers and signers read. Reading opens no connection. The public Sigstore's is there from the
// start; it is no file until it is refreshed or forgotten.
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RoleName } from '../../formats/tuf/role-file.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import type { Clock } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { syncFolder } from '../blobs/synced-folder.ts';
import type { Http } from '../net/http.ts';
import { trustFilesErrors } from './errors.ts';
import { createFilesystemTufStore } from './filesystem.ts';
import { publicSigstoreName, readPublicSigstore } from './public-sigstore.ts';
import type { TufStore } from './store.ts';

/** What is kept under a name. */
export interface KeptRoot {
  readonly name: string;
  readonly url: string;
  /** SHA-256 of the root that trust began with, hexadecimal. */
  readonly firstRootSha256: string;
  readonly rootVersion: number;
  /** Absent where it was never refreshed: when it was, and until when nothing of it has expired, epoch milliseconds. */
  readonly refreshed?: { readonly at: number; readonly freshUntil: number };
  /** `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
  /** `signing_config.v0.2.json`, where the repository has one. */
  readonly signingConfig?: Uint8Array;
}

export interface NewRoot {
  readonly name: string;
  /** Of the repository. */
  readonly url: string;
  /** The root to begin with; trusted because it is given. */
  readonly root: Uint8Array;
}

export interface TrustedRoots {
  /** By name. `trustfiles.damaged`. */
  list(): Promise<readonly KeptRoot[]>;
  /** Fetches before it keeps anything: `trustfiles.name_taken`, `trustfiles.name_invalid`, and what `refreshTrust` throws. */
  add(root: NewRoot): Promise<KeptRoot>;
  /** `trustfiles.name_unknown`, and what `refreshTrust` throws; then what was kept before is still there. */
  refresh(name: string): Promise<KeptRoot>;
  /** `trustfiles.name_unknown`. The public Sigstore's is forgotten too, until it is added again. */
  remove(name: string): Promise<void>;
  /** The public Sigstore's as it came with the program, after it was forgotten; `trustfiles.name_taken`. */
  restorePublic(): Promise<KeptRoot>;
  /** Where a person finds them. */
  readonly folder: string;
}

export interface TrustedRootsParts {
  readonly folder: string;
  /** Asked for when something is fetched. */
  http(): Promise<Http>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const TRUSTED_ROOT = 'trusted_root.json';
const SIGNING_CONFIG = 'signing_config.v0.2.json';
const SOURCE = 'source.json';
const ONLINE_FILES: readonly RoleName[] = ['root', 'timestamp', 'snapshot', 'targets'];

export function createTrustedRoots(parts: TrustedRootsParts): TrustedRoots {
  const { folder } = parts;
  const open = (name: string): TufStore => createFilesystemTufStore(join(folder, checkName(name)));

  /** The store of a name that is kept; the public Sigstore's is written when first needed. */
  async function openKept(name: string): Promise<TufStore> {
    const store = open(name);
    const state = await readSource(name, store);
    if (state === undefined && name === publicSigstoreName) await writeSeed(store);
    else if (state === undefined || state.kind === 'forgotten') throw unknown(name);
    return store;
  }

  return {
    folder,
    list: () => listKept(folder, open),
    async add({ name, url, root }) {
      const kept = await listKept(folder, open);
      if (kept.some((one) => one.name === checkName(name))) throw taken(name);
      if (kept.length >= limits.trustedRootNames)
        throw trustFilesErrors.name_invalid(`${kept.length} trusted roots are kept; no more than that`);
      const { parseRoleFile } = await import('../../formats/tuf/role-file.ts');
      parseRoleFile('root', root);
      const half = `.adding-${randomUUID()}`;
      const store = createFilesystemTufStore(join(folder, half));
      try {
        await store.write('root.json', root);
        await bring(parts, store, { url, firstRootSha256: hashHex('sha256', root) });
        await rm(join(folder, name), { recursive: true, force: true });
        await rename(join(folder, half), join(folder, name));
        await syncFolder(folder);
      } finally {
        await rm(join(folder, half), { recursive: true, force: true });
      }
      return readKept(name, open(name));
    },
    async refresh(name) {
      const store = await openKept(name);
      const source = await readSource(name, store);
      if (source?.kind !== 'kept') throw unknown(name);
      await bring(parts, store, source);
      return readKept(name, store);
    },
    async remove(name) {
      const store = await openKept(name);
      if (name === publicSigstoreName) {
        // That it was forgotten is kept first: without it, it would be there again.
        await store.write(SOURCE, Buffer.from('{"kind":"forgotten"}\n'));
        for (const file of await store.list()) if (file !== SOURCE) await store.remove(file);
        return;
      }
      const away = join(folder, `.removed-${randomUUID()}`);
      await rename(join(folder, name), away);
      await syncFolder(folder);
      await rm(away, { recursive: true, force: true });
    },
    async restorePublic() {
      const store = open(publicSigstoreName);
      if ((await readSource(publicSigstoreName, store))?.kind !== 'forgotten')
        throw taken(publicSigstoreName);
      await writeSeed(store);
      return readKept(publicSigstoreName, store);
    },
  };
}

/** Refreshes, and says when. */
async function bring(
  { http, clock, signal }: TrustedRootsParts,
  store: TufStore,
  { url, firstRootSha256 }: { readonly url: string; readonly firstRootSha256: string },
): Promise<void> {
  // Whoever only reads, as verifiers do, waits for no client of TUF to be loaded.
  const { refreshTrust } = await import('./refresh.ts');
  const brought = await refreshTrust({
    http: await http(),
    store,
    url,
    targets: [TRUSTED_ROOT, SIGNING_CONFIG],
    ...(signal === undefined ? {} : { signal }),
  });
  if (!brought.includes(TRUSTED_ROOT))
    throw trustFilesErrors.repository_absent(`${url} publishes no ${TRUSTED_ROOT}`);
  if (!brought.includes(SIGNING_CONFIG)) await store.remove(`targets/${SIGNING_CONFIG}`);
  const { rootVersion, freshUntil } = await readState(store);
  await writeSource(store, {
    url,
    firstRootSha256,
    rootVersion,
    refreshed: { at: clock.now(), freshUntil },
  });
}

async function writeSeed(store: TufStore): Promise<void> {
  const { url, root, trustedRoot } = readPublicSigstore();
  await store.write('root.json', root);
  await store.write(`targets/${TRUSTED_ROOT}`, trustedRoot);
  await writeSource(store, { url, firstRootSha256: hashHex('sha256', root), rootVersion: versionOf(root) });
}

/** Of a root that came with the program. */
function versionOf(root: Uint8Array): number {
  return (JSON.parse(Buffer.from(root).toString()) as { signed: { version: number } }).signed.version;
}

interface KeptSource {
  readonly url: string;
  readonly firstRootSha256: string;
  readonly rootVersion: number;
  /** Of the last refresh that came to its end: one that broke off has made nothing fresh. */
  readonly refreshed?: { readonly at: number; readonly freshUntil: number };
}

type Source = ({ readonly kind: 'kept' } & KeptSource) | { readonly kind: 'forgotten' };

async function writeSource(store: TufStore, source: KeptSource): Promise<void> {
  await store.write(SOURCE, Buffer.from(`${JSON.stringify({ kind: 'kept', ...source }, undefined, 1)}\n`));
}

async function readSource(name: string, store: TufStore): Promise<Source | undefined> {
  const bytes = await store.read(SOURCE);
  if (bytes === undefined) return undefined;
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (isJsonObject(value) && value.kind === 'forgotten') return { kind: 'forgotten' };
  const { url, firstRootSha256, rootVersion, refreshed } = isJsonObject(value) ? value : {};
  if (typeof url !== 'string' || typeof firstRootSha256 !== 'string' || typeof rootVersion !== 'number')
    throw trustFilesErrors.damaged(`${SOURCE} of ${name} does not say where it comes from`);
  const source = { kind: 'kept', url, firstRootSha256, rootVersion } as const;
  if (!isJsonObject(refreshed)) return source;
  const { at, freshUntil } = refreshed;
  if (typeof at !== 'number' || typeof freshUntil !== 'number')
    throw trustFilesErrors.damaged(`${SOURCE} of ${name} does not say when it was refreshed`);
  return { ...source, refreshed: { at, freshUntil } };
}

async function listKept(folder: string, open: (name: string) => TufStore): Promise<readonly KeptRoot[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw trustFilesErrors.unavailable(`${folder} cannot be listed: ${error.message}`, { cause: error });
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && isRootName(entry.name))
    .map(({ name }) => name);
  const kept: KeptRoot[] = [];
  for (const name of new Set([publicSigstoreName, ...names].sort())) {
    const store = open(name);
    const source = await readSource(name, store);
    if (source === undefined && name === publicSigstoreName) kept.push(seedAsKept());
    else if (source?.kind === 'kept') kept.push(await readKept(name, store));
  }
  return kept;
}

function seedAsKept(): KeptRoot {
  const { url, root, trustedRoot } = readPublicSigstore();
  return {
    name: publicSigstoreName,
    url,
    firstRootSha256: hashHex('sha256', root),
    rootVersion: versionOf(root),
    trustedRoot,
  };
}

async function readKept(name: string, store: TufStore): Promise<KeptRoot> {
  const source = await readSource(name, store);
  const trustedRoot = await store.read(`targets/${TRUSTED_ROOT}`);
  const signingConfig = await store.read(`targets/${SIGNING_CONFIG}`);
  if (source?.kind !== 'kept' || trustedRoot === undefined)
    throw trustFilesErrors.damaged(`of ${name} not all is there`);
  const { kind: _, ...rest } = source;
  return { name, ...rest, trustedRoot, ...(signingConfig === undefined ? {} : { signingConfig }) };
}

/** After a refresh, which has left nothing unreadable. */
async function readState(store: TufStore): Promise<{ rootVersion: number; freshUntil: number }> {
  const { parseRoleFile } = await import('../../formats/tuf/role-file.ts');
  const files = await Promise.all(
    ONLINE_FILES.map(async (role) =>
      parseRoleFile(role, (await store.read(`${role}.json`)) ?? new Uint8Array(0)),
    ),
  );
  return {
    rootVersion: Math.max(...files.map(({ signed }) => (signed.type === 'root' ? signed.version : 0))),
    freshUntil: Math.min(...files.map(({ signed }) => Date.parse(signed.expires))),
  };
}

function isRootName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,62}$/.test(name);
}

function checkName(name: string): string {
  if (isRootName(name)) return name;
  throw trustFilesErrors.name_invalid(
    `"${name.slice(0, 80)}" is no name of a trusted root: up to 63 small letters, digits, dots and hyphens`,
  );
}

function unknown(name: string): Error {
  return trustFilesErrors.name_unknown(`no trusted root is kept as "${name}"`);
}

function taken(name: string): Error {
  return trustFilesErrors.name_taken(`a trusted root is kept as "${name}" already`);
}
