// `plimsoll trust refresh [NAME]`: asks each repository what is new. One that fails leaves what was kept, and the rest
// are asked all the same.

import type { KeptRoot } from '../../../../io/tuf/trusted-roots.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import type { CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { printRoots } from './list.ts';

export async function refreshTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const roots = await world.trust.openRoots();
  const [, wanted] = input.args;
  if (wanted !== undefined) {
    printRoots(world, input, [await roots.refresh(wanted)]);
    return exitCodes.yes;
  }
  const refreshed: KeptRoot[] = [];
  let isWhole = true;
  for (const kept of await roots.list())
    try {
      refreshed.push(await roots.refresh(kept.name));
    } catch (error) {
      if (!isPlimsollError(error) || world.signal.aborted) throw error;
      isWhole = false;
      refreshed.push(kept);
      world.stderr.write(`${printable(`${kept.name}: ${error.message} (${error.code})`)}\n`);
    }
  printRoots(world, input, refreshed);
  return isWhole ? exitCodes.yes : exitCodes.error;
}
