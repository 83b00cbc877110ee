// The file that travels between the holders of a root's keys, read and written where a command names it.
import {
  formatRootProposal,
  parseRootProposal,
  type RootProposal,
} from '../../../../../formats/tuf/root-proposal.ts';
import { limits } from '../../../../../kit/limits.ts';
import { argument, type CommandInput } from '../../../command.ts';
import type { CliWorld } from '../../../world.ts';

export function nameOfFile(input: CommandInput): string {
  return argument(input, 2);
}

/** `tuf.file_invalid`. */
export async function readProposal(world: CliWorld, input: CommandInput): Promise<RootProposal> {
  return parseRootProposal(await world.readDocument(nameOfFile(input), 2 * limits.tufFileBytes));
}

export async function writeProposal(
  world: CliWorld,
  input: CommandInput,
  proposal: RootProposal,
): Promise<void> {
  await world.writeFile(nameOfFile(input), Buffer.from(formatRootProposal(proposal)).toString());
}
