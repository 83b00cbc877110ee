// How a repository's moves of tags are judged. The server's setting is what holds at least: a maintainer makes their
// repository's stricter, and back; a weaker mode, and switching a rule off, need an administrator, so that a stolen
// login that can push cannot first switch off what would notice it. A rule that is switched off is told with each
// judgement as not judged, never as clean. Pushes that wait already go on waiting, whatever is set.
import { limits } from '../../kit/limits.ts';
import type { AdministratorGrant, Grant } from '../hub/access.ts';
import { whoOf } from '../hub/audit.ts';
import { registryErrors } from './errors.ts';
import { recordEvents } from './event.ts';
import { readRepositoryId } from './rows/repository.ts';
import {
  type RuleOff,
  readSentinelSetting,
  type SentinelSettingRow,
  writeSentinelSetting,
} from './rows/sentinel-setting.ts';
import { sentinelRules } from './sentinel/all.ts';
import type { SentinelMode } from './sentinel/facts.ts';
import type { RegistryStores } from './stores.ts';

export type { RuleOff } from './rows/sentinel-setting.ts';

export interface SentinelSetting {
  /** What holds. */
  readonly mode: SentinelMode;
  /** What the repository itself is set to; undefined: nothing. */
  readonly own?: SentinelMode;
  readonly server: SentinelMode;
  /** In the order of the rules. */
  readonly rulesOff: readonly RuleOff[];
}

/** What is absent stays as it is. */
export interface SentinelWish {
  /** Null: the server's. */
  readonly mode?: SentinelMode | null;
  /** The whole list. */
  readonly rulesOff?: readonly Pick<RuleOff, 'rule' | 'reason'>[];
}

export interface SentinelSettings {
  /** `registry.name_unknown` */
  find(grant: Pick<Grant<'pull'>, 'repository'>): Promise<SentinelSetting>;
  /**
   * `registry.sentinel_weaker` where an administrator is needed; `registry.sentinel_rule_unknown`,
   * `registry.name_unknown`.
   */
  set(
    grant: Grant<'maintain'>,
    wish: SentinelWish,
    administrator?: AdministratorGrant,
  ): Promise<SentinelSetting>;
}

/** From the weakest. */
const MODES: readonly SentinelMode[] = Object.freeze<SentinelMode[]>(['off', 'log', 'hold']);

function isWeaker(mode: SentinelMode, than: SentinelMode): boolean {
  return MODES.indexOf(mode) < MODES.indexOf(than);
}

/** The mode that holds: where the server became stricter since, a maintainer's word no longer does. */
export function modeOf(
  { mode, isByAdministrator }: Pick<SentinelSettingRow, 'mode' | 'isByAdministrator'>,
  server: SentinelMode,
): SentinelMode {
  return mode === undefined || (isWeaker(mode, server) && !isByAdministrator) ? server : mode;
}

export function createSentinelSettings(
  { database, clock }: Pick<RegistryStores, 'database' | 'clock'>,
  server: SentinelMode,
): SentinelSettings {
  const shape = (row: SentinelSettingRow): SentinelSetting => ({
    mode: modeOf(row, server),
    ...(row.mode === undefined ? {} : { own: row.mode }),
    server,
    rulesOff: row.rulesOff,
  });

  return {
    async find({ repository }) {
      const id = await readRepositoryId(database.query, repository);
      return shape(await readSentinelSetting(database.query, id));
    },

    async set(grant, wish, administrator) {
      const { repository } = grant;
      const { mode } = wish;
      if (mode && isWeaker(mode, server) && administrator === undefined)
        throw registryErrors.sentinel_weaker(
          `${mode} is weaker than ${server}, which this server is set to: only an administrator sets it for ${repository}`,
        );
      return database.transaction(async (query) => {
        const id = await readRepositoryId(query, repository);
        const before = await readSentinelSetting(query, id);
        const by = whoOf(grant);
        const now = clock.now();
        const rulesOff = settleRules(before.rulesOff, wish.rulesOff, { by, at: now });
        const isAnyNew = rulesOff.some((one) => !before.rulesOff.includes(one));
        if (isAnyNew && administrator === undefined)
          throw registryErrors.sentinel_weaker(
            `only an administrator switches a rule off for ${repository}; a maintainer switches it on again`,
          );
        const next = { rulesOff, ...settleMode(before, mode, administrator !== undefined) };
        await writeSentinelSetting(query, id, next, { by, now });
        const told = rulesOff.map(({ rule, reason }) => ({ rule, reason }));
        const event = {
          kind: 'sentinel_changed',
          repository,
          mode: next.mode ?? null,
          rulesOff: told,
        } as const;
        await recordEvents(query, grant, [event], now);
        return shape(next);
      });
    },
  };
}

function settleMode(
  before: SentinelSettingRow,
  mode: SentinelMode | null | undefined,
  isByAdministrator: boolean,
): Pick<SentinelSettingRow, 'mode' | 'isByAdministrator'> {
  if (mode === null) return { isByAdministrator: false };
  if (mode !== undefined) return { mode, isByAdministrator };
  const { rulesOff: _, ...kept } = before;
  return kept;
}

/** Those that stay keep who switched them off, and when. `registry.sentinel_rule_unknown` */
function settleRules(
  before: readonly RuleOff[],
  wished: SentinelWish['rulesOff'],
  { by, at }: Pick<RuleOff, 'by' | 'at'>,
): readonly RuleOff[] {
  if (wished === undefined) return before;
  const known = sentinelRules.map(({ id }) => id);
  for (const { rule, reason } of wished) {
    if (!known.includes(rule))
      throw registryErrors.sentinel_rule_unknown(
        `the sentinel has no rule "${rule.slice(0, 80)}"; its rules are ${known.join(', ')}`,
      );
    if (reason.trim() === '' || reason.length > limits.tagReasonChars)
      throw registryErrors.sentinel_rule_unknown(
        `switching ${rule} off needs a reason of 1 to ${limits.tagReasonChars} characters`,
      );
  }
  return known.flatMap((rule) => {
    const wish = wished.findLast((one) => one.rule === rule);
    if (wish === undefined) return [];
    const same = before.find((one) => one.rule === rule && one.reason === wish.reason);
    return [same ?? { rule, reason: wish.reason, by, at }];
  });
}
