// `plimsoll part remove`: sends a part away, or one of those who joined as it. It holds at once, on open connections too.
import { type CommandInput, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { callApi, need } from '../../instance.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { pathOfPart } from './invite.ts';

export async function removePart(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const name = need(input, 1, 'the part, as gate/prod,');
  const holder = textOption(input, 'holder');
  const path = pathOfPart(name) + (holder === undefined ? '' : `/holders/${encodeURIComponent(holder)}`);
  await callApi(world, input, { method: 'DELETE', path });
  world.stderr.write(`Removed ${printable(holder === undefined ? name : `${name} ${holder}`)}\n`);
  return exitCodes.yes;
}
