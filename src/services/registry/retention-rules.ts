// Which rule of retention a repository has: its own, which its maintainers set; else the first of the instance's that
// fits, which an administrator sets; else none, and it keeps everything. Each runs with the rights of the account that
// set it.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Grant } from '../hub/access.ts';
import { isNamePattern, matchesPattern } from '../hub/name-pattern.ts';
import { findPrincipal } from '../hub/standing.ts';
import { registryErrors } from './errors.ts';
import { recordEvents } from './event.ts';
import { isEmptyRule, type KeepRule, type RetentionRule } from './retention-rule.ts';
import { readRepositoryId } from './rows/repository.ts';

export interface RetentionRules {
  readonly rules: readonly RetentionRule[];
  /** The account whose rights the runs have; they stop where it loses them. Empty where no rules were ever set. */
  readonly setBy: string;
}

/** The rule that holds for a repository. */
export interface HeldRule {
  readonly rule: KeepRule;
  readonly setBy: string;
  /** The instance's pattern that fits; absent where it is the repository's own rule. */
  readonly pattern?: string;
}

export interface RetentionRuleBook {
  instance(): Promise<RetentionRules>;
  /** `registry.retention_invalid`. */
  setInstance(rules: readonly RetentionRule[], setBy: string): Promise<void>;
  /** Undefined where none holds. `registry.name_unknown` */
  find(grant: Pick<Grant<'pull'>, 'repository'>): Promise<HeldRule | undefined>;
  /** Null takes the own rule away. `registry.retention_invalid`, `registry.name_unknown` */
  set(grant: Grant<'maintain'>, rule: KeepRule | null): Promise<HeldRule | undefined>;
  /** The repositories with a rule, by name; `rules` stand for those of the instance where given. */
  list(rules?: readonly RetentionRule[]): Promise<readonly RuledRepository[]>;
}

export interface RuledRepository extends HeldRule {
  readonly id: number;
  readonly name: string;
}

const SETTING = 'retention';

export function createRetentionRuleBook({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
}): RetentionRuleBook {
  const { query } = database;

  async function instance(): Promise<RetentionRules> {
    const row = await query
      .selectFrom('setting')
      .select('value')
      .where('name', '=', SETTING)
      .executeTakeFirst();
    return row === undefined ? { rules: [], setBy: '' } : (JSON.parse(row.value) as RetentionRules);
  }

  async function find({ repository }: Pick<Grant<'pull'>, 'repository'>): Promise<HeldRule | undefined> {
    const id = await readRepositoryId(query, repository);
    const own = await query
      .selectFrom('retention_rule')
      .select(['rule_json', 'set_by'])
      .where('repository_id', '=', id)
      .executeTakeFirst();
    return own === undefined ? holdOf(await instance(), repository) : toHeld(own);
  }

  return {
    instance,
    find,

    async setInstance(rules, setBy) {
      for (const [at, rule] of rules.entries())
        checkRule(rule, `rule ${at + 1}, for ${rule.repositories.slice(0, 100)},`);
      const value = JSON.stringify({ rules, setBy });
      await query
        .insertInto('setting')
        .values({ name: SETTING, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },

    async set(grant, rule) {
      const { repository, account = '' } = grant;
      if (rule !== null) {
        checkKeeps(rule, `the rule for ${repository}`);
        if ((await findPrincipal(database, account)) === undefined)
          throw registryErrors.retention_invalid(
            `the rule for ${repository} would run with the rights of ${account || 'nobody'}, which is no account; log in as a person to set it`,
          );
      }
      await database.transaction(async (transaction) => {
        await writeOwn(transaction, await readRepositoryId(transaction, repository), {
          rule,
          setBy: account,
          setAt: clock.now(),
        });
        const event = { kind: 'retention_rule_changed', repository, rule } as const;
        await recordEvents(transaction, grant, [event], clock.now());
      });
      return find(grant);
    },

    async list(wished) {
      for (const [at, rule] of wished?.entries() ?? [])
        checkRule(rule, `rule ${at + 1}, for ${rule.repositories.slice(0, 100)},`);
      const { rules, setBy } = await instance();
      const held = { rules: wished ?? rules, setBy };
      const rows = await query
        .selectFrom('repository')
        .leftJoin('retention_rule', 'retention_rule.repository_id', 'repository.id')
        .select(['repository.id', 'repository.name', 'rule_json', 'set_by'])
        .orderBy('repository.name')
        .execute();
      return rows.flatMap(({ id, name, rule_json, set_by }) => {
        const found =
          rule_json === null || set_by === null ? holdOf(held, name) : toHeld({ rule_json, set_by });
        return found === undefined ? [] : [{ id, name, ...found }];
      });
    },
  };
}

/** `registry.retention_invalid` where the rule keeps nothing; `named` begins the sentence. */
export function checkKeeps(rule: KeepRule, named: string): void {
  if (isEmptyRule(rule))
    throw registryErrors.retention_invalid(
      `${named} keeps nothing: it needs keepLast, keepDays, pulledWithin or keepMatching`,
    );
}

function checkRule(rule: RetentionRule, named: string): void {
  if (!isNamePattern(rule.repositories))
    throw registryErrors.retention_invalid(`${named} names no repositories: * within a part, ** across`);
  checkKeeps(rule, named);
}

function holdOf({ rules, setBy }: RetentionRules, repository: string): HeldRule | undefined {
  const found = rules.find((one) => matchesPattern(one.repositories, repository));
  if (found === undefined) return undefined;
  const { repositories: pattern, ...rule } = found;
  return { rule, setBy, pattern };
}

function toHeld(row: { readonly rule_json: string; readonly set_by: string }): HeldRule {
  return { rule: JSON.parse(row.rule_json) as KeepRule, setBy: row.set_by };
}

async function writeOwn(
  query: Query,
  repositoryId: number,
  { rule, setBy, setAt }: { readonly rule: KeepRule | null; readonly setBy: string; readonly setAt: number },
): Promise<void> {
  await query.deleteFrom('retention_rule').where('repository_id', '=', repositoryId).execute();
  if (rule === null) return;
  await query
    .insertInto('retention_rule')
    .values({
      repository_id: repositoryId,
      rule_json: JSON.stringify(rule),
      set_by: setBy,
      set_at: setAt,
    })
    .execute();
}
