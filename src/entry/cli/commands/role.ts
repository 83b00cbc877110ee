// `plimsoll role`: who is what in a namespace or a repository.
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { argument, type CliCommand } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { callApi, defineInstance, need, printRows, targetPath, textOf, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';

export const roleCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', 'list, give or take')
      .argument('<target>', 'a namespace, as acme, or a repository, as acme/app')
      .argument('[subject]', 'account:NAME, team:NAME or robot:NAME')
      .argument('[role]', 'give: reader, writer, maintainer or owner')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll role give acme robot:ci writer\n  plimsoll role take acme/app account:ada',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ['list', 'give', 'take']);
    const path = `${targetPath(argument(input, 1))}/roles`;
    if (action === 'list') {
      const answer = await callApi(world, input, { path });
      const columns = {
        WHO: ({ subject }: JsonObject) => whoOf(subject),
        ROLE: ({ role }: JsonObject) => textOf(role),
        SINCE: ({ since }: JsonObject) => timeOf(since),
      };
      printRows(world, input, answer, { rows: answer.roles, columns, none: 'No role was given here.' });
      return exitCodes.yes;
    }
    const subject = readSubject(need(input, 2, 'whom: account:NAME, team:NAME or robot:NAME'));
    if (action === 'give') {
      const role = need(input, 3, 'the role');
      await callApi(world, input, { method: 'POST', path, body: { subject, role } });
    } else {
      const name = encodeURIComponent(subject.name);
      await callApi(world, input, { method: 'DELETE', path: `${path}/${subject.kind}/${name}` });
    }
    world.stderr.write('Done\n');
    return exitCodes.yes;
  },
};

function readSubject(text: string): { readonly kind: string; readonly name: string } {
  const [, kind, name] = /^(account|team|robot):(.+)$/.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) return { kind, name };
  throw cliErrors.option_invalid(`"${text}" is none of account:NAME, team:NAME, robot:NAME`);
}

function whoOf(subject: Json | undefined): string {
  return isJsonObject(subject) ? `${textOf(subject.kind)}:${textOf(subject.name)}` : '';
}
