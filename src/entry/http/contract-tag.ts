// The contract's shapes of tags' history and of the tag log; read contract.ts first.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { digest, instant } from './contract.ts';

/** What speaks against a move of a tag, and what could not be known of it. */
export const suspicion = z
  .object({
    /** As docs/guide/tags.md lists them: `unsigned`, `new_credential`. */
    rule: z.string(),
    why: z.string(),
  })
  .meta({ id: 'TagSuspicion' });

const judgement = {
  suspicions: z.array(suspicion),
  /** By rule: a rule that could not judge has not found the move good. */
  unknowns: z.array(z.object({ where: z.string(), why: z.string() })),
};

/** A push that did not move its tag. */
export const tagHold = z
  .object({
    tag: z.string(),
    digest,
    /** What is served meanwhile. */
    previous: digest,
    by: z.string(),
    via: z.string(),
    at: instant,
    ...judgement,
  })
  .meta({ id: 'TagHold' });

export const tagHolds = z
  .object({ repository: z.string(), holds: z.array(tagHold) })
  .meta({ id: 'TagHolds' });

/** The digest is that of the push that is meant: another may have taken its place since. */
export const tagHoldAnswer = z
  .strictObject({
    decision: z.enum(['confirm', 'drop']),
    digest,
    /** Stands in the audit log and in what webhooks are told. */
    reason: z.string().trim().min(1).max(limits.tagReasonChars).optional(),
  })
  .meta({ id: 'TagHoldAnswer' });

const sentinelMode = z.enum(['off', 'log', 'hold']);

/** How moves of a repository’s tags are judged. */
export const sentinelSetting = z
  .object({
    repository: z.string(),
    /** What holds. */
    mode: sentinelMode,
    /** What the repository itself is set to; absent: as the server. */
    own: sentinelMode.optional(),
    server: sentinelMode,
    /** Rules that are switched off here; each judgement says of them that they did not judge. */
    rulesOff: z.array(z.object({ rule: z.string(), reason: z.string(), by: z.string(), at: instant })),
  })
  .meta({ id: 'SentinelSetting' });

/** What is absent stays as it is. */
export const sentinelWish = z
  .strictObject({
    /** Null: the server’s. One that is weaker than it needs an administrator. */
    mode: sentinelMode.nullable().optional(),
    /** The whole list. A rule that is new in it needs an administrator. */
    rulesOff: z
      .array(
        z.strictObject({ rule: z.string(), reason: z.string().trim().min(1).max(limits.tagReasonChars) }),
      )
      .optional(),
  })
  .meta({ id: 'SentinelWish' });

/** One leaf of the tag log, opened. */
export const tagMove = z
  .object({
    /** Its number in the log, from 0. */
    leaf: z.number().int(),
    /** `adopted`: it was there before the log began, since `since` as far as is known. */
    kind: z.enum(['moved', 'deleted', 'adopted']),
    /** Absent where the tag was deleted. */
    digest: digest.optional(),
    /** Absent where there was no such tag before. */
    previous: digest.optional(),
    at: instant,
    /** An account’s name; `plimsoll` is the product itself. */
    by: z.string(),
    /** How: `push`, `confirmed`, `delete`, `api`, `adoption`. */
    via: z.string(),
    reason: z.string().optional(),
    since: instant.optional(),
    /** The canonical record, to check against the log byte for byte. */
    record: z.string(),
    /** Where the record is sealed in the log: the salt that opens it, hex. */
    salt: z.string().optional(),
    /** What the sentinel says of the move; absent where it was not judged. */
    judgement: z.object(judgement).optional(),
  })
  .meta({ id: 'TagMove' });

/** Which log, and what its checkpoints are verified with. */
export const tagLogFacts = z
  .object({
    origin: z.string(),
    /** NAME+ID+KEY, as C2SP signed notes are verified with. */
    key: z.string(),
    /** Keys of before that sign beside it, until then. */
    former: z.array(z.object({ key: z.string(), until: instant })),
    /** Leaves by now. */
    size: z.number().int(),
  })
  .meta({ id: 'TagLogFacts' });

export const tagHistory = z
  .object({
    repository: z.string(),
    tag: z.string(),
    /** The last first; where a time is asked for, only what had happened by then. */
    moves: z.array(tagMove),
    cursor: z.string().optional(),
    /** Where the tag pointed at the time that was asked for. */
    at: z
      .object({
        at: instant,
        /** Absent where there was no such tag then. */
        digest: digest.optional(),
        /** The move that had made it so; absent where none had been yet. */
        leaf: z.number().int().optional(),
        /** Whether the manifest is still there, to be pulled by its digest. */
        isHeld: z.boolean(),
      })
      .optional(),
  })
  .meta({ id: 'TagHistory' });

export const tagHistoryQuery = z.object({
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'RFC 3339: what the tag was then, and what had happened to it by then' }),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(limits.tagMovesPage).default(50),
});

export const proofQuery = z.object({ leaf: z.coerce.number().int().min(0) });

export const tagDeletion = z
  .strictObject({ reason: z.string().trim().min(1).max(limits.tagReasonChars) })
  .meta({ id: 'TagDeletion' });

/** Whole lists: what is not in one is not in the rule. */
export const repositoryWish = z
  .strictObject({
    /** `*` is any text, `?` one character, `#` a number; none: every tag may move; null: full release versions. */
    immutableTags: z.array(z.string()).nullable(),
  })
  .meta({ id: 'RepositoryWish' });

export const tagRule = z
  .object({ repository: z.string(), immutableTags: z.array(z.string()) })
  .meta({ id: 'TagRule' });

export type TagMove = z.infer<typeof tagMove>;
export type TagHistory = z.infer<typeof tagHistory>;
export type TagLogFacts = z.infer<typeof tagLogFacts>;
export type TagHold = z.infer<typeof tagHold>;
export type TagHoldAnswer = z.infer<typeof tagHoldAnswer>;
export type TagHolds = z.infer<typeof tagHolds>;
export type SentinelSetting = z.infer<typeof sentinelSetting>;
export type TagRule = z.infer<typeof tagRule>;
