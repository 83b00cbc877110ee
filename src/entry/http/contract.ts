// The contract between the server and everyone who reads its JSON API: one zod schema per shape.
// The same schemas validate requests, type the web UI (which imports only types from here) and
// yield the OpenAPI 3.1 document. Times are RFC 3339 text; sizes are bytes; paging is by opaque cursor
// for growing lists and by offset inside one image's frozen report.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';

export const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });
export const digest = z.string().regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/);
export const severity = z.enum(['critical', 'high', 'medium', 'low', 'negligible', 'unknown']);
export const outcome = z.enum(['pass', 'fail', 'unknown']);

/** RFC 9457 problem details; `code` is from the error reference. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });

/** Where the water stands: 0 dry, 1 full, the line at 0.5; `band` is the top of what is unknown. */
export const loadLine = z.object({ water: z.number(), band: z.number(), outcome }).meta({ id: 'LoadLine' });

export const scanState = z
  .object({
    state: z.enum(['queued', 'indexing', 'matching', 'judging', 'judged', 'failed', 'unsupported']),
    layersDone: z.number().int(),
    layersTotal: z.number().int(),
    /** Why it failed, one sentence; or why an artifact is not judged. */
    error: z.string().optional(),
    judgedAt: instant.optional(),
  })
  .meta({ id: 'ScanState' });

/** What a list shows of a judged image. @public for the document of the API, which takes every export. */
export const imageSummary = z
  .object({
    answer: z.string(),
    outcome,
    loadLine,
    packages: z.number().int(),
    judged: z.number().int(),
    findings: z.record(severity, z.number().int()),
    fixable: z.number().int(),
    platform: z.string().optional(),
    sizeBytes: z.number().int(),
    distribution: z.string().optional(),
  })
  .meta({ id: 'ImageSummary' });

/** One tag as lists show it; an index is summed up by its chosen platform. */
export const imageRow = z
  .object({
    repository: z.string(),
    tag: z.string().optional(),
    digest,
    pushedAt: instant,
    platforms: z.array(z.string()),
    /** In lists of a repository's tags; absent where no pull is recorded. */
    pulledAt: instant.optional(),
    scan: scanState,
    summary: imageSummary.optional(),
  })
  .meta({ id: 'ImageRow' });

export const feedStatus = z
  .object({
    feed: z.string(),
    title: z.string(),
    refreshedAt: instant,
    records: z.number().int(),
    sizeBytes: z.number().int(),
    coverage: z.enum(['affected', 'fixed-only']),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'FeedStatus' });

export const advisoriesStatus = z
  .object({
    feeds: z.array(feedStatus),
    /** The oldest feed's refresh; absent where none was ever refreshed. */
    oldestAt: instant.optional(),
    refreshing: z.boolean(),
  })
  .meta({ id: 'AdvisoriesStatus' });

export const home = z
  .object({
    version: z.string(),
    /** host[:port] that clients write before a repository's name. */
    registryHost: z.string(),
    newest: z.array(imageRow),
    totals: z.object({
      repositories: z.number().int(),
      images: z.number().int(),
      packages: z.number().int(),
      judgedPackages: z.number().int(),
    }),
    advisories: advisoriesStatus,
  })
  .meta({ id: 'Home' });

export const repositoryRow = z
  .object({
    name: z.string(),
    isPublic: z.boolean(),
    tags: z.number().int(),
    updatedAt: instant,
    newest: imageRow.optional(),
  })
  .meta({ id: 'RepositoryRow' });

export const repositoryList = z
  .object({ repositories: z.array(repositoryRow), cursor: z.string().optional() })
  .meta({ id: 'RepositoryList' });

/** Pulls as docs/guide/pulls.md counts them, a few seconds old at most. @public for the document of the API. */
export const pullSummary = z
  .object({
    /** Since when they are recorded without a gap: nothing is known of before. */
    since: instant,
    total: z.number().int(),
    /** Today and the 29 days before it, in UTC. */
    last30Days: z.number().int(),
    lastAt: instant.optional(),
  })
  .meta({ id: 'PullSummary' });

export const repositoryDetail = z
  .object({
    name: z.string(),
    isPublic: z.boolean(),
    createdAt: instant,
    updatedAt: instant,
    tags: z.number().int(),
    registryHost: z.string(),
    /** Pushes that wait for an answer (`/-/held`); there for those who may give it. */
    held: z.number().int().optional(),
    pulls: pullSummary,
  })
  .meta({ id: 'RepositoryDetail' });

export const tagList = z
  .object({ tags: z.array(imageRow), cursor: z.string().optional() })
  .meta({ id: 'TagList' });

/** A hit for a package or a vulnerability: which image holds it. */
export const imageHit = z.object({ image: imageRow, why: z.string() }).meta({ id: 'ImageHit' });

export const searchResult = z
  .object({
    repositories: z.array(repositoryRow),
    packages: z.array(imageHit),
    vulnerabilities: z.array(imageHit),
  })
  .meta({ id: 'SearchResult' });

export const finding = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()),
    severity,
    score: z.number().optional(),
    vector: z.string().optional(),
    severityBy: z.string(),
    summary: z.string().optional(),
    url: z.string().optional(),
    note: z.string().optional(),
    /** When the advisory was published; absent where it does not say. */
    publishedAt: z.string().optional(),
    /** In CISA's catalogue of known exploited vulnerabilities: days as `2026-11-20`. */
    exploited: z
      .object({ since: z.string(), dueAt: z.string().optional(), isRansomware: z.boolean() })
      .optional(),
    /** FIRST's estimate of exploitation within 30 days, as of the day that the report was judged with. */
    epss: z.object({ score: z.number(), percentile: z.number(), asOf: z.string() }).optional(),
    package: z.object({
      purl: z.string(),
      type: z.string(),
      name: z.string(),
      version: z.string(),
      matchedName: z.string(),
      matchedVersion: z.string(),
      path: z.string(),
      layerDiffId: z.string(),
      layerPosition: z.number().int(),
    }),
    fixedVersion: z.string().optional(),
    evidence: z.object({
      feed: z.string(),
      recordId: z.string(),
      scope: z.string(),
      comparison: z.string(),
    }),
  })
  .meta({ id: 'Finding' });

export const findingList = z
  .object({ findings: z.array(finding), total: z.number().int(), offset: z.number().int() })
  .meta({ id: 'FindingList' });

/** Findings that one step clears; `findings` holds the first 50, `total` counts all. */
export const fixGroup = z
  .object({
    key: z.string(),
    title: z.string(),
    detail: z.string(),
    command: z.string().optional(),
    fixable: z.boolean(),
    total: z.number().int(),
    severities: z.record(severity, z.number().int()),
    findings: z.array(finding),
  })
  .meta({ id: 'FixGroup' });

export const packageRow = z
  .object({
    type: z.string(),
    name: z.string(),
    version: z.string(),
    purl: z.string(),
    architecture: z.string().optional(),
    sourceName: z.string().optional(),
    sourceVersion: z.string().optional(),
    licenses: z.array(z.string()),
    locations: z.array(
      z.object({ path: z.string(), layerDiffId: z.string(), layerPosition: z.number().int() }),
    ),
    foundBy: z.string(),
    findings: z.record(severity, z.number().int()),
    /** Why no feed judges it; absent where one does. */
    gap: z.string().optional(),
  })
  .meta({ id: 'PackageRow' });

export const packageList = z
  .object({ packages: z.array(packageRow), total: z.number().int(), offset: z.number().int() })
  .meta({ id: 'PackageList' });

export const ruleVerdict = z
  .object({
    rule: z.string(),
    title: z.string(),
    outcome,
    label: z.string(),
    reasons: z.array(z.string()),
    excess: z.number(),
    unjudged: z.number(),
    /** In the score. */
    weight: z.number().optional(),
  })
  .meta({ id: 'RuleVerdict' });

/** The weight of the rules that are met, of all; `hides` says what the letter does not show. */
export const score = z
  .object({
    grade: z.enum(['A', 'B', 'C', 'D', 'E', 'F']),
    percent: z.number(),
    hides: z.array(z.string()),
  })
  .meta({ id: 'Score' });

export const layer = z
  .object({
    position: z.number().int(),
    digest,
    diffId: digest,
    mediaType: z.string(),
    sizeBytes: z.number().int(),
    unpackedBytes: z.number().int(),
    entries: z.number().int(),
    deletions: z.number().int(),
    /** The history step that made it, where the configuration says so. */
    createdBy: z.string().optional(),
    packages: z.number().int(),
    findings: z.number().int(),
  })
  .meta({ id: 'Layer' });

export const imageConfig = z
  .object({
    createdAt: z.string().optional(),
    author: z.string().optional(),
    user: z.string().optional(),
    entrypoint: z.array(z.string()),
    command: z.array(z.string()),
    env: z.array(z.string()),
    workingDir: z.string().optional(),
    exposedPorts: z.array(z.string()),
    volumes: z.array(z.string()),
    labels: z.record(z.string(), z.string()),
    stopSignal: z.string().optional(),
    history: z.array(
      z.object({
        createdAt: z.string().optional(),
        createdBy: z.string().optional(),
        comment: z.string().optional(),
        emptyLayer: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ImageConfig' });

/** Which image it was built upon, how that is known, and how surely. */
export const baseImage = z
  .object({
    /** As in a FROM line; absent where only its layers or its digest are known. */
    reference: z.string().optional(),
    /** Other names of the same image. */
    aliases: z.array(z.string()),
    digest: digest.optional(),
    /** How many of the lowest layers are the base's; absent where that is not known. */
    layers: z.number().int().optional(),
    method: z.enum(['provenance', 'annotation', 'layers', 'history']),
    confidence: z.enum(['certain', 'likely', 'guess']),
    why: z.string(),
    /** Whether its name still means the same image; absent where that is not known. */
    isCurrent: z.boolean().optional(),
    createdAt: z.string().optional(),
  })
  .meta({ id: 'BaseImage' });

/** An image that lies below others: all its layers are the lowest of those asked about. @public as above. */
export const knownImage = z
  .object({
    digest,
    indexDigests: z.array(digest),
    layers: z.number().int(),
    references: z.array(z.string()),
  })
  .meta({ id: 'KnownImage' });

export const knownImageList = z.object({ images: z.array(knownImage) }).meta({ id: 'KnownImageList' });

/** Everything the image page needs at once, but for the two long tables. */
export const imageReport = z
  .object({
    answer: z.string(),
    outcome,
    loadLine,
    rules: z.array(ruleVerdict),
    score: score.optional(),
    /** Which policy was asked. */
    policy: z.string().optional(),
    fixes: z.array(fixGroup),
    totals: z.object({
      packages: z.number().int(),
      findings: z.number().int(),
      severities: z.record(severity, z.number().int()),
      fixable: z.number().int(),
      files: z.number().int(),
      unpackedBytes: z.number().int(),
    }),
    coverage: z.object({
      packages: z.number().int(),
      judged: z.number().int(),
      /** At most 200; `gapTotal` counts all. */
      gaps: z.array(z.object({ purl: z.string(), name: z.string(), version: z.string(), why: z.string() })),
      gapTotal: z.number().int(),
      feeds: z.array(feedStatus.pick({ feed: true, refreshedAt: true, coverage: true, scopes: true })),
    }),
    unknowns: z.array(z.object({ where: z.string(), why: z.string() })),
    distribution: z
      .object({ id: z.string(), versionId: z.string().optional(), prettyName: z.string().optional() })
      .optional(),
    layers: z.array(layer),
    config: imageConfig,
    /** As far as the sender may see; absent where it is not known. */
    base: baseImage.optional(),
    /** Why the base is not known, or what of it; one sentence each. */
    baseUnknowns: z.array(z.string()),
    createdAt: instant,
  })
  .meta({ id: 'ImageReport' });

export const imageDetail = z
  .object({
    repository: z.string(),
    /** As asked: a tag or a digest. */
    reference: z.string(),
    tag: z.string().optional(),
    /** Other tags of this repository that point at the same digest. */
    otherTags: z.array(z.string()),
    /** What the reference names (an index where `platforms` has more than one). */
    digest,
    mediaType: z.string(),
    artifactType: z.string().optional(),
    /** The platform image that is shown. */
    imageDigest: digest.optional(),
    platform: z.string().optional(),
    platforms: z.array(
      z.object({ platform: z.string(), digest, scan: scanState, summary: imageSummary.optional() }),
    ),
    /** Compressed bytes of the shown platform: configuration and layers. */
    sizeBytes: z.number().int(),
    pushedAt: instant,
    registryHost: z.string(),
    scan: scanState,
    report: imageReport.optional(),
  })
  .meta({ id: 'ImageDetail' });

/** What must work for requests to be answered; `why` only where it does not. */
export const readiness = z
  .object({
    status: z.enum(['ready', 'not ready']),
    checks: z.array(
      z.object({
        name: z.string(),
        isReady: z.boolean(),
        why: z.string().optional(),
        /** It works, but not for everything: a disk that is nearly full takes no pushes. */
        warning: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Readiness' });

export const liveness = z
  .object({ status: z.literal('alive'), warnings: z.array(z.string()).optional() })
  .meta({ id: 'Liveness' });

export const searchQuery = z.object({ q: z.string().max(200).default('') });

export const imageQuery = z.object({
  platform: z.string().max(100).optional().meta({ description: 'os/architecture[/variant]' }),
});

/** At most as many as fit into a request's head; what is above them does not matter for what lies lowest. */
export const layersQuery = z.object({
  diff_id: z
    .array(digest)
    .max(limits.askedDiffIds)
    .meta({ description: 'diffIDs of an image, lowest layer first; repeated' }),
});

export const sbomQuery = imageQuery.extend({ format: z.enum(['spdx', 'cyclonedx']).default('spdx') });

export const findingQuery = z.object({
  platform: z.string().optional(),
  q: z.string().max(200).optional(),
  severity: z.string().max(100).optional().meta({ description: 'comma-separated severities' }),
  fixable: z.enum(['true', 'false']).optional(),
  sort: z.enum(['severity', 'id', 'package', 'fix']).default('severity'),
  order: z.enum(['asc', 'desc']).default('desc'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const packageQuery = z.object({
  platform: z.string().optional(),
  q: z.string().max(200).optional(),
  type: z.string().max(40).optional(),
  layer: z.coerce.number().int().min(0).optional(),
  sort: z.enum(['name', 'type', 'layer', 'findings']).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const listQuery = z.object({
  q: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export type Readiness = z.infer<typeof readiness>;
export type Problem = z.infer<typeof problem>;
export type LoadLine = z.infer<typeof loadLine>;
export type ScanState = z.infer<typeof scanState>;
export type ImageRow = z.infer<typeof imageRow>;
export type FeedStatus = z.infer<typeof feedStatus>;
export type AdvisoriesStatus = z.infer<typeof advisoriesStatus>;
export type Home = z.infer<typeof home>;
export type RepositoryRow = z.infer<typeof repositoryRow>;
export type RepositoryList = z.infer<typeof repositoryList>;
export type PullSummary = z.infer<typeof pullSummary>;
export type RepositoryDetail = z.infer<typeof repositoryDetail>;
export type TagList = z.infer<typeof tagList>;
export type ImageHit = z.infer<typeof imageHit>;
export type SearchResult = z.infer<typeof searchResult>;
export type Finding = z.infer<typeof finding>;
export type FindingList = z.infer<typeof findingList>;
export type FixGroup = z.infer<typeof fixGroup>;
export type PackageRow = z.infer<typeof packageRow>;
export type PackageList = z.infer<typeof packageList>;
export type RuleVerdict = z.infer<typeof ruleVerdict>;
export type Layer = z.infer<typeof layer>;
export type ImageConfig = z.infer<typeof imageConfig>;
export type BaseImage = z.infer<typeof baseImage>;
export type KnownImageList = z.infer<typeof knownImageList>;
export type ImageReport = z.infer<typeof imageReport>;
export type ImageDetail = z.infer<typeof imageDetail>;
export type FindingQuery = z.infer<typeof findingQuery>;
export type PackageQuery = z.infer<typeof packageQuery>;
export type ListQuery = z.infer<typeof listQuery>;
