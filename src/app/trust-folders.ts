// Where the instance's trust is, below its data folder.
import { join } from 'node:path';

export const trustFolders = Object.freeze({
  keys: join('trust', 'keys'),
  offline: join('trust', 'offline'),
  repository: join('trust', 'tuf'),
});
