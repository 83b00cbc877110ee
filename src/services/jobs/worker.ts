// Runs jobs: a few at a time, each with a lease that is kept alive while it runs. Ending gives every
// lease back, so that the job goes on elsewhere or at the next start, from the state it saved.
import type { Clock } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import type { Log } from '../../kit/log.ts';
import { Loop } from './loop.ts';
import { type Backoff, isExhausted, type LeasedJob, leaseMs, type Queue } from './queue.ts';

export interface JobHandler {
  /** Does the job. Must bear being run again, and stop soon after `signal` aborts (throwing is fine). */
  run(job: LeasedJob, signal: AbortSignal): Promise<void>;
  /** The queue's usual one where absent. */
  readonly backoff?: Backoff;
  /** Told once the job will not be tried again. */
  giveUp?(job: LeasedJob, why: string): Promise<void>;
}

export interface WorkerOptions {
  readonly queue: Queue;
  /** By kind. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process in leases; unique. */
  readonly owner: string;
  /** Jobs at a time. */
  readonly slots: number;
  /** How often the queue is asked where nobody wakes the worker. */
  readonly pauseMs: number;
}

/** Works from construction until disposal. */
export class Worker implements AsyncDisposable {
  readonly #options: WorkerOptions;
  readonly #ending = new AbortController();
  readonly #loops: readonly Loop[];

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#loops = Array.from(
      { length: options.slots },
      () =>
        new Loop({
          name: 'the worker',
          round: () => runNextJob(options, this.#ending.signal),
          pauseMs: options.pauseMs,
          log: options.log,
        }),
    );
  }

  /** There may be a job. */
  wake(): void {
    for (const loop of this.#loops) loop.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#loops.map((loop) => loop[Symbol.asyncDispose]()));
    this.#options.log.debug('the worker has ended');
  }
}

/** Takes and runs one job; false where none is due. Exported for tests, which have no time to wait. */
export async function runNextJob(
  options: Pick<WorkerOptions, 'queue' | 'handlers' | 'clock' | 'log' | 'owner'>,
  ending: AbortSignal,
): Promise<boolean> {
  if (ending.aborted) return false;
  const { queue, handlers, log } = options;
  const job = await queue.lease(options.owner, Object.keys(handlers));
  if (job === undefined) return false;
  const handler = handlers[job.kind] as JobHandler;
  if (isExhausted(job)) {
    await abandon(options, handler, job);
    return true;
  }
  const lease = keepLease(queue, job, ending);
  const startedAt = options.clock.now();
  try {
    await handler.run(job, lease.signal);
    await queue.complete(job);
    log.debug('job done', { kind: job.kind, key: job.key, tookMs: options.clock.now() - startedAt });
  } catch (error) {
    if (lease.signal.aborted) await queue.release(job);
    else await settleFailure(options, handler, job, error);
  } finally {
    lease.end();
  }
  return true;
}

async function settleFailure(
  options: Pick<WorkerOptions, 'queue' | 'log'>,
  handler: JobHandler,
  job: LeasedJob,
  error: unknown,
): Promise<void> {
  const next = await options.queue.fail(job, error, handler.backoff);
  const fields = { kind: job.kind, key: job.key, attempts: job.attempts, error };
  if (next === 'again') return options.log.warn('job failed and will be tried again', fields);
  options.log.error('job failed', fields);
  await handler.giveUp?.(job, isPlimsollError(error) ? error.message : `a defect: ${describeError(error)}`);
}

async function abandon(
  options: Pick<WorkerOptions, 'queue' | 'log'>,
  handler: JobHandler,
  job: LeasedJob,
): Promise<void> {
  const why = `the process ended ${job.attempts - 1} times while it ran`;
  await options.queue.fail(job, new Error(why));
  options.log.error('job given up', { kind: job.kind, key: job.key, why });
  await handler.giveUp?.(job, why);
}

/** Extends the lease while the job runs; the signal aborts when it is lost, or when the worker ends. */
function keepLease(
  queue: Queue,
  job: LeasedJob,
  ending: AbortSignal,
): { readonly signal: AbortSignal; end(): void } {
  const lost = new AbortController();
  // A third of the lease: two beats may be missed.
  const timer = setInterval(() => {
    queue.extend(job).then(
      (isHeld) => {
        if (!isHeld) lost.abort();
      },
      () => {},
    );
  }, leaseMs / 3);
  timer.unref();
  return { signal: AbortSignal.any([lost.signal, ending]), end: () => clearInterval(timer) };
}
