// The process's beginning: flags and environment into a configuration, then the command. Ends by itself
// when the command does; a first SIGTERM or SIGINT asks it to, a second ends the process at once.
import { runCli, sayFailure } from '../entry/cli/run.ts';
import type { Program } from '../entry/cli/world.ts';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { createCliWorld, createSink } from './cli-world.ts';
import {
  type Config,
  type Environment,
  type Places,
  processEnvironment,
  readConfig,
  readPlaces,
  takeFlags,
} from './config.ts';
import { guardOutputs } from './output.ts';
import { findPackageRoot, readVersion } from './package-root.ts';
import type { Surroundings } from './wire.ts';

/** Runs `plimsoll ...argv`, or what docker calls its plugin with; resolves with the exit code, never rejects. */
export async function main(argv: readonly string[], program: Program = 'plimsoll'): Promise<number> {
  const env = processEnvironment();
  // Another process of a running server, which alone calls it so.
  if (argv[0] === 'front' && process.connected) return (await import('./front.ts')).runFront();
  try {
    const call = program === 'plimsoll' ? { argv, env } : await readCall(argv, env);
    const { flags, rest } = takeFlags(call.argv);
    const config = await readConfig(flags, call.env);
    return await runCommand(rest, config, readPlaces(call.env), program);
  } catch (error) {
    sayFailure(error, createSink(process.stderr, readPlaces(env).colour), program);
    return 1;
  }
}

async function readCall(argv: readonly string[], env: Environment) {
  return (await import('./docker-call.ts')).readDockerCall(argv, env);
}

async function runCommand(
  argv: readonly string[],
  config: Config,
  places: Places,
  program: Program,
): Promise<number> {
  const root = findPackageRoot();
  const { signal, end } = listenForEnd();
  if (program !== 'plimsoll') (await import('./docker-end.ts')).listenForDockersEnd(places.env, end);
  const surroundings = {
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    version: readVersion(root),
  };
  const { stdin, stdout, stderr } = process;
  guardOutputs({ stdout, stderr, fail: (line) => void stderr.write(line, () => process.exit(1)) });
  const world = createCliWorld({
    program,
    config,
    places,
    surroundings,
    signal,
    stdin,
    stdout,
    stderr,
    serve: () => serveHere({ config, places, surroundings, root, signal }),
    async serveGate(first, reload, parts) {
      const [{ serveGate }, { createStderrLog }] = await Promise.all([
        import('./gate.ts'),
        import('./log.ts'),
      ]);
      return serveGate({
        config,
        surroundings: { ...surroundings, log: createStderrLog(config, surroundings.clock) },
        first,
        reload,
        parts,
        signal,
        print: (text) => void process.stdout.write(text),
        onHangup: (work) => void process.on('SIGHUP', work),
      });
    },
  });
  return runCli(argv, world);
}

async function serveHere(parts: {
  readonly config: Config;
  readonly places: Places;
  readonly surroundings: Surroundings;
  readonly root: string;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { config, surroundings } = parts;
  const [{ serve }, { createStderrLog }] = await Promise.all([import('./serve.ts'), import('./log.ts')]);
  return serve({
    ...parts,
    surroundings: { ...surroundings, log: createStderrLog(config, surroundings.clock) },
    print: (text) => void process.stdout.write(text),
    say: (line) => void process.stderr.write(`${line}\n`),
    onHangup: (work) => void process.on('SIGHUP', work),
  });
}

/** Aborts at the first SIGTERM or SIGINT; the second finds no listener and ends the process. */
function listenForEnd(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const end = (): void => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, end);
    controller.abort();
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, end);
  return { signal: controller.signal, end };
}
