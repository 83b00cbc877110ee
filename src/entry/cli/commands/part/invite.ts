// `plimsoll part invite`: the secret with which somebody joins as a part. The part is made where there is none; who
// reads the secret on standard output can hand it on by a file.
import type { Json, JsonObject } from '../../../../kit/json.ts';
import { limits } from '../../../../kit/limits.ts';
import { type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { callApi, need, readPermission, textOf, timeOf } from '../../instance.ts';
import { checkAge, checkChoice, checkCount } from '../../option.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';

export async function invitePart(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const name = need(input, 1, 'the part, as gate/prod,');
  const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
  const body = readInvitation(input);
  await callApi(world, input, { method: 'POST', path: '/api/v1/parts', body: readWish(name, input) });
  const path = `${pathOfPart(name)}/invitations`;
  const made = await callApi(world, input, { method: 'POST', path, body });
  if (format === 'json') world.stdout.write(`${JSON.stringify(made, undefined, 2)}\n`);
  else tell(world, made);
  return exitCodes.yes;
}

function tell(world: CliWorld, { secret, part, uses, endsAt }: JsonObject): void {
  const times = uses === 1 ? 'once' : `${textOf(uses)} times`;
  world.stderr.write(
    `Who has this may join as ${printable(textOf(part))}, ${times}, until ${timeOf(endsAt)} UTC; it is shown this once:\n`,
  );
  world.stdout.write(`${textOf(secret)}\n`);
}

function readWish(name: string, input: CommandInput): JsonObject {
  const [robot, account] = [textOption(input, 'robot'), textOption(input, 'account')];
  const { allow } = input.options;
  if (robot !== undefined && account !== undefined)
    throw cliErrors.usage('a part has the rights of one login: --robot or --account');
  return {
    name,
    ...(robot === undefined ? {} : { robot }),
    ...(account === undefined ? {} : { account }),
    ...(Array.isArray(allow) ? { permissions: allow.map((text) => readPermission(String(text))) } : {}),
  };
}

function readInvitation(input: CommandInput): Record<string, Json> {
  const [uses, valid] = [textOption(input, 'uses'), textOption(input, 'valid')];
  return {
    ...(uses === undefined ? {} : { uses: checkCount('--uses', uses, limits.partInvitationUses) }),
    ...(valid === undefined ? {} : { validSeconds: checkAge('--valid', valid) / 1000 }),
  };
}

/** KIND/NAME in the API's address; what is no name is refused there. */
export function pathOfPart(name: string): string {
  const [kind = '', part = ''] = name.split('/', 2).map(encodeURIComponent);
  return `/api/v1/parts/${kind}/${part}`;
}
