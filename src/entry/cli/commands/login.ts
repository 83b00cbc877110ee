// `plimsoll login HOST`: asks for a name and a password, tries them on the registry, and stores them where
// docker and podman look too. A password is never taken from the command line, where others could read it.
// `--oidc` takes the identity token of the CI job instead, which every client then sends as the password of `oidc`.
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkHost } from '../option.ts';
import type { CliWorld } from '../world.ts';

export const loginCommand: CliCommand = {
  define(command) {
    command
      .argument('<host>', 'registry host, with its port where it has one')
      .option('-u, --username <name>', 'account name')
      .option('--password-stdin', 'read the password from standard input')
      .option('--oidc', 'in a CI job: log in by its identity token (PLIMSOLL_ID_TOKEN, or GitHub’s runner)')
      .option('--audience <text>', 'with --oidc: whom GitHub’s token is for; the host where absent')
      .addHelpText(
        'after',
        '\nExample: echo "$TOKEN" | plimsoll login registry.example.org -u robot --password-stdin',
      );
  },
  async run(world, input) {
    const host = checkHost(argument(input, 0));
    if (isSet(input, 'oidc')) return loginByIdToken(world, input, host);
    const username = textOption(input, 'username') ?? (await ask(world, 'Username: ', false, '--username'));
    const password = await readPassword(world, input);
    const { storedIn } = await world.login(host, { username, password });
    world.stderr.write(`Logged in to ${host} as ${username}; kept in ${storedIn}\n`);
    return exitCodes.yes;
  },
};

async function loginByIdToken(world: CliWorld, input: CommandInput, host: string): Promise<ExitCode> {
  const password = await world.readIdToken(textOption(input, 'audience') ?? host);
  if (password === undefined)
    throw cliErrors.nothing_to_ask(
      'no identity token is here: set PLIMSOLL_ID_TOKEN, or give a job of GitHub Actions `permissions: id-token: write`',
    );
  const { storedIn } = await world.login(host, { username: 'oidc', password });
  world.stderr.write(`Logged in to ${host} by this job’s identity token; kept in ${storedIn}\n`);
  return exitCodes.yes;
}

async function readPassword(world: CliWorld, input: CommandInput): Promise<string> {
  if (!isSet(input, 'passwordStdin')) return ask(world, 'Password: ', true, '--password-stdin');
  const password = (await world.readStdin()).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw cliErrors.option_invalid('--password-stdin takes the password from standard input, which is empty');
}

async function ask(world: CliWorld, question: string, isSecret: boolean, option: string): Promise<string> {
  const answer = await world.ask(question, isSecret);
  if (answer !== undefined && answer !== '') return answer;
  const thing = question.replace(/: $/, '');
  throw cliErrors.nothing_to_ask(`${thing} is needed: type it at a terminal, or use ${option}`);
}
