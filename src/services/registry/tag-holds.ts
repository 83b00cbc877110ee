// Pushes that wait: the tag stays where it was, the manifest is there by digest, and the owner says which of both it
// is to be. Who confirms stands in the tag log as the mover, and who pushed in the reason; why, stands in the audit
// log, and what had spoken against the move stays with it in the history. A digest is named with each answer, so that
// nobody confirms what took the place of what they looked at.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { type RegistryEvent, recordEvents } from './event.ts';
import { hasManifest } from './held-manifest.ts';
import { readRepositoryId, touchRepository } from './rows/repository.ts';
import { addPusher, countHolds, keepJudgement, listHolds, type TagHold, takeHold } from './rows/sentinel.ts';
import { moveTags } from './rows/tag.ts';
import type { RegistryStores } from './stores.ts';

export type { TagHold } from './rows/sentinel.ts';

/** Which push is answered, and why so. */
export interface HoldAnswer {
  readonly tag: string;
  readonly digest: Digest;
  readonly reason?: string;
}

export interface TagHolds {
  /** By tag; at most `limits.tagHoldsPage`. `registry.name_unknown` */
  list(grant: Grant<'maintain'>): Promise<readonly TagHold[]>;
  /** How many wait. `registry.name_unknown` */
  count(grant: Grant<'maintain'>): Promise<number>;
  /** Moves the tag as it was pushed. `registry.hold_unknown`, `registry.manifest_unknown`, `registry.tag_immutable` */
  confirm(grant: Grant<'maintain'>, answer: HoldAnswer): Promise<TagHold>;
  /** Forgets the push; its manifest stays, by digest. `registry.hold_unknown` */
  drop(grant: Grant<'maintain'>, answer: HoldAnswer): Promise<TagHold>;
}

export function createTagHolds(stores: Pick<RegistryStores, 'database' | 'clock' | 'random'>): TagHolds {
  const { database, clock, random } = stores;

  /** Ends the waiting; gives back what is told of it. `registry.hold_unknown` */
  async function end(
    query: Query,
    id: number,
    kind: 'tag_confirmed' | 'tag_dropped',
    { repository, tag, digest, reason }: HoldAnswer & { readonly repository: string },
  ): Promise<{ readonly hold: TagHold; readonly event: RegistryEvent }> {
    const [hold] = await listHolds(query, id, { tag, digest, limit: 1 });
    if (hold === undefined)
      throw registryErrors.hold_unknown(`no push of ${digest} waits for ${repository}:${tag}`);
    await takeHold(query, id, tag);
    const { previous, who: pushedBy, suspicions, unknowns } = hold;
    const why = reason === undefined ? {} : { reason };
    return {
      hold,
      event: { kind, repository, tag, digest, previous, pushedBy, suspicions, unknowns, ...why },
    };
  }

  async function checkKept(query: Query, id: number, repository: string, digest: Digest): Promise<void> {
    if (!(await hasManifest(query, id, digest)))
      throw registryErrors.manifest_unknown(`${repository} no longer has ${digest}; push it again`);
  }

  return {
    async list({ repository }) {
      const id = await readRepositoryId(database.query, repository);
      return listHolds(database.query, id, { limit: limits.tagHoldsPage });
    },

    async count({ repository }) {
      return countHolds(database.query, await readRepositoryId(database.query, repository));
    },

    drop(grant, answer) {
      const { repository } = grant;
      return database.transaction(async (query) => {
        const id = await readRepositoryId(query, repository);
        const { hold, event } = await end(query, id, 'tag_dropped', { ...answer, repository });
        await recordEvents(query, grant, [event], clock.now());
        return hold;
      });
    },

    confirm(grant, answer) {
      const { repository } = grant;
      const { tag, digest } = answer;
      return database.transaction(async (query) => {
        const now = clock.now();
        const id = await readRepositoryId(query, repository);
        const { hold, event } = await end(query, id, 'tag_confirmed', { ...answer, repository });
        await checkKept(query, id, repository, digest);
        const { who, via } = hold;
        const cause = { actor: grant, via: 'confirmed', reason: `pushed by ${who}`, now, random };
        await moveTags(query, id, { tags: [tag], digest }, cause, [event]);
        await keepJudgement(query, id, { tag, judgement: hold }, now);
        // From now on a push by the same is no longer the first.
        await addPusher(query, repository, { actor: { account: who, via }, now });
        await touchRepository(query, id, now);
        return hold;
      });
    },
  };
}
