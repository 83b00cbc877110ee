// Something that is done again and again in the background: at once when woken, else after a pause.
// Ends by disposing, which waits for the round under way.
import type { Log } from '../../kit/log.ts';

export interface LoopOptions {
  readonly name: string;
  /** One round; true where more is waiting already. */
  readonly round: () => Promise<boolean>;
  /** Pause between rounds where nobody wakes the loop. */
  readonly pauseMs: number;
  readonly log: Log;
}

/** Starts at once. */
export class Loop implements AsyncDisposable {
  readonly #options: LoopOptions;
  readonly #running: Promise<void>;
  #isEnding = false;
  #isWoken = false;
  #rouse: (() => void) | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Ends the pause, or makes the next one be left out where a round is under way. */
  wake(): void {
    this.#isWoken = true;
    this.#rouse?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#rouse?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, round, log } = this.#options;
    // Whoever made the loop finishes first.
    await Promise.resolve();
    while (!this.#isEnding) {
      this.#isWoken = false;
      let isMoreWaiting = false;
      try {
        isMoreWaiting = await round();
      } catch (error) {
        log.error(`${name} failed and goes on`, { error });
      }
      if (!isMoreWaiting && !this.#isWoken && !this.#isEnding) await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.pauseMs);
    this.#rouse = resolve;
    await promise;
    clearTimeout(timer);
    this.#rouse = undefined;
  }
}
