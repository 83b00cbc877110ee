// The sentinel: a move of a tag is judged before it is served, by rules over facts that lie here (sentinel/). It
// says what speaks against a move and what it could not know; it holds a tag only where that is set, and never
// refuses a push: a client that was told 201 has its bytes here, by digest. It verifies no signature.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Manifest } from '../../formats/oci/manifest.ts';
import { limits } from '../../kit/limits.ts';
import type { Actor } from '../hub/audit.ts';
import type { TagJudgement } from './rows/sentinel.ts';
import { type RuleOff, readSentinelSetting } from './rows/sentinel-setting.ts';
import { findTag, type TagHome } from './rows/tag.ts';
import { sentinelRules } from './sentinel/all.ts';
import {
  type Finding,
  type MoveFacts,
  type SentinelMode,
  type SentinelRule,
  unknown,
} from './sentinel/facts.ts';
import { gatherFacts, type Move } from './sentinel/gather.ts';
import { modeOf } from './sentinel-setting.ts';
import type { RegistryStores } from './stores.ts';
import { isBesideDigest } from './tag-rule.ts';

export type { SentinelMode } from './sentinel/facts.ts';

export interface JudgedPush {
  readonly home: Pick<TagHome, 'id' | 'name'>;
  readonly tags: readonly string[];
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly actor: Actor;
}

export interface Sentinel {
  /** By tag; a tag that does not move, or of a repository without a past, is not judged. */
  judge(push: JudgedPush): Promise<ReadonlyMap<string, TagJudgement>>;
}

export function createSentinel(
  stores: Pick<RegistryStores, 'database' | 'blobs' | 'clock'>,
  server: SentinelMode,
): Sentinel {
  return {
    async judge(push) {
      const judged = new Map<string, TagJudgement>();
      const setting = await readSentinelSetting(stores.database.query, push.home.id);
      const mode = modeOf(setting, server);
      if (mode === 'off') return judged;
      const moves: Move[] = [];
      for (const tag of push.tags) {
        if (isBesideDigest(tag)) continue;
        const previous = (await findTag(stores.database.query, push.home.id, tag))?.digest ?? null;
        if (previous !== push.digest) moves.push({ tag, previous });
      }
      if (moves.length === 0) return judged;
      const all = await gatherFacts(stores, { ...push, moves, now: stores.clock.now() });
      for (const [at, facts] of all.entries()) {
        const { tag, previous } = moves[at] as Move;
        const said = judgeMove(facts, setting.rulesOff);
        // Of a new tag nothing is served that could be served instead.
        const isHeld = mode === 'hold' && previous !== null && said.suspicions.length > 0;
        judged.set(tag, { previous, ...said, isHeld, isHeldIfRaced: mode === 'hold' });
      }
      return judged;
    },
  };
}

/** What the rules say, in their order. One that is switched off has not found the move good. */
export function judgeMove(
  facts: MoveFacts,
  rulesOff: readonly RuleOff[] = [],
  rules: readonly SentinelRule[] = sentinelRules,
): Pick<TagJudgement, 'suspicions' | 'unknowns'> {
  const said = rules
    .filter(({ isForNew }) => isForNew || !facts.isNew)
    .map(({ id, judge }): { id: string; finding: Finding } => {
      const off = rulesOff.find(({ rule }) => rule === id);
      return { id, finding: off === undefined ? judge(facts) : unknown(`switched off here: ${off.reason}`) };
    });
  return {
    suspicions: said.flatMap(({ id, finding }) =>
      finding.kind === 'suspicious' ? { rule: id, why: cut(finding.why) } : [],
    ),
    unknowns: said.flatMap(({ id, finding }) =>
      finding.kind === 'unknown' ? { where: id, why: cut(finding.why) } : [],
    ),
  };
}

/** What an image says of itself stands in rows, logs and posts from here on. */
function cut(why: string): string {
  return why.length > limits.sentinelWhyChars ? `${why.slice(0, limits.sentinelWhyChars - 1)}…` : why;
}
