// What happened in the registry, for those who act on it later (scans, webhooks, mirrors). An event is
// written in the transaction that makes it true, so it is never lost and never a lie. Each says who did it and how they
// proved who they are; beside it stands the row of the audit log, which says the same for good.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { Json } from '../../kit/json.ts';
import { type Actor, type AuditWish, recordAudit, whoOf } from '../hub/audit.ts';
import type { KeepRule } from './retention-rule.ts';
import type { SentinelMode, Suspicion } from './sentinel/facts.ts';

/** What the sentinel said of a move. */
interface Judged {
  readonly suspicions: readonly Suspicion[];
  readonly unknowns: readonly Unknown[];
}

/** One row of the event table; all members but `kind` stand in its `subject_json`, and `who` and `via` beside them. */
export type RegistryEvent =
  | { readonly kind: 'manifest_pushed'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'manifest_deleted'; readonly repository: string; readonly digest: Digest }
  /** The product hung a statement on a manifest, or took one away that it had hung there: nobody's push. */
  | {
      readonly kind: 'statement_attached' | 'statement_detached';
      readonly repository: string;
      readonly digest: Digest;
      readonly subject: Digest;
    }
  /** Somebody took it back, or undid that. */
  | {
      readonly kind: 'image_revoked' | 'image_reinstated';
      readonly repository: string;
      readonly digest: Digest;
      readonly reason: string;
    }
  /** Somebody signed who was not learned, or was the first; `identity` is who, in half a sentence. */
  | {
      readonly kind: 'signature_unexpected';
      readonly repository: string;
      readonly digest: Digest;
      /** 'signature' | 'provenance' */
      readonly use: string;
      readonly identity: string;
      /** What is not as it was learned, in sentences. */
      readonly differences: readonly string[];
      /** Whether the owner had confirmed what was learned. */
      readonly isConfirmed: boolean;
    }
  | {
      readonly kind: 'identity_learned';
      readonly repository: string;
      readonly digest: Digest;
      readonly use: string;
      readonly identity: string;
    }
  /** An owner's word on a signer; `digest` is the last image that it signed. */
  | {
      readonly kind: 'signer_decided';
      readonly repository: string;
      readonly digest: Digest;
      readonly use: string;
      readonly identity: string;
      readonly decision: string;
      readonly reason?: string;
    }
  /** An image under the tag was built otherwise than the one before it. */
  | {
      readonly kind: 'build_changed';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly previous: Digest;
      /** In sentences. */
      readonly changes: readonly string[];
    }
  /** The last blob that a sparse manifest had lacked has come. */
  | { readonly kind: 'manifest_completed'; readonly repository: string; readonly digest: Digest }
  /** Stored bytes were found lost or changed; they are set aside and no longer served. */
  | { readonly kind: 'blob_damaged'; readonly digest: Digest; readonly why: string }
  /** They are there again: by a push, or from the mirror's repository that is named. */
  | { readonly kind: 'blob_repaired'; readonly digest: Digest; readonly from: string }
  | {
      readonly kind: 'tag_moved';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      /** Null where the tag is new. */
      readonly previous: Digest | null;
    }
  | {
      readonly kind: 'tag_deleted';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
    }
  /** The sentinel found something in a move that happened. */
  | ({
      readonly kind: 'tag_suspected';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly previous: Digest | null;
      readonly pushedBy: string;
    } & Judged)
  /** A push that did not move its tag, or the end of its waiting: it was let through, or given up. */
  | ({
      readonly kind: 'tag_held' | 'tag_confirmed' | 'tag_dropped';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly previous: Digest;
      readonly pushedBy: string;
      /** Of whoever ended the waiting. */
      readonly reason?: string;
    } & Judged)
  | {
      readonly kind: 'sentinel_changed';
      readonly repository: string;
      /** Null: the server's. */
      readonly mode: SentinelMode | null;
      readonly rulesOff: readonly { readonly rule: string; readonly reason: string }[];
    }
  | {
      readonly kind: 'tag_rule_changed';
      readonly repository: string;
      /** Null: the standard ones. */
      readonly patterns: readonly string[] | null;
    }
  | {
      readonly kind: 'retention_rule_changed';
      readonly repository: string;
      /** Null: the repository has none of its own any more. */
      readonly rule: KeepRule | null;
    };

/** Writes events, in order, and who did it. `query` is the transaction that they belong to. */
export async function recordEvents(
  query: Query,
  actor: Actor,
  events: readonly RegistryEvent[],
  now: number,
): Promise<void> {
  const by = { who: whoOf(actor), via: actor.via };
  for (const { kind, ...subject } of events)
    await query
      .insertInto('event')
      .values({
        kind,
        subject_json: JSON.stringify({ ...subject, ...by }),
        created_at: now,
        dispatched_at: null,
      })
      .execute();
  await recordAudit(query, actor, events.map(toAudit), now);
}

const AUDIT: Readonly<Record<RegistryEvent['kind'], string>> = Object.freeze({
  manifest_pushed: 'manifest.push',
  manifest_deleted: 'manifest.delete',
  manifest_completed: 'manifest.complete',
  statement_attached: 'statement.attach',
  statement_detached: 'statement.detach',
  image_revoked: 'image.revoke',
  image_reinstated: 'image.reinstate',
  signature_unexpected: 'signature.unexpected',
  identity_learned: 'identity.learn',
  signer_decided: 'identity.decide',
  build_changed: 'build.change',
  blob_damaged: 'blob.damage',
  blob_repaired: 'blob.repair',
  tag_moved: 'tag.move',
  tag_deleted: 'tag.delete',
  tag_suspected: 'tag.suspect',
  tag_held: 'tag.hold',
  tag_confirmed: 'tag.confirm',
  tag_dropped: 'tag.drop',
  sentinel_changed: 'repository.sentinel',
  tag_rule_changed: 'repository.tag_rule',
  retention_rule_changed: 'repository.retention_rule',
});

function toAudit(event: RegistryEvent): AuditWish {
  const { kind } = event;
  if (kind === 'blob_damaged')
    return { action: AUDIT[kind], target: 'storage', digest: event.digest, detail: { why: event.why } };
  if (kind === 'blob_repaired')
    return { action: AUDIT[kind], target: 'storage', digest: event.digest, detail: { from: event.from } };
  const target = event.repository;
  if (kind === 'tag_rule_changed')
    return { action: AUDIT[kind], target, detail: { patterns: event.patterns } };
  if (kind === 'sentinel_changed') {
    const rulesOff = event.rulesOff.map((one): Json => ({ ...one }));
    return { action: AUDIT[kind], target, detail: { mode: event.mode, rulesOff } };
  }
  if (kind === 'retention_rule_changed')
    return { action: AUDIT[kind], target, detail: { rule: event.rule === null ? null : { ...event.rule } } };
  const detail = {
    ...('tag' in event ? { tag: event.tag } : {}),
    ...('subject' in event ? { subject: event.subject } : {}),
    ...('previous' in event ? { previous: event.previous } : {}),
    ...('suspicions' in event ? { rules: event.suspicions.map(({ rule }) => rule) } : {}),
    ...('identity' in event ? { use: event.use, identity: event.identity } : {}),
    ...('decision' in event ? { decision: event.decision } : {}),
    ...('changes' in event ? { changes: [...event.changes] } : {}),
    ...('reason' in event ? { reason: event.reason } : {}),
  };
  return { action: AUDIT[kind], target, digest: event.digest, detail };
}
