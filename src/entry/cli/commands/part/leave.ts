// `plimsoll part leave`: this machine forgets that it is a part of an instance. The instance does not hear of it: an
// administrator removes the part there.
import { leaveInstance, parseInstanceAddress } from '../../../../io/parts/join.ts';
import type { CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { need } from '../../instance.ts';
import type { CliWorld } from '../../world.ts';

export async function leavePart(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const { host } = new URL(parseInstanceAddress(need(input, 1, 'the host of the instance')));
  await leaveInstance(await world.parts.openFolder(), host);
  world.stderr.write(
    `Forgot the certificate for ${host}. Until it ends a copy of it would be good:\n  plimsoll part remove KIND/NAME --host ${host}\n`,
  );
  return exitCodes.yes;
}
