// The rule of each repository about tags that stay what they are: reading and setting it.
import type { Grant } from '../hub/access.ts';
import { recordEvents } from './event.ts';
import { readRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';
import { checkTagPatterns, formatTagRule, parseTagRule } from './tag-rule.ts';

export interface TagRules {
  /** The patterns that hold. `registry.name_unknown` */
  find(grant: Pick<Grant<'pull'>, 'repository'>): Promise<readonly string[]>;
  /**
   * Sets them; none at all lets every tag move, null is the standard rule again. Tags that are there already
   * follow the new rule at once. `registry.name_unknown`, `registry.tag_pattern_invalid`.
   */
  set(grant: Grant<'maintain'>, patterns: readonly string[] | null): Promise<readonly string[]>;
}

export function createTagRules({ database, clock }: Pick<RegistryStores, 'database' | 'clock'>): TagRules {
  return {
    async find({ repository }) {
      const id = await readRepositoryId(database.query, repository);
      const { immutable_tags_json } = await database.query
        .selectFrom('repository')
        .select('immutable_tags_json')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return parseTagRule(immutable_tags_json);
    },

    async set(grant, patterns) {
      const { repository } = grant;
      if (patterns !== null) checkTagPatterns(patterns);
      const rule = formatTagRule(patterns);
      await database.transaction(async (query) => {
        const id = await readRepositoryId(query, repository);
        await query
          .updateTable('repository')
          .set({ immutable_tags_json: rule })
          .where('id', '=', id)
          .execute();
        const event = { kind: 'tag_rule_changed', repository, patterns } as const;
        await recordEvents(query, grant, [event], clock.now());
      });
      return parseTagRule(rule);
    },
  };
}
