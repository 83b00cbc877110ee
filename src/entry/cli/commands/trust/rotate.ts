// `plimsoll trust rotate`: new keys of a running instance, each published before it signs. What needs a certificate
// below the root comes as a file, which `trust certify` certifies where the root's key is, and goes back with
// --certified; of the TUF repository's key comes its next root, for those who hold the keys of that.
import {
  formatRenewal,
  parseRenewal,
  type Renewal,
  readRenewal,
  renewalJson,
} from '../../../../formats/x509/renewal.ts';
import type { Json } from '../../../../kit/json.ts';
import { limits } from '../../../../kit/limits.ts';
import { pinnedPurposes } from '../../../../services/trust/pinned-key.ts';
import { ceremonies, rotations } from '../../../../services/trust/rotation.ts';
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
const PROPOSAL = 'next-root.json';

export async function rotateTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const certified = textOption(input, 'certified');
  const isAtOnce = isSet(input, 'atOnce');
  if (certified !== undefined) {
    if (input.args[1] !== undefined)
      throw cliErrors.usage('trust rotate takes what to renew, or --certified FILE, not both');
    const renewal = parseRenewal(await world.readDocument(certified, limits.renewalBytes));
    const unendorsedRoot = await readUnendorsed(world, input, renewal);
    const body = {
      ...{ renewal: renewalJson(renewal), isAtOnce },
      ...(unendorsedRoot === undefined ? {} : { unendorsedRoot }),
    };
    const path = '/api/v1/keys/certificates';
    await tell(
      world,
      input,
      rotated.parse(await callApi(world, input, { method: 'POST', path, body })).rotated,
    );
    return exitCodes.yes;
  }
  const choice = checkChoice('what to renew', argument(input, 1), [...rotations, ...ceremonies, 'all']);
  const body = { purposes: choice === 'all' ? [...rotations] : [choice], isAtOnce };
  const path = '/api/v1/keys/rotations';
  const started = rotationStart.parse(await callApi(world, input, { method: 'POST', path, body }));
  await tell(world, input, started.rotated);
  if (started.renewal !== undefined) await writeRenewal(world, input, started.renewal as Json);
  if (started.proposal !== undefined) await writeProposal(world, input, started.proposal as Json);
  return exitCodes.yes;
}

/** Nobody types it who has not seen the new root where it was made: the file alone does not say it. */
async function readUnendorsed(
  world: CliWorld,
  input: CommandInput,
  { newRoot }: Renewal,
): Promise<string | undefined> {
  const given = input.options.withoutEndorsement;
  if (given === undefined || newRoot === undefined) return undefined;
  const typed =
    typeof given === 'string'
      ? given
      : await world.ask('The SHA-256 of the new root, as trust certify showed it:', false);
  if (typed === undefined)
    throw cliErrors.nothing_to_ask('nobody can be asked here: give --without-endorsement SHA256');
  const [, sha256] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(typed.trim().toLowerCase()) ?? [];
  if (sha256 !== undefined) return sha256;
  throw cliErrors.option_invalid(
    '--without-endorsement is the 64 hexadecimal digits of the new root’s SHA-256',
  );
}

async function writeRenewal(world: CliWorld, input: CommandInput, renewal: Json): Promise<void> {
  const file = input.args[2] ?? FILE;
  const read = readRenewal(renewal);
  await world.writeFile(file, Buffer.from(formatRenewal(read)).toString());
  const [what, more] =
    read.newRoot === undefined
      ? ['certificates below the root', '']
      : ['a new root, and for certificates below it', ' --new-root'];
  world.stderr.write(
    `${file} asks for ${what}. Where the root’s key is:\n` +
      `  plimsoll trust certify ${file}${more} --root-folder FOLDER\nThen, here:\n` +
      `  plimsoll trust rotate --certified ${file}\n`,
  );
}

async function writeProposal(world: CliWorld, input: CommandInput, proposal: Json): Promise<void> {
  const file = input.args[2] ?? PROPOSAL;
  const [{ formatRootProposal, readRootProposal }, { describeRootChange }] = await Promise.all([
    import('../../../../formats/tuf/root-proposal.ts'),
    import('../../../../engines/tuf/root-words.ts'),
  ]);
  const read = readRootProposal(proposal);
  await world.writeFile(file, Buffer.from(formatRootProposal(read)).toString());
  world.stderr.write(
    `${printable(describeRootChange(read).join(' '))}\n` +
      `The former key signs until ${file} is signed by who holds the root’s keys:\n` +
      `  plimsoll trust root sign ${file} --key KEY\nThen, on the server:\n` +
      `  plimsoll trust root apply ${file}\n`,
  );
}

async function tell(world: CliWorld, input: CommandInput, keys: readonly RotatedKeyAnswer[]): Promise<void> {
  if (keys.length === 0) return;
  await writeOutput(world, readOutput(input, trustFormats), (format) =>
    format === 'json' ? `${JSON.stringify({ rotated: keys }, undefined, 2)}\n` : keys.map(describe).join(''),
  );
}

function describe({ purpose, fingerprint, signsFrom, formerUntil }: RotatedKeyAnswer): string {
  const name = fingerprint === undefined ? '' : ` ${fingerprint.slice(0, 16)}`;
  const isPinned = pinnedPurposes.some((one) => one === purpose);
  const goesOn = isPinned ? 'signs beside it' : 'is believed';
  const former = formerUntil === undefined ? '' : `; the former one ${goesOn} until ${formerUntil}`;
  return `${printable(`${purpose}: the new key${name} signs from ${signsFrom}${former}`)}\n`;
}
