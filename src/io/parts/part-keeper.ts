// Keeps what this machine is a part of usable: whoever asks for a certificate gets one that holds, renewed on the way
// where it is past its half, and a process that stays looks by itself. A renewal that fails is tried again with growing
// pauses; until its end the certificate goes on serving.
import type { Clock, Random } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import type { Http } from '../net/http.ts';
import type { PartRoutes } from '../net/part-route.ts';
import { backoffMs, type RetryPlan } from '../net/retry.ts';
import { partFilesErrors } from './errors.ts';
import type { PartFile } from './part-file.ts';
import type { PartFolder } from './part-folder.ts';

export interface PartKeeper extends PartRoutes {
  /** What is held; damaged files are left out, and logged. */
  list(): Promise<readonly PartFile[]>;
  /** Renews what is due. Never rejects: what fails is logged. */
  look(): Promise<void>;
  /** Looks now and then until it is disposed, and logs there. */
  watch(log: Log): Disposable;
}

export interface PartKeeperDeps {
  readonly folder: PartFolder;
  /** One that is a part of nothing; asked for when something is renewed. */
  readonly http: () => Http;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears what fails while nobody watches. */
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Between half an hour and the certificate's end there is room for some twenty tries. */
const PLAN: RetryPlan = Object.freeze({ attempts: 0, baseMs: 10_000, longestMs: 5 * 60_000 });
const LOOK_MS = 15_000;

interface Failure {
  readonly attempts: number;
  readonly retryAtMs: number;
  readonly error: unknown;
}

export function createPartKeeper(deps: PartKeeperDeps): PartKeeper {
  const { folder, clock } = deps;
  let { log } = deps;
  const renewing = new Map<string, Promise<PartFile>>();
  const failures = new Map<string, Failure>();
  const told = new Set<string>();

  /** One renewal of a host at a time, and what came of it is remembered. */
  function renew(host: string, waitMs: number): Promise<PartFile> {
    const under = renewing.get(host);
    if (under !== undefined) return under;
    const { http, ...rest } = deps;
    const now = import('./renew.ts')
      .then(({ renewPart }) => renewPart({ ...rest, http: http() }, host, waitMs))
      .then((next) => {
        failures.delete(host);
        log.notice('the certificate of a part was renewed', { host, until: new Date(next.notAfterMs) });
        return next;
      })
      .catch((error: unknown) => {
        noteFailure(host, error);
        throw error;
      })
      .finally(() => renewing.delete(host));
    renewing.set(host, now);
    return now;
  }

  function noteFailure(host: string, error: unknown): void {
    // Another process does it.
    if (isPlimsollError(error, { code: 'partfiles.in_use' })) return;
    const attempts = (failures.get(host)?.attempts ?? 0) + 1;
    // Not before half of the pause, so that a pause is one.
    const pauseMs =
      (Math.min(PLAN.longestMs, PLAN.baseMs * 2 ** (attempts - 1)) + backoffMs(attempts, PLAN, deps.random)) /
      2;
    failures.set(host, { attempts, retryAtMs: clock.now() + pauseMs, error });
    const fields = { host, reason: describeError(error), attempts };
    if (isPlimsollError(error, { code: 'partfiles.superseded' })) tellSuperseded(host);
    else
      log.warn(
        'the certificate of a part could not be renewed; the one of before serves until its end',
        fields,
      );
  }

  /** Once, and loud. */
  function tellSuperseded(host: string): void {
    if (told.has(host)) return;
    told.add(host);
    log.error('this part’s file was copied, or an old one restored: somebody else renews with it', { host });
  }

  /** With a certificate that holds now, or the reason why there is none. */
  async function hold(file: PartFile): Promise<PartFile> {
    const { host, notAfterMs, renewAfterMs } = file;
    const nowMs = clock.now();
    if (nowMs < renewAfterMs) return file;
    const isValid = nowMs < notAfterMs;
    if (file.isSuperseded === true) {
      tellSuperseded(host);
      if (isValid) return file;
      throw partFilesErrors.superseded(`${host} renews ${file.spiffeId} for somebody else`);
    }
    const failure = failures.get(host);
    if (failure !== undefined && nowMs < failure.retryAtMs) {
      if (isValid) return file;
      throw failure.error;
    }
    return renew(host, isValid ? 0 : limits.partLockMs).catch((error: unknown) => {
      if (isValid) return file;
      throw error;
    });
  }

  async function readAll(): Promise<readonly PartFile[]> {
    const files: PartFile[] = [];
    for (const host of await folder.hosts()) {
      const file = await folder.read(host).catch((error: unknown) => {
        if (!told.has(`damaged ${host}`))
          log.error('the file of a part cannot be used', { host, reason: describeError(error) });
        told.add(`damaged ${host}`);
      });
      if (file !== undefined) files.push(file);
    }
    return files;
  }

  async function look(): Promise<void> {
    try {
      await Promise.allSettled((await readAll()).map(hold));
    } catch (error) {
      log.error('the folder of parts cannot be read', { reason: describeError(error) });
    }
  }

  return {
    has: (host) => folder.has(host),
    async find(host) {
      const file = await folder.read(host);
      return file === undefined ? undefined : hold(file);
    },
    list: readAll,
    look,
    watch(own) {
      log = own;
      const timer = setInterval(() => void look(), LOOK_MS);
      timer.unref();
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}
