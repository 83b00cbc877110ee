// `plimsoll backup FOLDER`: what the server on this machine keeps, as it is at one moment, while it runs.
// Which data folder is a setting (--data), as for `plimsoll serve`.
import { formatSize } from '../../../kit/bytes.ts';
import { argument, type CliCommand, isSet } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import type { BackupOutcome, CliWorld } from '../world.ts';

export const backupCommand: CliCommand = {
  define(command) {
    command
      .argument('<folder>', 'where the backup goes; it must not be there yet')
      .option('--copy', 'copy and prove every blob, even where it could be linked')
      .addHelpText(
        'after',
        '\nBlobs are linked where the folder is in the same file system: quick, and no\n' +
          'protection from a disk that fails. On another disk they are copied and proven.\n' +
          '\nExample: plimsoll backup /mnt/backup/2026-03-01 --data /var/lib/plimsoll',
      );
  },
  async run(world, input) {
    const folder = argument(input, 0);
    return report(world, `Backed up to ${folder}`, await world.backUp(folder, isSet(input, 'copy')));
  },
};

/** Shared with restoring: what was taken, and what was lost before. */
export function report(world: CliWorld, done: string, { blobs, bytes, lost }: BackupOutcome): ExitCode {
  world.stderr.write(`${done}: ${blobs} blobs, ${formatSize(bytes)}, and the database.\n`);
  if (lost.length === 0) return exitCodes.yes;
  world.stderr.write(`${lost.length} blobs were lost or damaged before; push their images again:\n`);
  for (const digest of lost) world.stdout.write(`${digest}\n`);
  return exitCodes.error;
}
