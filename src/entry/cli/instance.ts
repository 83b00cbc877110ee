// Commands that are a thin skin over an instance's API: which instance, the call with the stored login, and what it
// refused as a failure of the command line.
import type { Command } from 'commander';
import type { InstanceCall } from '../../io/images/instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type CommandInput, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import { checkChoice, checkHost } from './option.ts';
import { printable } from './printable.ts';
import { type Column, formatTable } from './table.ts';
import type { CliWorld } from './world.ts';

export type ApiCall = Omit<InstanceCall, 'limitBytes'>;

/** Adds what all of them take. */
export function defineInstance(command: Command): Command {
  return command
    .option('--host <host>', 'the instance; PLIMSOLL_INSTANCE where absent')
    .option('-f, --format <format>', 'table or json', 'table');
}

/** The answer's members; `cli.instance_refused`, `cli.instance_declined`, `cli.usage`. */
export async function callApi(world: CliWorld, input: CommandInput, call: ApiCall): Promise<JsonObject> {
  const named = textOption(input, 'host');
  const host = named === undefined ? world.instanceHost : checkHost(named);
  if (host === undefined)
    throw cliErrors.usage('no instance is named: use --host HOST, or set PLIMSOLL_INSTANCE');
  return callHost(world, host, call);
}

/** The same of a host that a reference names. */
export async function callHost(world: CliWorld, host: string, call: ApiCall): Promise<JsonObject> {
  const instance = await world.openInstance(host);
  const { status, value } = await instance.ask({ ...call, limitBytes: limits.registryAnswerBytes });
  const answer = isJsonObject(value) ? value : {};
  if (status < 300) return answer;
  const why = typeof answer.detail === 'string' ? answer.detail : `it answered ${status}`;
  const code = typeof answer.code === 'string' ? ` (${answer.code})` : '';
  const isAboutRights = status === 401 || status === 403 || status === 404;
  const failure = isAboutRights ? cliErrors.instance_refused : cliErrors.instance_declined;
  throw failure(`${host}: ${why}${code}`);
}

/** Rows of a list in the answer as a table with a head, or the answer itself as JSON. */
export function printRows(
  world: CliWorld,
  input: CommandInput,
  answer: JsonObject,
  table: {
    readonly rows: Json | undefined;
    readonly columns: Readonly<Record<string, (row: JsonObject) => string>>;
    readonly none: string;
  },
): void {
  const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
  if (format === 'json') return void world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  const rows = Array.isArray(table.rows) ? table.rows.filter((row) => isJsonObject(row)) : [];
  if (rows.length === 0) return void world.stderr.write(`${table.none}\n`);
  const cells = Object.values(table.columns);
  const lines = [Object.keys(table.columns), ...rows.map((row) => cells.map((cell) => cell(row)))];
  const columns = cells.map((): Column => ({}));
  world.stdout.write(`${formatTable(lines, columns, Number.POSITIVE_INFINITY).join('\n')}\n`);
}

/** A member as text; empty where there is none. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A time without what nobody reads. */
export function timeOf(value: Json | undefined): string {
  return textOf(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2');
}

/** A secret on standard output, and on standard error that it will not be seen again. */
export function printSecret(world: CliWorld, answer: JsonObject, login: string): void {
  world.stderr.write(`Log in as ${printable(login)} with this; it is shown this once:\n`);
  world.stdout.write(`${textOf(answer.secret)}\n`);
}

/** The argument at `position`, or `cli.usage` that says what is missing. */
export function need(input: CommandInput, position: number, what: string): string {
  const value = input.args[position];
  if (value !== undefined) return value;
  throw cliErrors.usage(`${what} is missing`);
}

/** `PATTERN:pull,push` as the API has it; `cli.option_invalid`. */
export function readPermission(text: string): JsonObject {
  const [, repositories, list] = /^([^:]+):([a-z,]+)$/.exec(text) ?? [];
  const actions = (list ?? '').split(',');
  if (repositories === undefined || !actions.every((one) => ['pull', 'push', 'delete'].includes(one)))
    throw cliErrors.option_invalid(`--allow is PATTERN:ACTIONS, as "team/*:pull,push"; "${text}" is not`);
  return { repositories, actions };
}

/** A row's permissions as `--allow` takes them. */
export function allowsOf({ permissions }: JsonObject): string {
  if (!Array.isArray(permissions)) return 'all';
  return permissions
    .map((one) => {
      const { repositories, actions } = one as { repositories?: Json; actions?: Json };
      return `${textOf(repositories)}:${Array.isArray(actions) ? actions.map(textOf).join(',') : ''}`;
    })
    .join(' ');
}

/** Where roles and publishers stand: a name with a slash is a repository, one without a namespace. */
export function targetPath(target: string): string {
  return target.includes('/') ? `/api/v1/repositories/${target}/-` : `/api/v1/namespaces/${target}`;
}
