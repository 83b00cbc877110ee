// What targets, snapshot and timestamp say, unsigned (TUF 1.0, sections 4.4 to 4.6): each names the versions, lengths
// and hashes below it, so that nothing can be exchanged or taken back alone.
import { hash } from 'node:crypto';
import { Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import {
  formatExpiry,
  formatRoleFile,
  type OnlineRole,
  type RoleFile,
  specVersion,
} from '../../formats/tuf/role-file.ts';
import { limits } from '../../kit/limits.ts';
import { trustRootErrors } from './errors.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long what is signed online holds. The timestamp's is the longest that clients can be kept from news by somebody
 * who holds back answers, and the longest that an instance may be down without its clients calling what they have stale.
 */
const onlineLifetimesMs: Readonly<Record<OnlineRole, number>> = Object.freeze({
  targets: 180 * DAY_MS,
  snapshot: 30 * DAY_MS,
  timestamp: 7 * DAY_MS,
});

/** Renewed so long before the end, so that clients see fresh files while a week of trouble lasts. */
export const renewalMs: Readonly<Record<OnlineRole, number>> = Object.freeze({
  targets: 90 * DAY_MS,
  snapshot: 15 * DAY_MS,
  timestamp: 6 * DAY_MS,
});

/** What is published, by name: `trusted_root.json` and its like. */
export type TargetBytes = ReadonlyMap<string, Uint8Array>;

export function draftTargets(targets: TargetBytes, version: number, nowMs: number): RoleFile<'targets'> {
  const files = [...targets].map(([path, bytes]) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(path))
      throw trustRootErrors.target_unsuitable(`"${path.slice(0, 100)}" is no name of a target`);
    if (bytes.byteLength > limits.tufTargetBytes)
      throw trustRootErrors.target_unsuitable(`${path} has more than ${limits.tufTargetBytes} bytes`);
    return new TargetFile({
      path,
      length: bytes.byteLength,
      hashes: { sha256: hash('sha256', bytes, 'hex') },
    });
  });
  return new Metadata(
    new Targets({
      specVersion,
      version,
      expires: expiry('targets', nowMs),
      targets: Object.fromEntries(files.map((file) => [file.path, file])),
    }),
  );
}

export function draftSnapshot(
  targets: RoleFile<'targets'>,
  version: number,
  nowMs: number,
): RoleFile<'snapshot'> {
  return new Metadata(
    new Snapshot({
      specVersion,
      version,
      expires: expiry('snapshot', nowMs),
      meta: { 'targets.json': metaOf(targets) },
    }),
  );
}

export function draftTimestamp(
  snapshot: RoleFile<'snapshot'>,
  version: number,
  nowMs: number,
): RoleFile<'timestamp'> {
  return new Metadata(
    new Timestamp({
      specVersion,
      version,
      expires: expiry('timestamp', nowMs),
      snapshotMeta: metaOf(snapshot),
    }),
  );
}

/** The file as it is published, with its signatures. */
function metaOf(file: RoleFile<'targets' | 'snapshot'>): MetaFile {
  const bytes = formatRoleFile(file);
  return new MetaFile({
    version: file.signed.version,
    length: bytes.byteLength,
    hashes: { sha256: hash('sha256', bytes, 'hex') },
  });
}

function expiry(role: OnlineRole, nowMs: number): string {
  return formatExpiry(nowMs + onlineLifetimesMs[role]);
}
