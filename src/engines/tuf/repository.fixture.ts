// A repository of trust in memory for tests: keys of its root, online keys that can be exchanged, a clock that is
// moved, and tuf-js as the client that knows nothing of us.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OnlineRole, onlineRoles } from '../../formats/tuf/role-file.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { createMemoryTufStore } from '../../io/tuf/memory.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { Clock } from '../../kit/clock.ts';
import { establishRepository } from './establish-repository.ts';
import type { TufPublisher, TufPublisherParts } from './publisher.ts';

export const TRUSTED_ROOT = 'trusted_root.json';

export interface Repository {
  readonly store: TufStore;
  readonly publisher: TufPublisher;
  readonly parts: TufPublisherParts;
  readonly rootKeys: readonly SigningKey[];
  /** The online keys at hand; what is added is used at the next publication. */
  readonly online: Map<OnlineRole, SigningKey[]>;
  /** What is published at the next publication. */
  readonly targets: Map<string, Uint8Array>;
  /** The present of the repository; tuf-js has the machine's. */
  readonly clock: Clock & { offsetMs: number };
}

export interface RepositoryWish {
  /** 1 where absent. */
  readonly holders?: number;
  readonly threshold?: number;
  readonly algorithm?: 'ed25519' | 'ecdsa-p256-sha256';
  readonly store?: TufStore;
}

export async function createRepository(wish: RepositoryWish = {}): Promise<Repository> {
  const { holders = 1, threshold = 1, algorithm = 'ed25519', store = createMemoryTufStore() } = wish;
  const rootKeys = await Promise.all(Array.from({ length: holders }, () => createMemoryKey(algorithm)));
  const online = new Map<OnlineRole, SigningKey[]>();
  for (const role of onlineRoles) online.set(role, [await createMemoryKey(algorithm)]);
  const targets = new Map<string, Uint8Array>([[TRUSTED_ROOT, Buffer.from('{"first":true}')]]);
  const clock = {
    offsetMs: 0,
    now(): number {
      return Date.now() + this.offsetMs;
    },
  };
  const parts: TufPublisherParts = {
    store,
    clock,
    keys: async (role) => online.get(role) ?? [],
    readTargets: async () => targets,
  };
  const publisher = await establishRepository(parts, {
    holders: rootKeys.map(({ publicKey }, position) => ({ publicKey, holder: `Holder ${position + 1}` })),
    threshold,
    signers: rootKeys.slice(0, threshold),
  });
  return { store, publisher, parts, rootKeys, online, targets, clock };
}

export interface OtherClient extends Disposable {
  /** Refreshes and gives the target's text; throws what tuf-js throws. */
  fetch(target: string): Promise<string>;
  /** The version of the root that it believes. */
  rootVersion(): number;
}

/** tuf-js with what it has seen in a folder of its own, begun with the first root. */
export async function createOtherClient({ publisher }: Pick<Repository, 'publisher'>): Promise<OtherClient> {
  const { BaseFetcher, Updater } = await import('tuf-js');
  const { DownloadHTTPError } = (await import('tuf-js/dist/error.js')) as {
    DownloadHTTPError: new (message: string, status: number) => Error;
  };
  class MemoryFetcher extends BaseFetcher {
    override async fetch(url: string) {
      const bytes = await publisher.read(url.slice('http://tuf/'.length));
      if (bytes === undefined) throw new DownloadHTTPError('absent', 404);
      return new Blob([Uint8Array.from(bytes)]).stream();
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tufjs-'));
  writeFileSync(join(folder, 'root.json'), (await publisher.read('1.root.json')) ?? '');
  return {
    async fetch(target) {
      const updater = new Updater({
        metadataDir: folder,
        metadataBaseUrl: 'http://tuf',
        targetDir: folder,
        targetBaseUrl: 'http://tuf/targets',
        fetcher: new MemoryFetcher(),
      });
      await updater.refresh();
      const found = await updater.getTargetInfo(target);
      if (found === undefined) throw new Error(`no target ${target}`);
      return readFileSync(await updater.downloadTarget(found, join(folder, `target-${target}`)), 'utf8');
    },
    rootVersion: () =>
      (JSON.parse(readFileSync(join(folder, 'root.json'), 'utf8')) as { signed: { version: number } }).signed
        .version,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
