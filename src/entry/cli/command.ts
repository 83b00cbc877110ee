// The one shape of a command: what it takes, said to commander, and what it does with a world.
// A command prints data on stdout and everything else on stderr, and answers with an exit code.
import type { Command } from 'commander';
import type { ExitCode } from './exit.ts';
import type { CliWorld } from './world.ts';

/** What commander understood: positional arguments in order, options by their camel-case name. */
export interface CommandInput {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CliCommand {
  /** Adds arguments, options and examples. The name and the summary come from all.ts. */
  define(command: Command): void;
  run(world: CliWorld, input: CommandInput): Promise<ExitCode>;
}

/** A text option that was given, or undefined. */
export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** A switch: true only where it was given (or not negated, for `--no-…`). */
export function isSet(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}

/** A positional argument that commander has made sure of. */
export function argument(input: CommandInput, position: number): string {
  return input.args[position] as string;
}
