// Rules of what to keep, and what they say of a repository's tags. Pure: the same tags and time, the same plan. A tag is
// kept where any part of its rule says so, each with its reason; a repository without a rule keeps all. Kept without
// being asked: full releases (`1.2.3`, `v1.2.3`), records of environments, and signatures of what is kept.

export interface RetentionRule {
  /** Pattern of repositories: `*` within a part, `**` across. The first rule that fits a repository holds. */
  readonly repositories: string;
  /** The tags that moved last, this many. */
  readonly keepLast?: number;
  /** Tags that moved within so many days. */
  readonly keepDays?: number;
  /** Tags whose name fits one of these, `*` for any characters. */
  readonly keepMatching?: readonly string[];
  /** False: releases go by the rest of the rule, like any tag. */
  readonly keepReleases?: boolean;
}

export interface RetentionTag {
  readonly name: string;
  readonly digest: string;
  readonly updatedAt: number;
}

export interface JudgedTag extends RetentionTag {
  /** Why it is kept; empty where it goes. */
  readonly reasons: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
const RELEASE = /^v?\d+\.\d+\.\d+$/;
/** cosign's tags, and clients' fallback for referrers (distribution-spec "Referrers Tag Schema"). */
const ATTACHED = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.[a-z]+)?$/;

/** Whether a rule would keep nothing that it is asked about: it says nothing of what to keep. */
export function isEmptyRule({ keepLast, keepDays, keepMatching = [] }: RetentionRule): boolean {
  return keepLast === undefined && keepDays === undefined && keepMatching.length === 0;
}

/** Judges all tags of one repository. `isRecord` says which tags are the product's own records. */
export function judgeTags(
  rule: RetentionRule,
  tags: readonly RetentionTag[],
  now: number,
  isRecord: (tag: string) => boolean,
): readonly JudgedTag[] {
  const newest = [...tags]
    .filter(({ name }) => !ATTACHED.test(name) && !isRecord(name))
    .sort((a, b) => b.updatedAt - a.updatedAt || (a.name < b.name ? -1 : 1));
  const last = new Set(newest.slice(0, rule.keepLast ?? 0).map((tag) => tag.name));
  const patterns = (rule.keepMatching ?? []).map((text) => ({ text, pattern: toPattern(text) }));
  const judged = tags.map((tag): JudgedTag => {
    const { name, updatedAt } = tag;
    if (isRecord(name)) return { ...tag, reasons: ['it records an environment'] };
    const reasons: string[] = [];
    if (last.has(name)) reasons.push(`it is among the last ${rule.keepLast}`);
    if (rule.keepDays !== undefined && now - updatedAt < rule.keepDays * DAY_MS)
      reasons.push(`it moved within ${rule.keepDays} days`);
    for (const { text, pattern } of patterns) if (pattern.test(name)) reasons.push(`it matches ${text}`);
    if (rule.keepReleases !== false && RELEASE.test(name)) reasons.push('it is a release');
    return { ...tag, reasons };
  });
  const kept = new Set(
    judged.filter(({ name, reasons }) => reasons.length > 0 && !ATTACHED.test(name)).map((tag) => tag.digest),
  );
  const goes = new Set(
    judged
      .filter(({ name, reasons }) => reasons.length === 0 && !ATTACHED.test(name))
      .map((tag) => tag.digest),
  );
  return judged.map((tag) => {
    const [, algorithm, hex] = ATTACHED.exec(tag.name) ?? [];
    if (algorithm === undefined) return tag;
    const subject = `${algorithm}:${hex}`;
    // Its subject may have no tag of its own, as the platforms of an index have none: only what surely goes takes it along.
    const isLost = goes.has(subject) && !kept.has(subject);
    return { ...tag, reasons: isLost ? [] : [`it belongs to ${subject}`] };
  });
}

function toPattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[^A-Za-z0-9_-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`);
}
