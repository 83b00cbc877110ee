// The passphrase of a key that a command of trust signs with, where its file wants one.
import { type CommandInput, isSet } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import type { CliWorld } from '../../world.ts';

/** `cli.nothing_to_ask` where nobody can be asked. */
export async function readPassphrase(
  world: CliWorld,
  input: CommandInput,
  reference: string,
): Promise<string> {
  if (isSet(input, 'passphraseStdin')) return (await world.readStdin()).replace(/\r?\n$/, '');
  const answer = await world.ask(`Passphrase of ${reference}:`, true);
  if (answer !== undefined) return answer;
  throw cliErrors.nothing_to_ask('the passphrase cannot be asked for here: give --passphrase-stdin');
}
