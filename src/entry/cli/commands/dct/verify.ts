// `plimsoll dct verify FOLDER`: what an archive proves, now or at a time, without asking anybody.
import { readTrustFiles } from '../../../../engines/dct/archived.ts';
import { judgeTrust } from '../../../../engines/dct/judge.ts';
import { listSignedTags } from '../../../../engines/dct/tags.ts';
import { imageErrors } from '../../../../io/images/errors.ts';
import { openTrustFolder } from '../../../../io/images/trust-archive.ts';
import { argument, type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkInstant } from '../../option.ts';
import type { CliWorld } from '../../world.ts';
import { checkFormat, printTrust } from './print.ts';

export async function verifyTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const folder = argument(input, 1);
  const format = checkFormat(input);
  const time = textOption(input, 'at');
  const at = time === undefined ? world.clock.now() : checkInstant('--at', time);
  for (const option of ['server', 'archive', 'artifact'])
    if (textOption(input, option) !== undefined) throw cliErrors.usage(`--${option} goes with import`);
  const { archive, read } = await openTrustFolder(folder);
  if (archive === undefined) throw imageErrors.missing(`${folder} holds no archive of trust data`);
  const judgement = judgeTrust(await readTrustFiles(archive, read), at);
  printTrust(world, format, { archive, judgement, tags: listSignedTags(judgement) });
  return judgement.outcome === 'passed' ? exitCodes.yes : exitCodes.no;
}
