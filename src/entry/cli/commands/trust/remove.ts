// `plimsoll trust remove NAME`: what that repository vouches for is not believed any more.
import type { CommandInput } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import type { CliWorld } from '../../world.ts';

export async function removeTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const [, name] = input.args;
  if (name === undefined) throw cliErrors.usage('trust remove takes a name; plimsoll trust list has them');
  await (await world.trust.openRoots()).remove(name);
  world.stdout.write(`${name} is not believed any more\n`);
  return exitCodes.yes;
}
