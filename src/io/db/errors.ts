// Codes of the database.
import { defineErrors } from '../../kit/error.ts';

export const dbErrors = defineErrors('db', {
  unavailable: {
    kind: 'unavailable',
    meaning: 'The database cannot be opened or does not answer.',
    hint: 'Check the data folder, its free space, and that no other program holds the file.',
  },
  read_only: {
    kind: 'unsupported',
    meaning: 'A process that only reads the database was asked to write it.',
    hint: 'This is a mistake in Plimsoll: please report it.',
  },
  newer_schema: {
    kind: 'unsupported',
    meaning: 'The database was written by a newer Plimsoll.',
    hint: 'Start the newer version again, or restore the backup that was made before it.',
  },
});
