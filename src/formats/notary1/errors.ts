// Codes of Notary v1's role files and of archives of them.
import { defineErrors } from '../../kit/error.ts';

export const notary1Errors = defineErrors('notary', {
  role_name_invalid: {
    kind: 'invalid',
    meaning: 'A name is not that of a role of Notary v1.',
    hint: 'Roles are root, targets, snapshot, timestamp, and targets/NAME for a delegation.',
  },
  role_file_invalid: {
    kind: 'untrusted',
    meaning: 'Bytes are not a role file of Notary v1, or break a bound that no honest one reaches.',
    hint: 'Check that the address is that of a Notary v1 server; keep the file, it shows what the server sent.',
  },
  archive_invalid: {
    kind: 'invalid',
    meaning: 'A folder’s `archive.json` is not that of an archive of trust data.',
    hint: 'Name a folder that `plimsoll dct import --archive` wrote, or an empty one to write to.',
  },
});
