// `plimsoll restore FOLDER`: makes the data folder (--data, which must not be there yet) of a backup.
import { argument, type CliCommand } from '../command.ts';
import { report } from './backup.ts';

export const restoreCommand: CliCommand = {
  define(command) {
    command
      .argument('<folder>', 'a backup that `plimsoll backup` made')
      .addHelpText(
        'after',
        '\nEvery blob is copied and proven; the backup stays as it is.\nAdvisories are fetched again.\n' +
          '\nExample: plimsoll restore /mnt/backup/2026-03-01 --data /var/lib/plimsoll',
      );
  },
  async run(world, input) {
    const folder = argument(input, 0);
    return report(world, `Restored from ${folder}`, await world.restore(folder));
  },
};
