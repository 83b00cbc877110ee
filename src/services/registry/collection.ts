// Garbage collection that never stops the world: mark what nothing reaches, wait out a grace, unlink. Everything is a
// short transaction; where it stands is a row, so that a run that was cut off goes on there; pushes and pulls pass in
// between, and what they touch is reached again. Reachability is the database's reference graph (collection/reach.ts).
// A repository whose graph is broken is set aside with its reason: nothing of it is let go, the others go on.
import { describeError } from '../../kit/error.ts';
import type { Log } from '../../kit/log.ts';
import { type DueBlob, listDueBlobs, markBlobs, removeBlob } from './collection/blobs.ts';
import { endLinks, markLinks } from './collection/links.ts';
import { advanceLivedTime } from './collection/lived-time.ts';
import { findBreak, listRepositoriesAfter } from './collection/soundness.ts';
import { endState, readState, writeState } from './collection/state.ts';
import { endTrash, markTrash } from './collection/trash.ts';
import type { RegistryStores } from './stores.ts';

export interface SetAside {
  readonly repositoryId: number;
  readonly repository: string;
  readonly why: string;
}

export interface CollectionReport {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Deleted manifests and tags that can no longer be undeleted. */
  readonly trashEnded: number;
  /** Links of repositories to blobs that none of their manifests uses. */
  readonly linksEnded: number;
  readonly blobsRemoved: number;
  readonly bytesRemoved: number;
  /** Due, but pushed or reached again at that moment. */
  readonly blobsKept: number;
  /** Due, but their files could not be removed; the standing check tries again. */
  readonly blobsFailed: number;
  readonly aside: readonly SetAside[];
}

export interface Collection {
  /** Runs to the end, or goes on with the run that was cut off. Stops between two batches when `signal` aborts. */
  run(signal: AbortSignal): Promise<CollectionReport>;
  /** The last run that came to its end. */
  last(): Promise<CollectionReport | undefined>;
}

export interface CollectionOptions {
  readonly graceMs: number;
  readonly log: Log;
}

type Step = 'end-trash' | 'mark-links' | 'end-links' | 'mark-blobs' | 'remove-blobs';

/** The run under way, saved after each batch. */
interface Run extends Omit<CollectionReport, 'endedAt'> {
  readonly step: Step;
  readonly livedMs: number;
  /** Where the step stands. */
  readonly repositoryId: number;
  readonly digest: string;
}

type Stores = Pick<RegistryStores, 'database' | 'blobs' | 'gate' | 'clock'>;

/** Removals at a time: their commits share a sync of the disk. */
const AT_ONCE = 16;

export function createCollection(stores: Stores, options: CollectionOptions): Collection {
  const { database, clock } = stores;

  async function begin(): Promise<Run> {
    const stored = await readState<Run>(database.query, 'run');
    if (stored !== undefined) return stored;
    const none = {
      trashEnded: 0,
      linksEnded: 0,
      blobsRemoved: 0,
      bytesRemoved: 0,
      blobsKept: 0,
      blobsFailed: 0,
      aside: [],
    };
    const livedMs = await advanceLivedTime(stores);
    return {
      ...none,
      startedAt: clock.now(),
      step: 'end-trash',
      livedMs,
      repositoryId: 0,
      digest: '',
    };
  }

  return {
    async run(signal) {
      let run: Run | undefined = await begin();
      let last = run;
      while (run !== undefined) {
        signal.throwIfAborted();
        last = run;
        run = await STEPS[run.step](stores, options, run);
      }
      const { step: _, livedMs: __, repositoryId: ___, digest: ____, ...counts } = last;
      const report: CollectionReport = { ...counts, endedAt: clock.now() };
      await database.transaction(async (query) => {
        await writeState(query, 'last', report);
        await endState(query, 'run');
      });
      return report;
    },
    last: () => readState(database.query, 'last'),
  };
}

/** Does one batch and saves; undefined where the run is over. */
type StepRunner = (stores: Stores, options: CollectionOptions, run: Run) => Promise<Run | undefined>;

const STEPS: Readonly<Record<Step, StepRunner>> = Object.freeze({
  async 'end-trash'(stores, { graceMs }, run) {
    await stores.database.transaction((query) => markTrash(query, run.livedMs));
    const ended = await endTrash(stores.database, run.livedMs - graceMs);
    const trashEnded = run.trashEnded + ended;
    return save(stores, { ...run, trashEnded, step: ended > 0 ? 'end-trash' : 'mark-links' });
  },

  /** One batch of the repository at hand, or the next repository. */
  async 'mark-links'(stores, { log }, run) {
    const { database } = stores;
    if (run.digest !== '' && run.repositoryId !== 0) {
      const more = await database.transaction(async (query) => {
        const digest = await markLinks(query, run.repositoryId, run.digest, run.livedMs);
        const next: Run = { ...run, digest: digest ?? '' };
        await writeState(query, 'run', next);
        return next;
      });
      return more;
    }
    const repository = (await listRepositoriesAfter(database.query, run.repositoryId))[0];
    if (repository === undefined)
      return save(stores, { ...run, step: 'end-links', repositoryId: 0, digest: '' });
    const { id: repositoryId, name } = repository;
    try {
      const why = await findBreak(database.query, repositoryId);
      if (why === undefined)
        return await database.transaction(async (query) => {
          const digest = await markLinks(query, repositoryId, '', run.livedMs);
          const next: Run = { ...run, repositoryId, digest: digest ?? '' };
          await writeState(query, 'run', next);
          return next;
        });
      return await setAside(stores, log, run, { repositoryId, repository: name, why });
    } catch (error) {
      return setAside(stores, log, run, { repositoryId, repository: name, why: describeError(error) });
    }
  },

  async 'end-links'(stores, { graceMs }, run) {
    const aside = run.aside.map((one) => one.repositoryId);
    const { due, ended } = await endLinks(stores.database, run.livedMs - graceMs, aside);
    const linksEnded = run.linksEnded + ended;
    if (due > 0) return save(stores, { ...run, linksEnded });
    return save(stores, { ...run, linksEnded, step: 'mark-blobs' });
  },

  async 'mark-blobs'(stores, _options, run) {
    return stores.database.transaction(async (query) => {
      const digest = await markBlobs(query, run.digest, run.livedMs);
      const next: Run =
        digest === undefined ? { ...run, step: 'remove-blobs', digest: '' } : { ...run, digest };
      await writeState(query, 'run', next);
      return next;
    });
  },

  async 'remove-blobs'(stores, { graceMs, log }, run) {
    const before = run.livedMs - graceMs;
    const aside = run.aside.map((one) => one.repositoryId);
    const due = await listDueBlobs(stores.database.query, before, run.digest);
    if (due.length === 0) return undefined;
    let counts = run;
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const outcomes = await Promise.all(
        due.slice(at, at + AT_ONCE).map((blob) => tryRemove(stores, log, blob, { before, aside })),
      );
      for (const outcome of outcomes) counts = count(counts, outcome);
    }
    return save(stores, { ...counts, digest: due.at(-1)?.digest ?? '' });
  },
});

async function save(stores: Stores, run: Run): Promise<Run> {
  await stores.database.transaction((query) => writeState(query, 'run', run));
  return run;
}

/** Nothing of the repository is let go in this run; it is looked at again in the next. */
async function setAside(stores: Stores, log: Log, run: Run, aside: SetAside): Promise<Run> {
  log.error('a repository is set aside: nothing of it is collected', { ...aside });
  return save(stores, {
    ...run,
    aside: [...run.aside, aside],
    repositoryId: aside.repositoryId,
    digest: '',
  });
}

type Outcome = { readonly kind: 'removed' | 'kept' | 'failed'; readonly sizeBytes: number };

async function tryRemove(
  stores: Stores,
  log: Log,
  blob: DueBlob,
  { before, aside }: { readonly before: number; readonly aside: readonly number[] },
): Promise<Outcome> {
  const { digest, sizeBytes } = blob;
  try {
    return { kind: await removeBlob(stores, digest, before, aside), sizeBytes };
  } catch (error) {
    log.warn('a blob could not be removed', { digest, error });
    return { kind: 'failed', sizeBytes };
  }
}

function count(run: Run, { kind, sizeBytes }: Outcome): Run {
  if (kind === 'kept') return { ...run, blobsKept: run.blobsKept + 1 };
  if (kind === 'failed') return { ...run, blobsFailed: run.blobsFailed + 1 };
  return { ...run, blobsRemoved: run.blobsRemoved + 1, bytesRemoved: run.bytesRemoved + sizeBytes };
}
