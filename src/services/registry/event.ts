// What happened in the registry, for those who act on it later (scans, webhooks, mirrors). An event is
// written in the transaction that makes it true, so it is never lost and never a lie. Beside it stands the row of the
// audit log, which says who did it.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { type Actor, type AuditWish, recordAudit } from '../hub/audit.ts';
import type { KeepRule } from './retention-rule.ts';

/** One row of the event table; all members but `kind` stand in its `subject_json`. */
export type RegistryEvent =
  | { readonly kind: 'manifest_pushed'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'manifest_deleted'; readonly repository: string; readonly digest: Digest }
  /** The last blob that a sparse manifest had lacked has come. */
  | { readonly kind: 'manifest_completed'; readonly repository: string; readonly digest: Digest }
  /** Stored bytes were found lost or changed; they are set aside and no longer served. */
  | { readonly kind: 'blob_damaged'; readonly digest: Digest; readonly why: string }
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
  /** The sentinel found something in a move that happened; what, stands in `rules`. */
  | {
      readonly kind: 'tag_suspected';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly rules: readonly string[];
    }
  /** A push that did not move its tag, or the end of its waiting. */
  | {
      readonly kind: 'tag_held' | 'tag_confirmed' | 'tag_hold_dropped';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
      readonly previous: Digest;
      readonly rules: readonly string[];
    }
  | {
      readonly kind: 'tag_rule_changed';
      readonly repository: string;
      /** Null: the standard ones. */
      readonly patterns: readonly string[] | null;
      /** The account's name. */
      readonly by: string | null;
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
  for (const { kind, ...subject } of events)
    await query
      .insertInto('event')
      .values({ kind, subject_json: JSON.stringify(subject), created_at: now, dispatched_at: null })
      .execute();
  await recordAudit(query, actor, events.map(toAudit), now);
}

const AUDIT: Readonly<Record<RegistryEvent['kind'], string>> = Object.freeze({
  manifest_pushed: 'manifest.push',
  manifest_deleted: 'manifest.delete',
  manifest_completed: 'manifest.complete',
  blob_damaged: 'blob.damage',
  tag_moved: 'tag.move',
  tag_deleted: 'tag.delete',
  tag_suspected: 'tag.suspect',
  tag_held: 'tag.hold',
  tag_confirmed: 'tag.confirm',
  tag_hold_dropped: 'tag.drop',
  tag_rule_changed: 'repository.tag_rule',
  retention_rule_changed: 'repository.retention_rule',
});

function toAudit(event: RegistryEvent): AuditWish {
  const { kind } = event;
  if (kind === 'blob_damaged')
    return { action: AUDIT[kind], target: 'storage', digest: event.digest, detail: { why: event.why } };
  const target = event.repository;
  if (kind === 'tag_rule_changed')
    return { action: AUDIT[kind], target, detail: { patterns: event.patterns } };
  if (kind === 'retention_rule_changed')
    return { action: AUDIT[kind], target, detail: { rule: event.rule === null ? null : { ...event.rule } } };
  const detail = {
    ...('tag' in event ? { tag: event.tag } : {}),
    ...('previous' in event ? { previous: event.previous } : {}),
    ...('rules' in event ? { rules: event.rules } : {}),
  };
  return { action: AUDIT[kind], target, digest: event.digest, detail };
}
