// `plimsoll dct verify FOLDER`: what an archive proves, now or at a time, without asking anybody.
import { listSignedTags } from '../../../../engines/dct/tags.ts';
import { argument, type CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import type { CliWorld } from '../../world.ts';
import { openArchive } from './archive.ts';
import { checkFormat, printTrust } from './print.ts';

export async function verifyTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkFormat(input);
  const { archive, judgement } = await openArchive(world, input, argument(input, 1));
  printTrust(world, format, { archive, judgement, tags: listSignedTags(judgement) });
  return judgement.outcome === 'passed' ? exitCodes.yes : exitCodes.no;
}
