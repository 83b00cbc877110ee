// `plimsoll certificate`: client certificates in place of a password, of whoever is logged in, of robots, and, for
// administrators, of any account. A certificate is registered as it is, by a file, or by a name that the server's
// client authority puts into certificates, so that a renewed one is known too.
import { parseCertificates, readCertificate } from '../../../formats/crypto/certificate.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Json, JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import {
  allowsOf,
  callApi,
  defineInstance,
  need,
  printRows,
  readPermission,
  textOf,
  timeOf,
} from '../instance.ts';
import { checkAge, checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';

const ACTIONS = ['add', 'list', 'remove'] as const;
const NAMES = ['uri', 'email', 'dns', 'common-name'] as const;

export const certificateCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', ACTIONS.join(', '))
      .argument('[what]', 'add: a PEM file, - for standard input; remove: its id')
      .option('--robot <robot>', 'of this robot, ORG+NAME, instead of your own')
      .option('--account <account>', 'of this account, for administrators')
      .option(
        '--uri <uri>',
        'add: every certificate of this URI, as spiffe://acme.test/ci, for administrators',
      )
      .option('--email <address>', 'add: every certificate of this e-mail address')
      .option('--dns <host>', 'add: every certificate of this host')
      .option('--common-name <name>', 'add: every certificate of this common name')
      .option('--name <name>', 'add: what it is for; the name in it where absent')
      .option(
        '--allow <pattern:actions...>',
        'add: only this, as "team/*:pull,push"; all that the owner may where absent',
      )
      .option('--expires <age>', 'add: the registration ends after 90m, 72h or 30d')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll certificate add laptop.crt --host images.example.org\n' +
          '  plimsoll certificate add --uri spiffe://acme.test/ci --robot acme+ci --allow "acme/*:pull,push"',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ACTIONS);
    if (action === 'add') return add(world, input);
    if (action === 'list') return list(world, input);
    const id = need(input, 1, 'the id of the certificate');
    const path = `${pathOf(input)}/${encodeURIComponent(id)}`;
    const { name } = await callApi(world, input, { method: 'DELETE', path });
    world.stderr.write(`Removed ${textOf(name)}\n`);
    return exitCodes.yes;
  },
};

async function add(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const { identity, name } = await readIdentity(world, input);
  const { allow } = input.options;
  const age = textOption(input, 'expires');
  const body: Record<string, Json> = { name: textOption(input, 'name') ?? name, identity };
  if (Array.isArray(allow)) body.permissions = allow.map((text) => readPermission(String(text)));
  if (age !== undefined) body.expiresAt = formatInstant(world.clock.now() + checkAge('--expires', age));
  const { id } = await callApi(world, input, { method: 'POST', path: pathOf(input), body });
  world.stdout.write(`${textOf(id)}\n`);
  return exitCodes.yes;
}

interface Identity {
  readonly identity: JsonObject;
  /** What it is called where nothing else is said. */
  readonly name: string;
}

/** A file or one name; `cli.usage` for neither or both. `crypto.certificate_invalid` */
async function readIdentity(world: CliWorld, input: CommandInput): Promise<Identity> {
  const named = NAMES.flatMap((kind) => {
    const value = textOption(input, kind === 'common-name' ? 'commonName' : kind);
    return value === undefined ? [] : [{ identity: { kind, value }, name: value.slice(0, 100) }];
  });
  const file = input.args[1];
  const [one] = named;
  if (named.length + (file === undefined ? 0 : 1) !== 1)
    throw cliErrors.usage('name one: a PEM file, --uri, --email, --dns or --common-name');
  return one ?? readFile(world, file as string);
}

async function readFile(world: CliWorld, file: string): Promise<Identity> {
  const text = decodeUtf8(await world.readDocument(file, limits.pemFileBytes)) ?? '';
  const [own] = parseCertificates(text);
  if (own === undefined) throw cliErrors.usage(`${file} holds no certificate`);
  const { fingerprint, names } = readCertificate(own);
  const name = (names[0]?.value ?? `sha256:${fingerprint}`).slice(0, 100);
  return { identity: { kind: 'fingerprint', value: fingerprint }, name };
}

async function list(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const answer = await callApi(world, input, { path: pathOf(input) });
  printRows(world, input, answer, {
    rows: answer.certificates,
    columns: {
      ID: ({ id }) => textOf(id),
      NAME: ({ name }) => textOf(name),
      CERTIFICATE: identityOf,
      ALLOWS: allowsOf,
      'LAST USED': ({ lastUsedAt }) => timeOf(lastUsedAt) || 'never',
      ENDS: ({ expiresAt }) => timeOf(expiresAt) || 'when removed',
    },
    none: 'There are no registered certificates.',
  });
  return exitCodes.yes;
}

function identityOf({ identity }: JsonObject): string {
  const { kind, value } = (identity ?? {}) as JsonObject;
  return `${kind === 'fingerprint' ? 'sha256' : textOf(kind)}:${textOf(value)}`;
}

function pathOf(input: CommandInput): string {
  const [robot, account] = [textOption(input, 'robot'), textOption(input, 'account')];
  if (robot !== undefined && account !== undefined)
    throw cliErrors.usage('a certificate is of one login: --robot or --account');
  if (account !== undefined) return `/api/v1/accounts/${encodeURIComponent(account)}/certificates`;
  if (robot === undefined) return '/api/v1/certificates';
  const [namespace = '', name = ''] = robot.split('+', 2).map(encodeURIComponent);
  return `/api/v1/namespaces/${namespace}/robots/${name}/certificates`;
}
