// `plimsoll trust init`: keys and certificates of the instance, made once. A second time it says what is there.
import { type CommandInput, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkCount } from '../../option.ts';
import { readOutput, writeOutput } from '../../output.ts';
import { printable } from '../../printable.ts';
import type { TrustMade } from '../../trust-place.ts';
import type { CliWorld } from '../../world.ts';
import { formatTrust, trustFormats, trustJson } from './show.ts';

/** More people than ever meet to sign. */
const MOST_KEYS = 20;

export async function initTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, trustFormats);
  const rootFolder = textOption(input, 'rootFolder');
  const keys = checkCount('--root-keys', textOption(input, 'rootKeys') ?? '1', MOST_KEYS);
  const threshold = checkCount('--root-threshold', textOption(input, 'rootThreshold') ?? '1', keys);
  const made = await world.initTrust({
    ...(rootFolder === undefined ? {} : { rootFolder }),
    keys,
    threshold,
  });
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
    `The roots’ keys are in ${place}, with their passphrase beside them unless trust.passphrase is set.\n` +
    'Carry the whole folder away: the server runs without it, and only renewals need it.\n'
  );
}
