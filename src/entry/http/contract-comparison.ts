// The contract's shapes of comparisons and of what changed under a tag; read contract.ts first. Lists that may be
// long are cut, the most telling first, with their whole count as `total`.
import { z } from 'zod';
import { digest, instant, loadLine, outcome, scanState, score, severity } from './contract.ts';

const trend = z.enum(['better', 'worse', 'same']);

function cutList<T extends z.ZodType>(row: T) {
  return z.object({ rows: z.array(row), total: z.number().int() });
}

/** One of the two, as far as a header shows it. */
export const comparedSide = z
  .object({
    reference: z.string(),
    digest,
    platform: z.string().optional(),
    sizeBytes: z.number().int().optional(),
    unpackedBytes: z.number().int().optional(),
    isCompressed: z.boolean().optional(),
    /** As the image says it. */
    createdAt: z.string().optional(),
    /** Source repository and commit, as labels or annotations say. */
    source: z.object({ uri: z.string().optional(), revision: z.string().optional() }).optional(),
    distribution: z.string().optional(),
    packages: z.number().int(),
    judged: z.number().int(),
    unknowns: z.number().int(),
    /** Vulnerabilities, each once and at its worst. */
    findings: z.record(severity, z.number().int()),
    exploited: z.number().int(),
    outcome,
    rules: z.object({ fail: z.number().int(), unknown: z.number().int(), total: z.number().int() }),
    answer: z.string(),
    loadLine,
    score: score.optional(),
  })
  .meta({ id: 'ComparedSide' });

/** A vulnerability of a package, small enough for lists; the images' findings have the evidence. */
export const findingNote = z
  .object({
    id: z.string(),
    severity,
    isExploited: z.boolean(),
    url: z.string().optional(),
    fixedVersion: z.string().optional(),
    name: z.string(),
    type: z.string(),
    version: z.string(),
  })
  .meta({ id: 'FindingNote' });

/** A row for each package; `cves`: how many vulnerabilities they are in all, each once. @public for the API's document. */
export const cutFindings = cutList(findingNote)
  .extend({ cves: z.number().int() })
  .meta({ id: 'CutFindings' });

/** What became of the packages of one type and name; several versions may stand side by side. */
export const packageChange = z
  .object({
    kind: z.enum(['added', 'removed', 'changed']),
    type: z.string(),
    name: z.string(),
    before: z.array(z.string()),
    after: z.array(z.string()),
    /** Absent where it cannot be said. */
    direction: z.enum(['upgrade', 'downgrade']).optional(),
    path: z.string().optional(),
    /** Absent where the base is not known. */
    isFromBase: z.boolean().optional(),
    fixed: cutList(findingNote),
    introduced: cutList(findingNote),
  })
  .meta({ id: 'PackageChange' });

const ruleState = z.object({ outcome, label: z.string(), reason: z.string() });

export const comparison = z
  .object({
    schema: z.literal(1),
    createdAt: instant,
    before: comparedSide,
    after: comparedSide,
    /** The title: `within the line again`. */
    answer: z.string(),
    /** One or two sentences: how much of what, and why it is over the line. */
    summary: z.string(),
    trend,
    packages: z.object({
      changes: cutList(packageChange),
      added: z.number().int(),
      removed: z.number().int(),
      changed: z.number().int(),
      unchanged: z.number().int(),
    }),
    findings: z.object({
      introduced: cutFindings,
      fixed: cutFindings,
      unchanged: cutFindings,
      /** Of `before`, in packages that `after` has too but nothing could judge there: neither fixed nor still known. */
      unjudged: cutFindings,
    }),
    /** Both measured alike, in bytes; absent where they are not known. */
    sizes: z.object({
      measure: z.enum(['compressed', 'unpacked']),
      before: z.number().int().optional(),
      after: z.number().int().optional(),
      change: z.number().int().optional(),
    }),
    /** Packages of `after` that no feed could judge, and that were not there or judged before. */
    newGaps: cutList(z.object({ name: z.string(), version: z.string(), why: z.string() })),
    rules: z.array(
      z.object({
        rule: z.string(),
        title: z.string(),
        trend,
        before: ruleState.optional(),
        after: ruleState.optional(),
      }),
    ),
    /** Values of environment variables are never told. */
    configuration: cutList(
      z.object({
        name: z.string(),
        group: z.enum(['run', 'label', 'environment']),
        before: z.string().optional(),
        after: z.string().optional(),
      }),
    ),
    base: z.enum(['same', 'rebuilt', 'changed', 'unknown']),
    layers: z.object({
      before: z.number().int(),
      after: z.number().int(),
      /** Lowest layers that both have, by what is in them. */
      shared: z.number().int(),
    }),
    advisories: z.object({ oldestAt: instant, newestAt: instant }).optional(),
  })
  .meta({ id: 'Comparison' });

/** What a reference of the question names, and how far it was looked into. */
export const comparedImage = z
  .object({
    repository: z.string(),
    tag: z.string().optional(),
    digest,
    /** Of the platform's image. */
    imageDigest: digest.optional(),
    pushedAt: instant,
    scan: scanState,
    /** Once it is judged. */
    loadLine: loadLine.optional(),
  })
  .meta({ id: 'ComparedImage' });

export const comparisonAnswer = z
  .object({
    before: comparedImage,
    after: comparedImage,
    /** The one that is compared; absent where the images do not say theirs. */
    platform: z.string().optional(),
    /** Those that both have. */
    platforms: z.array(z.string()),
    /** Absent until both are judged, or where one never will be: their scans say so. */
    comparison: comparison.optional(),
  })
  .meta({ id: 'ComparisonAnswer' });

/** A move of a tag from one digest to another, and what it did in a line. */
export const tagChange = z
  .object({
    tag: z.string(),
    before: digest,
    /** Another tag that names the image before by now. */
    beforeTag: z.string().optional(),
    after: digest,
    movedAt: instant,
    state: z.enum(['compared', 'pending', 'incomparable']),
    /** Why there is nothing to tell yet, or never. */
    why: z.string().optional(),
    answer: z.string().optional(),
    summary: z.string().optional(),
    trend: trend.optional(),
    /** Of the image after. */
    loadLine: loadLine.optional(),
  })
  .meta({ id: 'TagChange' });

export const tagChangeList = z
  .object({ changes: z.array(tagChange), cursor: z.string().optional() })
  .meta({ id: 'TagChangeList' });

/** What changed since the digest that the same tag named before. */
export const imageChange = z
  .object({ change: tagChange, answer: comparisonAnswer.optional() })
  .meta({ id: 'ImageChange' });

const askedReference = z.string().min(1).max(600);

export const comparisonQuery = z.object({
  before: askedReference.meta({ description: 'repository:tag or repository@digest of this server' }),
  after: askedReference.meta({ description: 'repository:tag or repository@digest of this server' }),
  platform: z.string().max(100).optional().meta({ description: 'os/architecture[/variant]' }),
});

export const changeQuery = z.object({
  platform: z.string().max(100).optional().meta({ description: 'os/architecture[/variant]' }),
});

export const changesQuery = z.object({
  tag: z.string().max(128).optional(),
  after: digest.optional().meta({ description: 'only moves to this digest' }),
  cursor: z.string().max(400).optional(),
  /** Each row is two reports compared. */
  limit: z.coerce.number().int().min(1).max(50).default(10),
});

export type ComparedSide = z.infer<typeof comparedSide>;
export type FindingNote = z.infer<typeof findingNote>;
export type PackageChange = z.infer<typeof packageChange>;
export type Comparison = z.infer<typeof comparison>;
export type ComparedImage = z.infer<typeof comparedImage>;
export type ComparisonAnswer = z.infer<typeof comparisonAnswer>;
export type TagChange = z.infer<typeof tagChange>;
export type TagChangeList = z.infer<typeof tagChangeList>;
export type ImageChange = z.infer<typeof imageChange>;
