// Pushes that wait: the tag stays where it was, the manifest is there by digest, and the owner says which of both it
// is to be. Who confirms stands in the tag log as the mover, and who pushed in the reason. A digest is named with
// each answer, so that nobody confirms what took the place of what they looked at.
import type { Digest } from '../../formats/oci/digest.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { recordEvents } from './event.ts';
import { readRepositoryId, touchRepository } from './rows/repository.ts';
import { addPusher, dropHold, listHolds, type TagHold } from './rows/sentinel.ts';
import { moveTags } from './rows/tag.ts';
import type { RegistryStores } from './stores.ts';

export type { TagHold } from './rows/sentinel.ts';

export interface TagHolds {
  /** By tag; at most `limits.tagHoldsPage`. `registry.name_unknown` */
  list(grant: Grant<'maintain'>): Promise<readonly TagHold[]>;
  /** Moves the tag as it was pushed. `registry.hold_unknown`, `registry.manifest_unknown`, `registry.tag_immutable` */
  confirm(grant: Grant<'maintain'>, tag: string, digest: Digest): Promise<TagHold>;
  /** Forgets the push; its manifest stays, by digest. `registry.hold_unknown` */
  drop(grant: Grant<'maintain'>, tag: string, digest: Digest): Promise<TagHold>;
}

export function createTagHolds(stores: Pick<RegistryStores, 'database' | 'clock' | 'random'>): TagHolds {
  const { database, clock, random } = stores;

  /** Ends the waiting in one transaction; `isConfirmed` moves the tag in it. */
  function end(
    grant: Grant<'maintain'>,
    tag: string,
    digest: Digest,
    isConfirmed: boolean,
  ): Promise<TagHold> {
    const { repository } = grant;
    return database.transaction(async (query) => {
      const now = clock.now();
      const id = await readRepositoryId(query, repository);
      const [hold] = await listHolds(query, id, { tag, digest, limit: 1 });
      if (hold === undefined)
        throw registryErrors.hold_unknown(`no push of ${digest} waits for ${repository}:${tag}`);
      await dropHold(query, id, tag);
      const { previous, who, via } = hold;
      const rules = hold.suspicions.map(({ rule }) => rule);
      const ended = { repository, tag, digest, previous, rules };
      if (!isConfirmed) {
        await recordEvents(query, grant, [{ kind: 'tag_hold_dropped', ...ended }], now);
        return hold;
      }
      const kept = await query
        .selectFrom('manifest')
        .select('digest')
        .where('repository_id', '=', id)
        .where('digest', '=', digest)
        .executeTakeFirst();
      if (kept === undefined)
        throw registryErrors.manifest_unknown(`${repository} no longer has ${digest}; push it again`);
      const cause = { actor: grant, via: 'confirmed', reason: `pushed by ${who}`, now, random };
      await moveTags(query, id, { tags: [tag], digest }, cause, [{ kind: 'tag_confirmed', ...ended }]);
      // From now on a push by the same is no longer the first.
      await addPusher(query, repository, { actor: { account: who, via }, now });
      await touchRepository(query, id, now);
      return hold;
    });
  }

  return {
    async list({ repository }) {
      const id = await readRepositoryId(database.query, repository);
      return listHolds(database.query, id, { limit: limits.tagHoldsPage });
    },
    confirm: (grant, tag, digest) => end(grant, tag, digest, true),
    drop: (grant, tag, digest) => end(grant, tag, digest, false),
  };
}
