// `plimsoll logout HOST`: removes the stored login from every file it was found in.
import { argument, type CliCommand } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { checkHost } from '../option.ts';

export const logoutCommand: CliCommand = {
  define(command) {
    command.argument('<host>', 'registry host, with its port where it has one');
  },
  async run(world, input) {
    const host = checkHost(argument(input, 0));
    const { removedFrom } = await world.logout(host);
    world.stderr.write(
      removedFrom.length === 0
        ? `There was no login for ${host}\n`
        : `Forgot the login for ${host} in ${removedFrom.join(', ')}\n`,
    );
    return exitCodes.yes;
  },
};
