// Where a part keeps what its instances gave it: a row of the table in settings.ts.
import type { Setting } from './setting.ts';

export const partFolder: Setting<string> = Object.freeze<Setting<string>>({
  key: 'part.folder',
  flag: '--part-folder',
  env: 'PLIMSOLL_PART_FOLDER',
  meaning:
    'Folder of what this machine is a part of: a certificate and key for each instance that it has joined; in the user’s state folder where absent. It must be one that can be written to.',
  read: (text) => (text.trim() === '' || text.includes('\0') ? { must: 'be a path' } : { value: text }),
});
