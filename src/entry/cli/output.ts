// Where a command's answer goes, and in which formats: one to standard output or a file, and any number of
// others to files of their own, so that a pipeline looks into an image once and has the log, the comment and the
// SARIF of it. Files are written whole.
import type { Command } from 'commander';
import { type CommandInput, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import { checkChoice } from './option.ts';
import type { CliWorld, Sink } from './world.ts';

export function defineOutput(command: Command, formats: readonly string[]): Command {
  return command
    .option('-f, --format <format>', formats.join(', '), formats[0])
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .option('--write <format=file...>', 'write it in this format to a file too');
}

/** What is asked for, checked before anything is done. */
export interface OutputPlan<F extends string> {
  readonly format: F;
  readonly file?: string;
  readonly also: readonly { readonly format: F; readonly file: string }[];
}

export function readOutput<const F extends string>(
  input: CommandInput,
  formats: readonly F[],
): OutputPlan<F> {
  const file = textOption(input, 'output');
  const also = (input.options.write ?? []) as readonly string[];
  return {
    format: checkChoice('--format', textOption(input, 'format') ?? (formats[0] as F), formats),
    ...(file === undefined ? {} : { file }),
    also: also.map((text) => {
      const at = text.indexOf('=');
      if (at < 1 || at === text.length - 1)
        throw cliErrors.option_invalid(
          `--write takes FORMAT=FILE, as markdown=comment.md; "${text}" is not that`,
        );
      return { format: checkChoice('--write', text.slice(0, at), formats), file: text.slice(at + 1) };
    }),
  };
}

/** Formats for each place it goes to: a file takes no colour codes, whatever the terminal takes. */
export async function writeOutput<F extends string>(
  world: CliWorld,
  plan: OutputPlan<F>,
  make: (format: F, sink: Sink) => string,
): Promise<void> {
  const { stdout } = world;
  const asFile: Sink = { write: stdout.write, isTty: false, columns: stdout.columns, isColour: false };
  for (const { format, file } of plan.also) await world.writeFile(file, make(format, asFile));
  if (plan.file === undefined) stdout.write(make(plan.format, stdout));
  else await world.writeFile(plan.file, make(plan.format, asFile));
}
