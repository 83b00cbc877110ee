// `plimsoll account`: for administrators, who may log in.
import { argument, type CliCommand, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { callApi, defineInstance, need, printRows, textOf, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';

const PATH = '/api/v1/accounts';

export const accountCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', 'list, create, link, disable or enable')
      .argument('[name]', 'the account')
      .option('--issuer <url>', 'link: the OpenID Connect provider')
      .option('--subject <text>', 'link: who it is there, as tokens say in sub')
      .option('--password-stdin', 'create: read the password from standard input')
      .option('--admin', 'create: an administrator')
      .addHelpText('after', '\nExample: pwgen 20 1 | plimsoll account create ada --password-stdin');
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), [
      'list',
      'create',
      'link',
      'disable',
      'enable',
    ]);
    if (action === 'list') {
      const answer = await callApi(world, input, { path: PATH });
      printRows(world, input, answer, {
        rows: answer.accounts,
        columns: {
          NAME: ({ name }) => textOf(name),
          IS: ({ isAdmin, isDisabled }) =>
            isDisabled === true ? 'disabled' : isAdmin === true ? 'administrator' : '',
          SINCE: ({ createdAt }) => timeOf(createdAt),
        },
        none: 'There are no accounts.',
      });
      return exitCodes.yes;
    }
    const name = need(input, 1, 'the account');
    if (action === 'create') {
      const password = isSet(input, 'passwordStdin')
        ? (await world.readStdin()).replace(/\r?\n$/, '')
        : await world.ask('Its password: ', true);
      if (password === undefined || password === '')
        throw cliErrors.nothing_to_ask(
          'a password is needed: type it at a terminal, or use --password-stdin',
        );
      const body = { name, password, isAdmin: isSet(input, 'admin') };
      await callApi(world, input, { method: 'POST', path: PATH, body });
    } else if (action === 'link') {
      const issuer = textOption(input, 'issuer');
      const subject = textOption(input, 'subject');
      if (issuer === undefined || subject === undefined)
        throw cliErrors.usage('--issuer and --subject say who may sign in as the account');
      const path = `${PATH}/${encodeURIComponent(name)}/identities`;
      await callApi(world, input, { method: 'POST', path, body: { issuer, subject } });
    } else
      await callApi(world, input, { method: 'POST', path: `${PATH}/${encodeURIComponent(name)}/${action}` });
    world.stderr.write('Done\n');
    return exitCodes.yes;
  },
};
