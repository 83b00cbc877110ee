// The front processes of a server that uses all cores (front.ts): begun, watched, begun anew where one dies, drained.
// The first takes the port, the others share it: the kernel spreads connections over them (SO_REUSEPORT).
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsMaterial, TlsParts } from '../entry/http/tls.ts';
import type { Traffic } from '../entry/http/traffic.ts';
import type { Log } from '../kit/log.ts';
import type { Config } from './config.ts';
import { appErrors } from './errors.ts';
import type { FrontNews, FrontWord, OwnerWord, ShownTimes } from './front.ts';

export interface FrontsParts {
  /** As the fronts have it. */
  readonly config: Config;
  /** Two or more. */
  readonly count: number;
  /** The program that begins a front when it is called with `front`. */
  readonly program: string;
  readonly socketPath: string;
  readonly traffic: Traffic;
  readonly onPulls: (pulls: readonly ShownTimes[]) => void;
  /** Absent: plain HTTP. */
  readonly tls?: TlsParts;
  readonly log: Log;
}

export interface Fronts extends AsyncDisposable {
  readonly url: string;
  /** How often they refused a request for the limit of requests. */
  readonly refused: number;
  /** Connections that they ended, by reason. */
  readonly ended: Readonly<Record<string, number>>;
  /** Takes other certificates for new connections. */
  renewTls(material: TlsMaterial): void;
}

/** The sums of counts by name. */
export function addCounts(
  parts: readonly (Readonly<Record<string, number>> | undefined)[],
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const part of parts)
    for (const [name, count] of Object.entries(part ?? {})) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** A front that dies at once is not begun anew in a circle. */
const AGAIN_MS = 1_000;

/** A folder that nobody else enters, for the owner's socket; names of sockets have under 108 characters. */
export async function makeSocketFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'plimsoll-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Listens, or throws `app.front_failed`. */
export async function startFronts(parts: FrontsParts): Promise<Fronts> {
  const { log, traffic } = parts;
  const running = new Map<number, ChildProcess>();
  const news = new Map<number, Pick<FrontNews, 'refused' | 'ended' | 'traffic'>>();
  let isEnding = false;
  let serial = 0;
  let tls = parts.tls;

  const hear = (id: number, { pulls, traffic: counts, refused, ended }: FrontNews): void => {
    traffic.add(`front ${id}`, counts);
    news.set(id, { refused, ended, traffic: counts });
    if (pulls.length > 0) parts.onPulls(pulls);
  };

  function start(config: Config): Promise<Extract<FrontWord, { kind: 'listening' }>> {
    serial += 1;
    const id = serial;
    const child = fork(parts.program, ['front'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    running.set(id, child);
    child.on('error', (error) => log.error('a front process cannot be begun', { error }));
    const begin = { kind: 'begin', config, socketPath: parts.socketPath } satisfies OwnerWord;
    child.send(tls === undefined ? begin : ({ ...begin, tls } satisfies OwnerWord));
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(appErrors.front_failed(`a front process failed: ${why}`));
      child.on('message', (word: FrontWord) => {
        if (word.kind === 'news') hear(id, word);
        else if (word.kind === 'listening') resolve(word);
        else {
          fail(word.message);
          child.kill('SIGKILL');
        }
      });
      child.on('exit', (code, signal) => {
        running.delete(id);
        const last = news.get(id);
        if (last !== undefined) traffic.add(`front ${id}`, { ...last.traffic, open: 0 });
        fail(signal ?? `it ended with ${code}`);
        if (!isEnding) again(config, signal ?? `${code}`);
      });
    });
  }

  /** Once all run: a port that is taken ends the start, not a circle. */
  let again = (_config: Config, _why: string): void => {};

  async function end(): Promise<void> {
    isEnding = true;
    const ended = [...running.values()].map((child) => {
      if (child.connected) child.send({ kind: 'drain' } satisfies OwnerWord);
      else child.kill('SIGKILL');
      return new Promise((resolve) => child.once('exit', resolve));
    });
    await Promise.all(ended);
  }

  try {
    const first = await start(parts.config);
    const shared = { ...parts.config, listen: { host: parts.config.listen.host, port: first.port } };
    await Promise.all(Array.from({ length: parts.count - 1 }, () => start(shared)));
    again = (_config, why) => {
      log.error('a front process died; another is begun', { why });
      setTimeout(() => {
        if (!isEnding) start(shared).catch((error: unknown) => log.error('it failed', { error }));
      }, AGAIN_MS);
    };
    return {
      url: first.url,
      get refused() {
        return [...news.values()].reduce((all, { refused }) => all + refused, 0);
      },
      get ended() {
        return addCounts([...news.values()].map(({ ended }) => ended));
      },
      renewTls(material) {
        if (tls === undefined) return;
        tls = { ...tls, material };
        for (const child of running.values())
          if (child.connected) child.send({ kind: 'renew', material } satisfies OwnerWord);
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (cause) {
    await end();
    throw cause;
  }
}
