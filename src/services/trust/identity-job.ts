// When signers are looked at: after each push of something that hangs on an image, or may, after each move of a tag, and
// for all that could not be proved, once whom this server believes, or whose keys an owner handed in, are others. Jobs of
// their own kind: verifying takes milliseconds and waits for no scan.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { listParentManifests } from '../hub/child-manifest.ts';
import type { EventRoute, EventRoutes } from '../jobs/dispatch.ts';
import type { JobWish, Queue } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { forgetBuilds } from './build-row.ts';
import { type IdentityWatch, parentsLookedAt, parseSubject } from './identity-watch.ts';
import { forgetSightings } from './sighting-row.ts';

const identityJob = 'identity';

/** Looks again at what was not proved, where the roots are others than at the last time. */
export const identityAllJob: JobWish = Object.freeze({ kind: 'identity-all', key: 'all', input: {} });

export interface IdentityJobDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly clock: Clock;
  readonly identityWatch: IdentityWatch;
  /** Another text where other roots are believed. */
  readonly generation: () => Promise<string>;
}

/** `at` makes it another wish: what is asked for while it runs is done once more. */
async function enqueueLook(
  queue: Pick<Queue, 'enqueue'>,
  query: Query,
  repositoryId: number,
  digest: string,
  at: number,
): Promise<void> {
  const input = { repositoryId, digest, at };
  await queue.enqueue(query, { kind: identityJob, key: `${repositoryId} ${digest}`, input });
}

/** What could not be proved, once there is more to prove it by; at most `LOOKED_AT`, the last seen first. */
export async function enqueueUnproved(
  queue: Pick<Queue, 'enqueue'>,
  query: Query,
  at: number,
  repositoryId?: number,
): Promise<void> {
  const rows = await query
    .selectFrom('signature_sighting')
    .select(['repository_id', 'subject_digest', 'carrier_digest'])
    .where('outcome', '=', 'unknown')
    .$if(repositoryId !== undefined, (some) => some.where('repository_id', '=', repositoryId as number))
    .orderBy('seen_at', 'desc')
    .limit(LOOKED_AT)
    .execute();
  for (const { repository_id, subject_digest } of rows) {
    await enqueueLook(queue, query, repository_id, subject_digest, at);
    // What is in an attestation manifest of an index is read with the index.
    for (const parent of await listParents(query, repository_id, subject_digest))
      await enqueueLook(queue, query, repository_id, parent, at);
  }
}

const LOOKED_AT = 1_000;

/** For the dispatcher. */
export function createIdentityRoutes({ queue }: Pick<IdentityJobDeps, 'queue'>): EventRoutes {
  const look: EventRoute = async (query, { repository, digest }, mark) => {
    const pushed = await findPushed(query, repository, digest);
    if (pushed === undefined) return;
    for (const target of await listTargets(query, pushed))
      await enqueueLook(queue, query, pushed.repositoryId, target, mark.id);
  };
  return {
    manifest_pushed: look,
    manifest_completed: look,
    async tag_moved(query, { repository, tag, digest, previous }, mark) {
      const home = await findHome(query, repository);
      const subject = typeof tag === 'string' ? oldSubject(tag) : undefined;
      const target = subject ?? (typeof previous === 'string' ? parseSubject(digest) : undefined);
      if (home === undefined || target === undefined) return;
      await enqueueLook(queue, query, home, target, mark.id);
    },
    async manifest_deleted(query, { repository, digest }) {
      const home = await findHome(query, repository);
      const gone = parseSubject(digest);
      if (home === undefined || gone === undefined) return;
      await forgetSightings(query, home, gone);
      await forgetBuilds(query, home, gone);
    },
  };
}

/** cosign's tags of before bundles: `sha256-HEX.sig`, `.att`. */
function oldSubject(tag: string): Digest | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})\.(?:sig|att)$/.exec(tag) ?? [];
  return parseSubject(`sha256:${hex}`);
}

interface Pushed {
  readonly repositoryId: number;
  readonly digest: string;
  readonly subject: string | null;
}

async function findPushed(query: Query, repository: unknown, digest: unknown): Promise<Pushed | undefined> {
  const home = await findHome(query, repository);
  if (home === undefined || typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const row = await query
    .selectFrom('manifest')
    .select(['digest', 'subject_digest'])
    .where('repository_id', '=', home)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row && { repositoryId: home, digest: row.digest, subject: row.subject_digest };
}

/** The pushed image itself, or what it hangs on; of an attestation manifest, and of a platform, what that belongs to. */
async function listTargets(
  query: Query,
  { repositoryId, digest, subject }: Pushed,
): Promise<ReadonlySet<string>> {
  const target = subject ?? digest;
  const above = await query
    .selectFrom('manifest')
    .select('subject_digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', target)
    .where('subject_digest', 'is not', null)
    .executeTakeFirst();
  const parents = subject === null ? [] : await listParents(query, repositoryId, target);
  return new Set([target, ...(above?.subject_digest == null ? [] : [above.subject_digest]), ...parents]);
}

async function listParents(query: Query, repositoryId: number, digest: string): Promise<readonly string[]> {
  const parents = await listParentManifests(query, repositoryId, [digest]);
  return parents.slice(0, parentsLookedAt).map((one) => one.digest);
}

async function findHome(query: Query, name: unknown): Promise<number | undefined> {
  if (typeof name !== 'string') return undefined;
  const row = await query.selectFrom('repository').select('id').where('name', '=', name).executeTakeFirst();
  return row?.id;
}

/** Under it stands by which roots what was not proved was last looked at. */
const SEEN = 'identity.seen';

export function createIdentityHandlers(deps: IdentityJobDeps): Readonly<Record<string, JobHandler>> {
  const { database, queue, clock, identityWatch } = deps;
  return {
    [identityJob]: {
      async run({ input: { repositoryId, digest } }) {
        const subject = parseSubject(digest);
        if (typeof repositoryId === 'number' && subject !== undefined)
          await identityWatch.look(repositoryId, subject);
      },
    },
    [identityAllJob.kind]: {
      async run() {
        const value = await deps.generation();
        await database.transaction(async (query) => {
          const seen = await query
            .selectFrom('setting')
            .select('value')
            .where('name', '=', SEEN)
            .executeTakeFirst();
          if (seen?.value === value) return;
          await enqueueUnproved(queue, query, clock.now());
          await query
            .insertInto('setting')
            .values({ name: SEEN, value })
            .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
            .execute();
        });
      },
    },
  };
}
