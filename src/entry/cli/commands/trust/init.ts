// `plimsoll trust init`: keys and certificates of the instance, made once. A second time it says what is there.
import { type CommandInput, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { readOutput, writeOutput } from '../../output.ts';
import { printable } from '../../printable.ts';
import type { TrustMade } from '../../trust-place.ts';
import type { CliWorld } from '../../world.ts';
import { formatTrust, trustFormats, trustJson } from './show.ts';

export async function initTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, trustFormats);
  const made = await world.initTrust(textOption(input, 'rootFolder'));
  world.stderr.write(describe(made));
  await writeOutput(world, output, (format, sink) =>
    format === 'json' ? trustJson(made) : formatTrust(made, world.clock.now(), sink),
  );
  return exitCodes.yes;
}

function describe({ isNew, rootFolder }: TrustMade): string {
  if (!isNew) return 'The instance has its authority already; nothing was changed.\n';
  const place = printable(rootFolder ?? '');
  return (
    'The instance has its authority now.\n' +
    `The root’s key is in ${place}, with its passphrase beside it unless trust.passphrase is set.\n` +
    'Carry the whole folder away: the server runs without it, and only renewals need it.\n'
  );
}
