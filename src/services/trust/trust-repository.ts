// The instance's TUF repository: what verifiers refresh, signed by keys of the instance, below a root whose keys are
// made once and carried away. Made where there is none yet, when it is first asked for or first due, so that neither
// the start of a server nor a command that needs none of it waits for it.
import type { TufFiles, TufPublisher } from '../../engines/tuf/publisher.ts';
import type { RoleFile } from '../../formats/tuf/role-file.ts';
import type { Database } from '../../io/db/database.ts';
import type { KeyRing, RingKey } from '../../io/keys/key-ring.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { InstanceTrust } from './instance-trust.ts';
import { createKeyOpener } from './key-opener.ts';
import type { OnlineKeyPlace } from './online-key.ts';
import { addTrustKeys, noteTrustKeyUse, type Purpose, purposes, type TrustKey } from './trust-key.ts';

export interface RepositoryRootParts {
  readonly database: Database;
  /** Where the keys are that the server signs with. */
  readonly ring: KeyRing;
  /** Where the root's keys go, which are to be carried away. */
  readonly offlineRing: KeyRing;
  readonly store: TufStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface RootWish {
  /** How many keys the root has, each for another person; 1 where absent. */
  readonly keys?: number;
  /** How many of them must sign a next root; 1 where absent. */
  readonly threshold?: number;
}

export interface TrustRepository extends TufFiles {
  /** Brings it up to date: until when its root holds, epoch milliseconds, and what was written. */
  publish(): ReturnType<TufPublisher['publish']>;
}

/** Names of the targets, as cosign reads them. */
const TARGETS = Object.freeze({ root: 'trusted_root.json', config: 'signing_config.v0.2.json' });
const ID_CHARS = 8;

/**
 * Makes the root's keys, the online key and the first root; false, and nothing made, where there is a root already.
 * Keys are durable before the root that names them is: an end in between leaves files that nobody refers to.
 * `trustroot.*`, `keys.file_unwritable`, `db.unavailable`
 */
export async function establishRepositoryRoot(
  parts: RepositoryRootParts,
  { keys = 1, threshold = 1 }: RootWish = {},
): Promise<boolean> {
  const { store, clock, random, ring, offlineRing, database } = parts;
  const [
    { proposeRoot },
    { acceptRoot, readNewestRoot, readWaitingRoot },
    { signProposal },
    { onlineRoles },
  ] = await Promise.all([
    import('../../engines/tuf/propose-root.ts'),
    import('../../engines/tuf/root-shelf.ts'),
    import('../../engines/tuf/sign-role.ts'),
    import('../../formats/tuf/role-file.ts'),
  ]);
  if (((await readNewestRoot(store)) ?? (await readWaitingRoot(store))) !== undefined) return false;
  const id = random.uuid().slice(0, ID_CHARS);
  const roots: RingKey[] = [];
  for (let at = 1; at <= keys; at += 1)
    roots.push(await offlineRing.create(`tuf-root-${id}-${at}`, purposes['tuf-root']));
  const online = await ring.create(`tuf-${id}`, purposes.tuf);
  const now = clock.now();
  const holders = roots.map(({ key }, at) => ({ publicKey: key.publicKey, holder: `root key ${at + 1}` }));
  const onlineKeys = Object.fromEntries(onlineRoles.map((role) => [role, [online.key.publicKey]]));
  let proposal = proposeRoot(undefined, { addKeys: holders, threshold, onlineKeys }, now);
  for (const { key } of roots) proposal = await signProposal(proposal, key);
  const row = (purpose: Purpose, { reference, key }: RingKey): TrustKey => ({
    id: random.uuid(),
    purpose,
    reference,
    publicKey: key.publicKey,
    chain: [],
    madeAt: now,
    validFrom: now,
  });
  await database.transaction((query) =>
    addTrustKeys(query, [...roots.map((one) => row('tuf-root', one)), row('tuf', online)]),
  );
  await acceptRoot(store, proposal, now);
  return true;
}

export function createTrustRepository(
  parts: RepositoryRootParts & {
    readonly trust: Pick<InstanceTrust, 'readTrustedRoot' | 'readSigningConfig'>;
  },
): TrustRepository {
  const { store, clock, trust } = parts;
  let opening: Promise<TufPublisher> | undefined;

  async function open(): Promise<TufPublisher> {
    const [{ createTufPublisher }, keys] = await Promise.all([
      import('../../engines/tuf/publisher.ts'),
      openOnlineKeys(parts),
      establishRepositoryRoot(parts),
    ]);
    const publisher = createTufPublisher({
      store,
      clock,
      keys: (_, roots) => keys.read(roots),
      readTargets: async () =>
        new Map([
          [TARGETS.root, await trust.readTrustedRoot()],
          [TARGETS.config, await trust.readSigningConfig()],
        ]),
    });
    return {
      ...publisher,
      async publish() {
        const published = await publisher.publish();
        await keys.follow(published);
        return published;
      },
    };
  }

  function publisher(): Promise<TufPublisher> {
    opening ??= open().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  }

  let first: Promise<unknown> | undefined;

  return {
    async publish() {
      const published = (await publisher()).publish();
      first ??= published;
      return published;
    },
    async read(path) {
      const files = await publisher();
      // Who asks first, just after a start, gets what is so now.
      first ??= files.publish();
      await first.catch(() => {
        first = undefined;
      });
      return files.read(path);
    },
  };
}

/** The keys that roots name, opened when they are first needed, and their rows kept true to what is published. */
async function openOnlineKeys({ database, ring, store, clock }: RepositoryRootParts) {
  const [{ listOnlineKeys, settleOnlineKeys }, { readNewestRoot }] = await Promise.all([
    import('./online-key.ts'),
    import('../../engines/tuf/root-shelf.ts'),
  ]);
  const openKey = createKeyOpener(ring);
  const used = new Set<string>();
  let isSettled = false;

  async function openPlace(place: OnlineKeyPlace): Promise<SigningKey> {
    const key = await openKey(place);
    return {
      publicKey: key.publicKey,
      sign(bytes, algorithm) {
        used.add(place.id);
        return key.sign(bytes, algorithm);
      },
    };
  }

  return {
    /** Those that open; rejects with the reason of the first where none does. */
    async read(roots: readonly RoleFile<'root'>[]): Promise<readonly SigningKey[]> {
      const opened = await Promise.allSettled((await listOnlineKeys(database.query, roots)).map(openPlace));
      const keys = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const failed = opened.find((one) => one.status === 'rejected');
      if (keys.length === 0 && failed !== undefined) throw failed.reason;
      return keys;
    },

    async follow({ written }: { readonly written: readonly string[] }): Promise<void> {
      const now = clock.now();
      if (!isSettled || written.some((name) => name.endsWith('.root.json'))) {
        isSettled = false;
        const root = await readNewestRoot(store);
        if (root !== undefined) await settleOnlineKeys(database, root, now);
        isSettled = true;
      }
      const ids = [...used].map((id) => ({ id }));
      used.clear();
      if (ids.length > 0) await noteTrustKeyUse(database.query, ids, now);
    },
  };
}
