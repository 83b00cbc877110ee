// The answer of both actions on standard output, as text or as JSON.
import { type CommandInput, textOption } from '../../command.ts';
import { checkChoice } from '../../option.ts';
import { formatTrustText } from '../../report/trust-text.ts';
import { showTrust, type TrustFound } from '../../shown-trust.ts';
import type { CliWorld } from '../../world.ts';

export function checkFormat(input: CommandInput): 'text' | 'json' {
  return checkChoice('--format', textOption(input, 'format') ?? 'text', ['text', 'json']);
}

export function printTrust(world: CliWorld, format: 'text' | 'json', found: TrustFound): void {
  const shown = showTrust(found);
  const text =
    format === 'json' ? `${JSON.stringify(shown, undefined, 2)}\n` : formatTrustText(shown, world.stdout);
  world.stdout.write(text);
}
