// `plimsoll publisher`: whose identity tokens may push to a repository or a namespace, without any secret.
import { isJsonObject, type Json } from '../../../kit/json.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { callApi, defineInstance, need, printRows, targetPath, textOf, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';

export const publisherCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', 'list, add or remove')
      .argument('<target>', 'a repository, as acme/app, or a namespace, as acme')
      .argument('[id]', 'remove: which')
      .option('--issuer <url>', 'add: as the tokens say in iss, e.g. https://gitlab.com')
      .option('--subject <pattern>', 'add: what sub has to be; * is any text')
      .option('--claim <name=pattern...>', 'add: what another claim has to be')
      .option('--audience <text>', 'add: whom the tokens are for; the instance’s host where absent')
      .addHelpText(
        'after',
        '\nExample:\n  plimsoll publisher add acme/app --issuer https://token.actions.githubusercontent.com \\\n' +
          '    --subject "repo:acme/app:*" --claim repository_owner_id=1234 ref=refs/heads/main',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ['list', 'add', 'remove']);
    const path = `${targetPath(argument(input, 1))}/publishers`;
    if (action === 'list') {
      const answer = await callApi(world, input, { path });
      printRows(world, input, answer, {
        rows: answer.publishers,
        columns: {
          ID: ({ id }) => textOf(id),
          ISSUER: ({ issuer }) => textOf(issuer),
          SUBJECT: ({ subject }) => textOf(subject),
          CLAIMS: ({ claims }) => claimsOf(claims),
          'LAST USED': ({ lastUsedAt }) => timeOf(lastUsedAt) || 'never',
        },
        none: 'Nobody publishes here without a secret.',
      });
      return exitCodes.yes;
    }
    if (action === 'remove') {
      const id = encodeURIComponent(need(input, 2, 'the id of the publisher'));
      await callApi(world, input, { method: 'DELETE', path: `${path}/${id}` });
      world.stderr.write('Removed\n');
      return exitCodes.yes;
    }
    const { id } = await callApi(world, input, { method: 'POST', path, body: readWish(input) });
    world.stdout.write(`${textOf(id)}\n`);
    return exitCodes.yes;
  },
};

function readWish(input: CommandInput): Record<string, Json> {
  const issuer = textOption(input, 'issuer');
  if (issuer === undefined) throw cliErrors.usage('--issuer is missing');
  const subject = textOption(input, 'subject');
  const audience = textOption(input, 'audience');
  const given = input.options.claim;
  const claims: Record<string, string> = {};
  for (const text of Array.isArray(given) ? given.map(String) : []) {
    const equals = text.indexOf('=');
    if (equals < 1) throw cliErrors.option_invalid(`--claim is NAME=PATTERN; "${text}" is not`);
    claims[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return {
    issuer,
    claims,
    ...(subject === undefined ? {} : { subject }),
    ...(audience === undefined ? {} : { audience }),
  };
}

function claimsOf(claims: Json | undefined): string {
  if (!isJsonObject(claims)) return '';
  return Object.entries(claims)
    .map(([name, pattern]) => `${name}=${textOf(pattern)}`)
    .join(' ');
}
