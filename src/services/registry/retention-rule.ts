// Rules of what to keep, and what they say of a repository's tags. Pure: the same tags and time, the same plan. A tag is
// kept where any part of its rule says so, each with its reason; a repository without a rule keeps all. Kept without
// being asked: full releases (`1.2.3`, `v1.2.3`) and what else cannot move, records of environments, and signatures of what is kept.
import { formatInstant } from '../../kit/clock.ts';
import { subjectOfTag } from './attached-tag.ts';
import { dayMs } from './pull.ts';

export interface RetentionRule {
  /** Pattern of repositories: `*` within a part, `**` across. The first rule that fits a repository holds. */
  readonly repositories: string;
  /** The tags that moved last, this many. */
  readonly keepLast?: number;
  /** Tags that moved within so many days. */
  readonly keepDays?: number;
  /** Tags that were pulled within so many days, by name, by digest or a platform by its digest. */
  readonly pulledWithin?: number;
  /** Tags whose name fits one of these, `*` for any characters. */
  readonly keepMatching?: readonly string[];
  /** False: releases, and what else cannot move, go by the rest of the rule, like any tag. */
  readonly keepReleases?: boolean;
}

/** What a repository's own rule says: the instance's say beside it for which repositories. */
export type KeepRule = Omit<RetentionRule, 'repositories'>;

export interface RetentionTag {
  readonly name: string;
  readonly digest: string;
  readonly updatedAt: number;
  /** Absent where no pull of it is recorded. */
  readonly pulledAt?: number;
}

export interface JudgedTag extends RetentionTag {
  /** Why it is kept; empty where it goes. */
  readonly reasons: readonly string[];
}

/** What the tags are judged by beside themselves. */
export interface RetentionFacts {
  readonly now: number;
  /** Since when every pull is recorded. Before it, no record says nothing. */
  readonly pullsSince: number;
  /** Whether a tag is the product's own record. */
  readonly isRecord: (tag: string) => boolean;
  /** Whether a tag cannot move, by its repository's rule. */
  readonly isFixed: (tag: string) => boolean;
}

/** Whether a rule would keep nothing that it is asked about: it says nothing of what to keep. */
export function isEmptyRule(rule: KeepRule): boolean {
  const { keepLast, keepDays, pulledWithin, keepMatching = [] } = rule;
  return [keepLast, keepDays, pulledWithin].every((one) => one === undefined) && keepMatching.length === 0;
}

/** As `releaseTags` says it, for 200,000 tags at once. */
const RELEASE = /^v?\d+\.\d+\.\d+$/;

/** Judges all tags of one repository. */
export function judgeTags(
  rule: KeepRule,
  tags: readonly RetentionTag[],
  facts: RetentionFacts,
): readonly JudgedTag[] {
  const { now, isRecord, isFixed } = facts;
  const newest = [...tags]
    .filter(({ name }) => !isAttached(name) && !isRecord(name))
    .sort((a, b) => b.updatedAt - a.updatedAt || (a.name < b.name ? -1 : 1));
  const last = new Set(newest.slice(0, rule.keepLast ?? 0).map((tag) => tag.name));
  const patterns = (rule.keepMatching ?? []).map((text) => ({ text, parts: text.split('*') }));
  const judged = tags.map((tag): JudgedTag => {
    const { name, updatedAt } = tag;
    if (isRecord(name)) return { ...tag, reasons: ['it records an environment'] };
    const reasons: string[] = [];
    if (last.has(name)) reasons.push(`it is among the last ${rule.keepLast}`);
    if (rule.keepDays !== undefined && now - updatedAt < rule.keepDays * dayMs)
      reasons.push(`it moved within ${rule.keepDays} days`);
    if (rule.pulledWithin !== undefined) reasons.push(...whyPulled(rule.pulledWithin, tag, facts));
    for (const { text, parts } of patterns) if (fits(parts, name)) reasons.push(`it matches ${text}`);
    if (rule.keepReleases !== false) {
      if (RELEASE.test(name)) reasons.push('it is a release');
      else if (isFixed(name)) reasons.push('it cannot move, by the rule of its repository');
    }
    return { ...tag, reasons };
  });
  const settled = judged.filter(({ name }) => !isAttached(name));
  const digestsOf = (isKept: boolean) =>
    new Set(settled.filter(({ reasons }) => reasons.length > 0 === isKept).map((tag) => tag.digest));
  const [kept, goes] = [digestsOf(true), digestsOf(false)];
  return judged.map((tag) => {
    const subject = subjectOfTag(tag.name);
    if (subject === undefined) return tag;
    // Its subject may have no tag of its own, as the platforms of an index have none: only what surely goes takes it along.
    const isLost = goes.has(subject) && !kept.has(subject);
    return { ...tag, reasons: isLost ? [] : [`it belongs to ${subject}`] };
  });
}

function isAttached(tag: string): boolean {
  return subjectOfTag(tag) !== undefined;
}

/** Nobody pulled it: that is only said of a tag that stood through the whole of a time of which all pulls are known. */
function whyPulled(
  days: number,
  { pulledAt, updatedAt }: RetentionTag,
  { now, pullsSince }: RetentionFacts,
): readonly string[] {
  const from = now - days * dayMs;
  if (pulledAt !== undefined && pulledAt > from) return [`it was pulled within ${days} days`];
  if (pullsSince > from) return [`pull records begin on ${formatDay(pullsSince)}`];
  if (updatedAt > from) return [`it has not been here for ${days} days yet`];
  return [];
}

function formatDay(at: number): string {
  return formatInstant(at).slice(0, '2026-11-21'.length);
}

/** Whether the parts stand in the name in their order, the first and the last at its ends. No regular expression: a
 * maintainer could write one that takes minutes. */
function fits(parts: readonly string[], name: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  const end = name.length - last.length;
  if (first.length > end || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
