// Room that pushes leave free on the disk: below it they are refused with a sentence, while pulls, deletions and
// collection go on, so that the database never finds the disk full. What is free is asked about once a second, or
// sooner where much was written; in between it is counted. Where the disk cannot be asked, nothing is refused, and that
// is said.
import type { DiskSpace } from '../../io/blobs/disk-space.ts';
import { formatSize } from '../../kit/bytes.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import type { Log } from '../../kit/log.ts';
import { registryErrors } from './errors.ts';

export type DiskStatus =
  | (DiskSpace & {
      readonly kind: 'known';
      /** 0: none is kept. */
      readonly reserveBytes: number;
      /** Pushes are refused. */
      readonly isLow: boolean;
    })
  | { readonly kind: 'unknown'; readonly why: string };

export interface Reserve {
  /** Before so many bytes are written: `registry.storage_full` where they would go into the reserve. */
  check(addedBytes: number): Promise<void>;
  /** As `check`, amid a stream: undefined where it is known already that they may be written. */
  take(addedBytes: number): Promise<void> | undefined;
  read(): Promise<DiskStatus>;
  /** What `read` last found, without asking. */
  last(): DiskStatus | undefined;
}

export interface ReserveOptions {
  /** Bytes; 'auto': 1 GiB, or 2 % of the disk where that is less. 0 keeps none. */
  readonly reserve: number | 'auto';
  readonly readSpace: () => Promise<DiskSpace>;
  readonly clock: Clock;
  readonly log: Log;
}

const GIB = 1024 ** 3;
/** A gigabyte lets the database work for a long time; two hundredths are enough where the disk is small. */
const AUTO = Object.freeze({ mostBytes: GIB, share: 0.02 });
const FRESH_MS = 1_000;

export function createReserve(options: ReserveOptions): Reserve {
  const { clock, log, readSpace } = options;
  let status: DiskStatus | undefined;
  let readAt = 0;
  /** Written since then, as far as it was told here. */
  let takenBytes = 0;
  let reading: Promise<DiskStatus> | undefined;

  function isFresh(): boolean {
    const age = clock.now() - readAt;
    if (status === undefined || age < 0 || age >= FRESH_MS) return false;
    return status.kind === 'unknown' || takenBytes < Math.max(status.reserveBytes / 4, 1);
  }

  async function readNow(): Promise<DiskStatus> {
    const before = status;
    status = await readSpace().then(
      (space) => judge(space, options.reserve),
      (error: unknown) => ({ kind: 'unknown' as const, why: describeError(error) }),
    );
    readAt = clock.now();
    takenBytes = 0;
    tell(log, before, status);
    return status;
  }

  const read = (): Promise<DiskStatus> => {
    if (status !== undefined && isFresh()) return Promise.resolve(status);
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  async function check(addedBytes: number): Promise<void> {
    const found = await read();
    if (found.kind === 'unknown' || found.reserveBytes === 0) return;
    const leftBytes = found.freeBytes - takenBytes;
    if (leftBytes - addedBytes >= found.reserveBytes) return;
    throw registryErrors.storage_full(describeFull(found.reserveBytes, leftBytes, addedBytes));
  }

  return {
    check,
    read,
    last: () => status,
    take(addedBytes) {
      if (options.reserve === 0) return undefined;
      takenBytes += addedBytes;
      if (status?.kind === 'known' && isFresh() && status.freeBytes - takenBytes >= status.reserveBytes)
        return undefined;
      return check(0);
    },
  };
}

/** A sentence for operators; undefined where there is nothing to say. */
export function warnOfDisk(status: DiskStatus | undefined): string | undefined {
  if (status === undefined || (status.kind === 'known' && !status.isLow)) return undefined;
  if (status.kind === 'unknown') return `the free space of the disk cannot be read: ${status.why}`;
  const { freeBytes, reserveBytes } = status;
  return `the disk is nearly full: ${formatSize(freeBytes)} are free, under the ${formatSize(reserveBytes)} that are kept, so that pushes are refused; pulls go on`;
}

function judge(space: DiskSpace, reserve: number | 'auto'): DiskStatus {
  const auto = Math.min(AUTO.mostBytes, Math.floor(space.totalBytes * AUTO.share));
  const reserveBytes = reserve === 'auto' ? auto : reserve;
  return { kind: 'known', ...space, reserveBytes, isLow: space.freeBytes < reserveBytes };
}

function tell(log: Log, before: DiskStatus | undefined, now: DiskStatus): void {
  if (now.kind === 'unknown') {
    if (before?.kind !== 'unknown') log.error('the free space of the disk cannot be read', { why: now.why });
    return;
  }
  const wasLow = before?.kind === 'known' && before.isLow;
  const { freeBytes, reserveBytes } = now;
  if (now.isLow && !wasLow)
    log.error('the disk is nearly full: pushes are refused', { freeBytes, reserveBytes });
  if (!now.isLow && wasLow) log.notice('there is room again: pushes are taken', { freeBytes, reserveBytes });
}

function describeFull(reserveBytes: number, leftBytes: number, addedBytes: number): string {
  const kept = `of ${formatSize(Math.max(leftBytes, 0))} that are free ${formatSize(reserveBytes)} are kept for the server itself`;
  const end = 'pulls go on; ask whoever runs this registry to make room';
  return leftBytes < reserveBytes || addedBytes === 0
    ? `the disk of this registry is nearly full, so that nothing can be pushed: ${kept}; ${end}`
    : `the disk of this registry has no room for ${formatSize(addedBytes)} more: ${kept}; ${end}`;
}
