// `plimsoll token`: the access tokens of whoever is logged in, and of robots.
import { formatInstant } from '../../../kit/clock.ts';
import type { Json } from '../../../kit/json.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import {
  allowsOf,
  callApi,
  defineInstance,
  need,
  printRows,
  printSecret,
  readPermission,
  textOf,
  timeOf,
} from '../instance.ts';
import { checkAge, checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';

const ACTIONS = ['create', 'list', 'revoke'] as const;

export const tokenCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', ACTIONS.join(', '))
      .argument('[name]', 'create: what it is for; revoke: its id')
      .option('--robot <robot>', 'of this robot, ORG+NAME, instead of your own')
      .option(
        '--allow <pattern:actions...>',
        'create: only this, as "team/*:pull,push"; all that you may where absent',
      )
      .option('--expires <age>', 'create: ends after 90m, 72h or 30d')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll token create laptop --expires 90d --host images.example.org\n' +
          '  plimsoll token create pipeline --robot acme+ci --allow "acme/*:pull,push"',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ACTIONS);
    if (action === 'create') return create(world, input);
    if (action === 'list') return list(world, input);
    const id = need(input, 1, 'the id of the token');
    const path = `${pathOf(input)}/${encodeURIComponent(id)}`;
    const { name } = await callApi(world, input, { method: 'DELETE', path });
    world.stderr.write(`Revoked ${textOf(name)}\n`);
    return exitCodes.yes;
  },
};

async function create(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const name = need(input, 1, 'what the token is for');
  const { allow } = input.options;
  const age = textOption(input, 'expires');
  const body: Record<string, Json> = { name };
  if (Array.isArray(allow)) body.permissions = allow.map((text) => readPermission(String(text)));
  if (age !== undefined) body.expiresAt = formatInstant(world.clock.now() + checkAge('--expires', age));
  const answer = await callApi(world, input, { method: 'POST', path: pathOf(input), body });
  printSecret(world, answer, textOption(input, 'robot') ?? 'yourself');
  return exitCodes.yes;
}

async function list(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const answer = await callApi(world, input, { path: pathOf(input) });
  printRows(world, input, answer, {
    rows: answer.tokens,
    columns: {
      ID: ({ id }) => textOf(id),
      NAME: ({ name }) => textOf(name),
      ALLOWS: allowsOf,
      'LAST USED': ({ lastUsedAt }) => timeOf(lastUsedAt) || 'never',
      ENDS: ({ expiresAt, revokedAt }) =>
        revokedAt === undefined ? timeOf(expiresAt) || 'when revoked' : `revoked ${timeOf(revokedAt)}`,
    },
    none: 'There are no access tokens.',
  });
  return exitCodes.yes;
}

function pathOf(input: CommandInput): string {
  const robot = textOption(input, 'robot');
  if (robot === undefined) return '/api/v1/tokens';
  const [namespace = '', name = ''] = robot.split('+', 2).map(encodeURIComponent);
  return `/api/v1/namespaces/${namespace}/robots/${name}/tokens`;
}
