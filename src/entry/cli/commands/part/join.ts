// `plimsoll part join`: this machine becomes a part of an instance, by an invitation. An invitation is never taken from
// the command line, where others could read it.
import { isRenewable, parseInstanceAddress } from '../../../../io/parts/join.ts';
import { decodeUtf8 } from '../../../../kit/bytes.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { limits } from '../../../../kit/limits.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { need } from '../../instance.ts';
import type { CliWorld } from '../../world.ts';

export async function joinPart(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const instance = parseInstanceAddress(
    need(input, 1, 'the address of the instance, as https://images.example.org'),
  );
  const { host } = new URL(instance);
  if (isSet(input, 'once')) {
    const held = await (await world.parts.openFolder()).read(host);
    if (held !== undefined && isRenewable(held, world.clock.now())) {
      world.stderr.write(`This machine is ${held.spiffeId} already\n`);
      return exitCodes.yes;
    }
  }
  const { spiffeId, notAfterMs } = await world.parts.join(instance, await readInvitation(world, input));
  world.stderr.write(
    `Joined ${host} as ${spiffeId}\nIts certificate holds until ${formatInstant(notAfterMs)}, and is renewed when it is used\n`,
  );
  return exitCodes.yes;
}

async function readInvitation(world: CliWorld, input: CommandInput): Promise<string> {
  const file = textOption(input, 'invitation');
  const given =
    file === undefined
      ? await world.ask('Invitation: ', true)
      : decodeUtf8(await world.readDocument(file, limits.partInvitationBytes));
  const invitation = given?.trim() ?? '';
  if (invitation === '' && file === undefined)
    throw cliErrors.nothing_to_ask('Invitation is needed: type it at a terminal, or use --invitation FILE');
  if (!/^[\x21-\x7e]+$/.test(invitation))
    throw cliErrors.option_invalid(`--invitation ${file ?? ''} holds no invitation: it is one word`);
  return invitation;
}
