// The command line: finds the command, lets commander read its options, runs it, says failures.
// A failure is one line with what and why, a hint, and its code; never a stack.
import type { Command } from 'commander';
import { policyErrors } from '../../engines/policy/errors.ts';
import { verifyErrors } from '../../engines/verify/errors.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { type CommandRow, commands } from './all.ts';
import { cliErrors } from './errors.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit.ts';
import { printable } from './printable.ts';
import { nameProgram } from './program-name.ts';
import { paint } from './style.ts';
import type { CliWorld, Program, Sink } from './world.ts';

/** Runs `plimsoll ...argv` and answers with the exit code; never throws. */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<ExitCode> {
  try {
    return await dispatch(argv, world);
  } catch (error) {
    // Whatever then failed, it failed because it was told to stop.
    if (world.signal.aborted) world.stderr.write('plimsoll: stopped before the end\n');
    else sayFailure(error, world.stderr, world.program);
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], world: CliWorld): Promise<ExitCode> {
  const [first, ...rest] = argv;
  if (first === '--version' || first === '-V' || first === 'version') {
    world.stdout.write(`plimsoll ${world.version}\n`);
    return exitCodes.yes;
  }
  if (
    first === undefined ||
    first === '--help' ||
    first === '-h' ||
    (first === 'help' && rest.length === 0)
  ) {
    world.stdout.write(nameProgram(overview(), world.program));
    return first === undefined ? exitCodes.error : exitCodes.yes;
  }
  if (first === 'help') return runCommand(find(rest[0] as string), ['--help'], world);
  return runCommand(find(first), rest, world);
}

function find(name: string): CommandRow {
  const row = commands.find(
    (candidate) => candidate.name === name || candidate.aliases?.includes(name) === true,
  );
  if (row !== undefined) return row;
  throw cliErrors.usage(
    `there is no command "${name}"; there are ${commands.map((one) => one.name).join(', ')}`,
  );
}

async function runCommand(row: CommandRow, argv: readonly string[], world: CliWorld): Promise<ExitCode> {
  const [{ Command: Commander, CommanderError }, command] = await Promise.all([
    import('commander'),
    row.load(),
  ]);
  const program: Command = new Commander(`${world.program} ${row.name}`).description(row.summary);
  program.exitOverride().configureOutput({
    writeOut: (text) => world.stdout.write(nameProgram(text, world.program)),
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(world.stdout.columns, 100),
  });
  command.define(program);
  program.action(() => {});
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.yes;
    // Its suggestion ("Did you mean …?") comes on a line of its own.
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw cliErrors.usage(message, { cause: error });
  }
  return command.run(world, { args: program.args, options: program.opts() });
}

function overview(): string {
  const width = Math.max(...commands.map((row) => row.name.length));
  return [
    'Usage: plimsoll COMMAND [OPTIONS]',
    '',
    ...commands.map((row) => `  ${row.name.padEnd(width)}  ${row.summary}`),
    '',
    'Images are HOST/REPOSITORY:TAG, oci:FOLDER:TAG, oci-archive:FILE or docker-archive:FILE.',
    'Run `plimsoll COMMAND --help` for its options.',
    '',
  ].join('\n');
}

/** What happened, what to do, the code. */
export function sayFailure(error: unknown, stderr: Sink, program: Program = 'plimsoll'): void {
  const mark = paint(stderr, 'red', 'plimsoll:');
  if (!isPlimsollError(error)) {
    stderr.write(
      `${mark} ${printable(describeError(error))}\n  This is a defect of Plimsoll: please report it.\n`,
    );
    return;
  }
  // A policy file with several mistakes has a line for each, of our own writing; any other line end is shown.
  const isList = [policyErrors.file_invalid.code, verifyErrors.policy_invalid.code].includes(error.code);
  const lines = (isList ? error.message.split('\n') : [error.message]).map(printable);
  const hint = nameProgram(error.hint, program);
  stderr.write(`${mark} ${lines.join('\n  ')}\n  ${hint} ${paint(stderr, 'dim', `[${error.code}]`)}\n`);
}
