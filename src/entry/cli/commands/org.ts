// `plimsoll org`: organisations, their members and teams, their robots, what new repositories are,
// what they hold and may hold.

import { formatSize } from '../../../kit/bytes.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { type ApiCall, callApi, defineInstance, need, printRows, textOf, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';

/** What each change is at the API; the organisation's address is before it. */
const CHANGES = Object.freeze<Record<string, (input: CommandInput) => ApiCall>>({
  'add-member': (input) => ({
    method: 'POST',
    path: '/members',
    body: { account: need(input, 2, 'the account') },
  }),
  'remove-member': (input) => ({ method: 'DELETE', path: `/members/${one(input, 2, 'the account')}` }),
  'create-team': (input) => ({ method: 'POST', path: '/teams', body: { name: need(input, 2, 'the team') } }),
  'remove-team': (input) => ({ method: 'DELETE', path: `/teams/${one(input, 2, 'the team')}` }),
  'join-team': (input) => ({
    method: 'POST',
    path: `/teams/${one(input, 2, 'the team')}/members`,
    body: { account: need(input, 3, 'the account') },
  }),
  'leave-team': (input) => ({
    method: 'DELETE',
    path: `/teams/${one(input, 2, 'the team')}/members/${one(input, 3, 'the account')}`,
  }),
  'create-robot': (input) => ({
    method: 'POST',
    path: '/robots',
    body: { name: need(input, 2, 'the robot') },
  }),
  'remove-robot': (input) => ({ method: 'DELETE', path: `/robots/${one(input, 2, 'the robot')}` }),
  private: () => ({ method: 'POST', path: '/visibility', body: { isPublic: false } }),
  public: () => ({ method: 'POST', path: '/visibility', body: { isPublic: true } }),
});
const ACTIONS = ['list', 'show', 'create', 'robots', 'usage', 'quota', ...Object.keys(CHANGES)];

export const orgCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', ACTIONS.join(', '))
      .argument('[organisation]', 'its name; an account’s own namespace works too')
      .argument('[name]', 'a member, a team or a robot; quota: bytes, as 500MiB or 2TiB, or none')
      .argument('[member]', 'join-team, leave-team: the account')
      .option('--owner <account>', 'create: the first owner')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll org create acme --owner ada\n  plimsoll org create-team acme builders\n' +
          '  plimsoll org create-robot acme ci\n  plimsoll org quota acme 100GiB',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ACTIONS);
    if (action === 'list') return list(world, input);
    const name = need(input, 1, 'the organisation');
    if (action === 'create') return create(world, input, name);
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    if (action === 'show') return show(world, input, path);
    if (action === 'usage') return usage(world, input, { path: `${path}/usage` });
    if (action === 'quota') {
      const body = { quotaBytes: quotaOf(need(input, 2, 'the bytes, or none')) };
      return usage(world, input, { method: 'POST', path: `${path}/quota`, body });
    }
    if (action === 'robots') return listRobots(world, input, path);
    const change = CHANGES[action]?.(input) as ApiCall;
    await callApi(world, input, { ...change, path: `${path}${change.path}` });
    world.stderr.write('Done\n');
    return exitCodes.yes;
  },
};

async function list(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const answer = await callApi(world, input, { path: '/api/v1/namespaces' });
  printRows(world, input, answer, {
    rows: answer.namespaces,
    columns: {
      NAME: ({ name }) => textOf(name),
      KIND: ({ kind }) => textOf(kind),
      'NEW REPOSITORIES': ({ isPublic }) => (isPublic === true ? 'public' : 'private'),
      SINCE: ({ createdAt }) => timeOf(createdAt),
    },
    none: 'There is no namespace of yours.',
  });
  return exitCodes.yes;
}

async function create(world: CliWorld, input: CommandInput, name: string): Promise<ExitCode> {
  const owner = textOption(input, 'owner') ?? need(input, 4, '--owner ACCOUNT');
  await callApi(world, input, { method: 'POST', path: '/api/v1/namespaces', body: { name, owner } });
  world.stderr.write(`Made ${name}; ${owner} owns it\n`);
  return exitCodes.yes;
}

async function show(world: CliWorld, input: CommandInput, path: string): Promise<ExitCode> {
  const answer = await callApi(world, input, { path });
  const teams = Array.isArray(answer.teams) ? answer.teams : [];
  const members = { name: '(members)', members: answer.members ?? [] };
  printRows(world, input, answer, {
    rows: [members, ...teams],
    columns: {
      TEAM: ({ name }) => textOf(name),
      ACCOUNTS: ({ members: names }) => (Array.isArray(names) ? names.map(textOf).join(', ') : ''),
    },
    none: '',
  });
  return exitCodes.yes;
}

async function listRobots(world: CliWorld, input: CommandInput, path: string): Promise<ExitCode> {
  const answer = await callApi(world, input, { path: `${path}/robots` });
  printRows(world, input, answer, {
    rows: answer.robots,
    columns: { ROBOT: ({ fullName }) => textOf(fullName), SINCE: ({ createdAt }) => timeOf(createdAt) },
    none: 'There are no robots.',
  });
  return exitCodes.yes;
}

async function usage(world: CliWorld, input: CommandInput, call: ApiCall): Promise<ExitCode> {
  const answer = await callApi(world, input, call);
  const size = (value: unknown): string =>
    typeof value === 'number' ? `${value} bytes (${formatSize(value)})` : 'no limit';
  printRows(world, input, answer, {
    rows: [answer],
    columns: {
      NAMESPACE: ({ namespace }) => textOf(namespace),
      HOLDS: ({ bytes }) => size(bytes),
      BLOBS: ({ blobs }) => String(blobs),
      QUOTA: ({ quotaBytes }) => size(quotaBytes),
    },
    none: '',
  });
  return exitCodes.yes;
}

/** Null: no limit. `cli.option_invalid`. */
function quotaOf(text: string): number | null {
  if (text === 'none') return null;
  const [, digits = '', unit = ''] = /^([0-9]{1,15})([KMGT]iB)?$/.exec(text) ?? [];
  const quotaBytes = Number(digits) * 1024 ** ['', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit);
  if (digits === '' || !Number.isSafeInteger(quotaBytes))
    throw cliErrors.option_invalid(`"${text}" is no size; write bytes, as 500MiB or 2TiB, or none`);
  return quotaBytes;
}

function one(input: CommandInput, position: number, what: string): string {
  return encodeURIComponent(need(input, position, what));
}
