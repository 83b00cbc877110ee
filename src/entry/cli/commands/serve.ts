// `plimsoll serve`: runs the whole product in this process until SIGTERM or SIGINT.
// Its settings (--data, --listen, ...) are the product's and are read in app/config.ts.
import type { CliCommand } from '../command.ts';
import type { ExitCode } from '../exit.ts';

export const serveCommand: CliCommand = {
  define(command) {
    command.addHelpText(
      'after',
      '\nSettings: --data FOLDER, --listen HOST:PORT, --config FILE, ...;\n`plimsoll config` lists them all.',
    );
  },
  run: async (world) => (await world.serve()) as ExitCode,
};
