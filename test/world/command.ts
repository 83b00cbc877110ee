// The command as a function: the real world of commands, in this process, with what it wrote as texts.
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createCliWorld } from '../../src/app/cli-world.ts';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { runCli } from '../../src/entry/cli/run.ts';
import { type Clock, systemClock, systemRandom } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The user's folder: settings and caches lie below it, none of the machine's are read. */
  readonly home: string;
  /** As `{'--advisories': '/folder'}`. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The machine's where absent. */
  readonly clock?: Clock;
  /** Variables beside HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<Ended> {
  const { home, flags = {}, stdin = '', clock = systemClock } = options;
  const stream = (): PassThrough => new PassThrough({ highWaterMark: 16 * 1024 * 1024 });
  const streams = { stdout: stream(), stderr: stream() };
  const world = createCliWorld({
    config: await readConfig(new Map(Object.entries(flags)), {}),
    places: readPlaces({ ...options.env, HOME: home }),
    surroundings: { clock, random: systemRandom, log: silentLog, version: '1.2.3' },
    signal: new AbortController().signal,
    stdin: Readable.from([stdin], { objectMode: false }),
    ...streams,
    serve: async () => 0,
    serveGate: async () => 0,
  });
  const exitCode = await runCli(argv, world);
  return { exitCode, stdout: await text(streams.stdout.end()), stderr: await text(streams.stderr.end()) };
}
