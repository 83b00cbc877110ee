// The rows, as kysely sees them. One migration file per change in migrations/; this file shows the sum.
// Conventions: *_at is integer epoch milliseconds, is_* is 0 or 1, *_json is JSON text, *_zst is zstd JSON.
import type { Generated } from 'kysely';
import type { IdentityTables } from './tables-identity.ts';
import type { MarkTables } from './tables-mark.ts';
import type { PartTables } from './tables-part.ts';
import type { PullTables } from './tables-pull.ts';
import type { RightsTables } from './tables-rights.ts';
import type { RotationTables } from './tables-rotation.ts';
import type { TagTables } from './tables-tag.ts';
import type { TrustTables } from './tables-trust.ts';
import type { WitnessTables } from './tables-witness.ts';

export interface AccountTable {
  id: string;
  name: string;
  /** PHC string, argon2id. */
  password_hash: string;
  is_admin: number;
  created_at: number;
  /** From then on it may not log in; null where it may. */
  disabled_at: number | null;
}

/** Instance-wide values made once, such as the key that signs bearer tokens. */
export interface SettingTable {
  name: string;
  value: string;
}

export interface RepositoryTable {
  id: Generated<number>;
  name: string;
  is_public: number;
  created_at: number;
  /** Last tag move or manifest push. */
  updated_at: number;
  /** Patterns of tags that stay what they are, a JSON list; null: the standard ones. */
  immutable_tags_json: string | null;
  /** How many tags it has. */
  tags: Generated<number>;
}

export interface BlobTable {
  digest: string;
  size_bytes: number;
  created_at: number;
  /** Since when nothing reaches it, in the collector's own time; null while something does, or until it is noticed. */
  collectable_at: number | null;
  /** When its bytes last had their digest; null where they never were asked. */
  proven_at: number | null;
  /** When its bytes were found lost or changed; null while they are sound. */
  damaged_at: number | null;
}

/** What is known of a damaged blob; the last time alone, where it was damaged more than once. */
export interface BlobDamageTable {
  digest: string;
  /** Half a sentence. */
  why: string;
  found_at: number;
  /** How often mirrors were asked for it in vain since then. */
  tries: number;
  tried_at: number | null;
  /** What became of the last try. */
  error: string | null;
  /** Null while it is damaged. */
  repaired_at: number | null;
  /** 'push', or the mirror's repository as `host/name`. */
  repaired_from: string | null;
}

/** Which repository may serve which blob: a blob is reachable only through a repository that holds it. */
export interface RepositoryBlobTable {
  repository_id: number;
  digest: string;
  created_at: number;
  /** Since when no manifest of the repository names it, in the collector's own time; null where one does. */
  unused_at: number | null;
}

export interface UploadTable {
  id: string;
  repository_id: number;
  /** 'sha256' | 'sha512' */
  algorithm: string;
  started_at: number;
  updated_at: number;
}

export interface ManifestTable {
  repository_id: number;
  digest: string;
  media_type: string;
  /** 'image' | 'index' */
  kind: string;
  artifact_type: string | null;
  size_bytes: number;
  subject_digest: string | null;
  annotations_json: string | null;
  created_at: number;
}

/** The reference graph: manifest -> its config, layers and child manifests. Garbage collection stands on it. */
export interface ManifestChildTable {
  repository_id: number;
  digest: string;
  child_digest: string;
  /** 'config' | 'layer' | 'manifest' */
  role: string;
  position: number;
}

/** What a manifest names and its repository does not hold: such an image cannot be run, nor judged. */
export interface ManifestMissingTable {
  repository_id: number;
  digest: string;
  child_digest: string;
}

/** Manifests that were deleted and can still be undeleted; their blobs stay reachable. */
export interface TrashTable {
  repository_id: number;
  digest: string;
  media_type: string;
  deleted_at: number;
  /** An account; empty where it was nobody with a name. */
  deleted_by: string;
  /** When a run of the collector first saw it, in its own time; the grace counts from there. */
  seen_at: number | null;
}

/** What a deleted manifest names. */
export interface TrashChildTable {
  repository_id: number;
  digest: string;
  child_digest: string;
}

/** Tags that were deleted, alone or with their manifest. */
export interface TrashTagTable {
  repository_id: number;
  name: string;
  digest: string;
  deleted_at: number;
  deleted_by: string;
  seen_at: number | null;
}

export interface TagTable {
  repository_id: number;
  name: string;
  digest: string;
  updated_at: number;
  /** The leaf of the tag log that put it there; null only until the start after the upgrade that brought the log. */
  leaf: number | null;
}

/** How many bytes a namespace may hold; no row: without limit. */
export interface NamespaceQuotaTable {
  namespace: string;
  quota_bytes: number;
  set_at: number;
}

/** What happened, written in the transaction that made it happen; jobs are made from events. */
export interface EventTable {
  id: Generated<number>;
  /** As services/registry/event.ts has them, and 'scan_ended', 'image_judged' */
  kind: string;
  subject_json: string;
  created_at: number;
  /** Null until its jobs stand in the queue. */
  dispatched_at: number | null;
}

export interface JobTable {
  id: Generated<number>;
  kind: string;
  /** At most one unfinished job per (kind, key). */
  key: string;
  input_json: string;
  /** 'ready' | 'leased' | 'done' | 'failed' */
  state: string;
  attempts: number;
  /** Not before this moment. */
  run_at: number;
  lease_owner: string | null;
  lease_until: number | null;
  error: string | null;
  created_at: number;
  updated_at: number;
}

/** What is known of one runnable image manifest, whatever repositories hold it. */
export interface ScanTable {
  /** Digest of the platform's image manifest. */
  digest: string;
  /** 'queued' | 'indexing' | 'matching' | 'judging' | 'judged' | 'failed' | 'unsupported' */
  state: string;
  /** Repository to read the layers through. */
  repository_id: number;
  /** `linux/amd64`; null where the image does not say. */
  platform: string | null;
  layers_done: number;
  layers_total: number;
  /** Packages found and packages judged; null until judged. Before the blobs, so that sums read no blob. */
  packages: number | null;
  judged_packages: number | null;
  /** Subject and inventory as zstd-compressed JSON; null until indexed. */
  inventory_zst: Uint8Array | null;
  /** Report (findings, coverage, verdicts, load line) as zstd-compressed JSON; null until judged. */
  report_zst: Uint8Array | null;
  /** Summary as JSON, small, for lists; null until judged. */
  summary_json: string | null;
  error: string | null;
  queued_at: number;
  indexed_at: number | null;
  judged_at: number | null;
}

/** Which images hold which package, under the name that advisories use; re-matching starts here. */
export interface ScanPackageTable {
  digest: string;
  /** Advisory scope, e.g. `debian:12`, `alpine:v3.11`, `go`, `npm`. */
  scope: string;
  /** The name advisories use: source package, origin, module. */
  name: string;
}

/** What people call the packages of an image (binary package, module, npm name): search by package. */
export interface ScanComponentTable {
  digest: string;
  name: string;
  version: string;
  /** 'deb' | 'apk' | 'npm' | 'golang' */
  type: string;
}

/** Which images have which vulnerability, under every name it is known by: search by CVE. */
export interface ScanFindingTable {
  digest: string;
  id: string;
  severity: string;
}

/** A tag that moved from one digest to another, in a repository; the newest of each tag are kept. */
export interface TagChangeTable {
  id: Generated<number>;
  repository_id: number;
  tag: string;
  before_digest: string;
  after_digest: string;
  moved_at: number;
  /** When its webhooks were told, or it was decided that none is; null until then. */
  told_at: number | null;
}

export interface WebhookTable {
  id: string;
  url: string;
  /** Signs what is posted; never leaves the server again. */
  secret: string;
  /** Pattern of repositories' names, e.g. `team/*`. */
  repositories: string;
  /** 'change', 'push', 'delete', 'blob_damaged', 'blob_repaired', with commas between. */
  events: Generated<string>;
  created_at: number;
  /** The account's name. */
  created_by: string;
}

export interface WebhookDeliveryTable {
  id: string;
  webhook_id: string;
  /** Null for a test. At most one delivery per webhook and change. */
  change_id: number | null;
  /** 'change' | 'push' | 'delete' | 'blob_damaged' | 'blob_repaired' | 'ping' */
  event: string;
  /** The JSON text that is posted, the same at each try. */
  body: string;
  /** 'waiting' | 'delivered' | 'failed' */
  state: string;
  attempts: number;
  /** HTTP status of the last answer; null where there was none. */
  status: number | null;
  /** Why the last try failed. */
  error: string | null;
  created_at: number;
  ended_at: number | null;
  /** The delivery that was first, where this is another try of it that somebody asked for. */
  replay_of: string | null;
}

/**
 * The layers of the images that were looked into, as stacks: a row for each stack of lowest layers, so that an
 * image's base and what is built upon it are each one look-up.
 */
export interface ImageChainTable {
  /** Of the image manifest. */
  digest: string;
  /** How many lowest layers the row stands for, from 1. */
  layers: number;
  /** Their ChainID (image-spec config.md). */
  chain_id: string;
  /** 1 on the row of all its layers. */
  is_whole: number;
}

export interface Tables
  extends RightsTables,
    PullTables,
    TagTables,
    WitnessTables,
    TrustTables,
    IdentityTables,
    MarkTables,
    RotationTables,
    PartTables {
  account: AccountTable;
  setting: SettingTable;
  repository: RepositoryTable;
  blob: BlobTable;
  blob_damage: BlobDamageTable;
  repository_blob: RepositoryBlobTable;
  upload: UploadTable;
  manifest: ManifestTable;
  manifest_child: ManifestChildTable;
  manifest_missing: ManifestMissingTable;
  trash: TrashTable;
  trash_child: TrashChildTable;
  trash_tag: TrashTagTable;
  tag: TagTable;
  namespace_quota: NamespaceQuotaTable;
  event: EventTable;
  job: JobTable;
  scan: ScanTable;
  scan_package: ScanPackageTable;
  scan_component: ScanComponentTable;
  scan_finding: ScanFindingTable;
  tag_change: TagChangeTable;
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
  image_chain: ImageChainTable;
}
