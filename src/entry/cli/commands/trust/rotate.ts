// `plimsoll trust rotate`: new keys of a running instance, each published before it signs. What needs a certificate
// below the root comes as a file, which `trust certify` certifies where the root's key is, and goes back with
// --certified.
import { formatRenewal, parseRenewal, readRenewal, renewalJson } from '../../../../formats/x509/renewal.ts';
import { limits } from '../../../../kit/limits.ts';
import { rotations } from '../../../../services/trust/rotation.ts';
import { type RotatedKeyAnswer, rotated, rotationStart } from '../../../http/contract-key.ts';
import { argument, type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { callApi } from '../../instance.ts';
import { checkChoice } from '../../option.ts';
import { readOutput, writeOutput } from '../../output.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { trustFormats } from './show.ts';

const FILE = 'renewal.json';

export async function rotateTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const certified = textOption(input, 'certified');
  const isAtOnce = isSet(input, 'atOnce');
  if (certified !== undefined) {
    if (input.args[1] !== undefined)
      throw cliErrors.usage('trust rotate takes what to renew, or --certified FILE, not both');
    const renewal = parseRenewal(await world.readDocument(certified, limits.renewalBytes));
    const body = { renewal: renewalJson(renewal), isAtOnce };
    const path = '/api/v1/keys/certificates';
    await tell(
      world,
      input,
      rotated.parse(await callApi(world, input, { method: 'POST', path, body })).rotated,
    );
    return exitCodes.yes;
  }
  const choice = checkChoice('what to renew', argument(input, 1), [...rotations, 'all']);
  const body = { purposes: choice === 'all' ? [...rotations] : [choice], isAtOnce };
  const path = '/api/v1/keys/rotations';
  const started = rotationStart.parse(await callApi(world, input, { method: 'POST', path, body }));
  await tell(world, input, started.rotated);
  if (started.renewal !== undefined) {
    const file = input.args[2] ?? FILE;
    const bytes = formatRenewal(readRenewal(started.renewal));
    await world.writeFile(file, Buffer.from(bytes).toString());
    world.stderr.write(
      `${file} asks for certificates below the root. Where the root’s key is:\n` +
        `  plimsoll trust certify ${file} --root-folder FOLDER\nThen, here:\n` +
        `  plimsoll trust rotate --certified ${file}\n`,
    );
  }
  return exitCodes.yes;
}

async function tell(world: CliWorld, input: CommandInput, keys: readonly RotatedKeyAnswer[]): Promise<void> {
  if (keys.length === 0) return;
  await writeOutput(world, readOutput(input, trustFormats), (format) =>
    format === 'json' ? `${JSON.stringify({ rotated: keys }, undefined, 2)}\n` : keys.map(describe).join(''),
  );
}

function describe({ purpose, fingerprint, signsFrom, formerUntil }: RotatedKeyAnswer): string {
  const name = fingerprint === undefined ? '' : ` ${fingerprint.slice(0, 16)}`;
  const former = formerUntil === undefined ? '' : `; the former one is believed until ${formerUntil}`;
  return `${printable(`${purpose}: the new key${name} signs from ${signsFrom}${former}`)}\n`;
}
