// `plimsoll gate serve`: the webhooks and Gatekeeper's provider over HTTPS, until it is told to stop. Files of the policy
// that change are taken while it runs.
import { argument, type CommandInput } from '../../command.ts';
import type { ExitCode } from '../../exit.ts';
import type { CliWorld, LoadedGate } from '../../world.ts';
import { reloadGate } from './load.ts';

export async function serveGate(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const file = argument(input, 1);
  const first = (await reloadGate(world, file, undefined)) as LoadedGate;
  return (await world.serveGate(first, (digest) => reloadGate(world, file, digest))) as ExitCode;
}
