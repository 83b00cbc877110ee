// The child process that holds a token's module: started when it is first asked, once for a key, and gone with this
// process at the latest. A crash of the module, an answer that is none, or none in time ends the child and nothing
// else. It keeps nobody waiting: while it has no question, it does not hold this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { describeError } from '../../../kit/error.ts';
import type { Json } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { keysErrors } from '../errors.ts';
import { FrameReader, formatFrame } from './frame.ts';
import { parseTokenAnswer, type TokenAnswer, type TokenQuestion } from './protocol.ts';

export interface TokenProcessOptions {
  /** What the module sees: where its configuration is, mostly. Never a PIN. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Another program than ours; for tests. */
  readonly command?: readonly [string, ...string[]];
}

interface Waiting {
  resolve(answer: TokenAnswer): void;
  reject(error: Error): void;
}

/** One child. Answers come in the order of the questions. */
export class TokenProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #timeoutMs: number;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ended: Error | undefined;
  #isLate = false;

  constructor({ env, timeoutMs, command = ownCommand() }: TokenProcessOptions) {
    this.#timeoutMs = timeoutMs;
    const [program, ...args] = command;
    this.#child = spawn(program, args, {
      env: { ...env },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    this.#child.once('error', (error) => this.#end(`cannot be started: ${describeError(error)}`));
    this.#child.once('close', (code, signal) => this.#end(`ended (${signal ?? `status ${code}`})`));
    this.#input.on('error', () => {});
    this.#listen();
    this.#hold(false);
  }

  /** Whether it was ended because it did not answer in time. */
  get isLate(): boolean {
    return this.#isLate;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** `keys.unavailable` where the child does not answer; it is ended then. */
  ask(question: TokenQuestion): Promise<TokenAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.length === 1) this.#watch();
      this.#input.write(formatFrame(question));
    });
  }

  /** Lets the token be logged out; after a second the child is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#hold(true);
    const closed = once(this.#child, 'close').catch(() => {});
    this.#input.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1000);
    await closed.finally(() => clearTimeout(timer));
  }

  get #input(): Writable {
    return this.#child.stdin as Writable;
  }

  get #output(): Readable {
    return this.#child.stdio[3] as Readable;
  }

  #listen(): void {
    const frames = new FrameReader(limits.keyPluginBytes);
    this.#output.on('data', (chunk: Uint8Array) => {
      try {
        for (const value of frames.push(chunk)) this.#take(value);
      } catch (error) {
        this.#end(`is not understood: ${describeError(error)}`);
      }
    });
    this.#output.on('error', () => {});
  }

  #take(value: Json): void {
    const answer = parseTokenAnswer(value);
    const next = answer === undefined ? undefined : this.#waiting.shift();
    if (answer === undefined || next === undefined) {
      this.#end('answers with what was not asked for');
    } else {
      next.resolve(answer);
      this.#watch();
    }
  }

  /** The first of those that wait has its time; while somebody waits, this process stays. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#hold(this.#waiting.length > 0);
    if (this.#waiting.length > 0)
      this.#timer = setTimeout(() => {
        this.#isLate = true;
        this.#end(`did not answer within ${this.#timeoutMs} ms`);
      }, this.#timeoutMs);
  }

  #hold(isHeld: boolean): void {
    for (const one of [this.#child, this.#input, this.#output] as (ChildProcess | Socket)[])
      if (isHeld) one.ref();
      else one.unref();
  }

  #end(why: string): void {
    clearTimeout(this.#timer);
    this.#ended ??= keysErrors.unavailable(`the process with the token’s module ${why}`);
    this.#child.kill('SIGKILL');
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

/** Node itself, with the child beside this file, as source or as published. */
function ownCommand(): readonly [string, ...string[]] {
  const file = new URL(`./child${extname(import.meta.filename)}`, import.meta.url);
  const script = 'import(process.argv[1]).then(({ serveToken }) => serveToken(process.stdin))';
  return [process.execPath, '--no-warnings', '--eval', script, file.href];
}
