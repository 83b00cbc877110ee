// The command as it is published: what `npm run build` made, without the sources beside it, which would be preferred.
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';

export const isBuilt: boolean = existsSync(join(root, 'dist/lib'));

/** The words that start it; `folder` gets links to its parts. */
export function linkPublished(folder: string): readonly [string, ...string[]] {
  for (const name of ['bin', 'dist', 'package.json', 'node_modules'])
    symlinkSync(join(root, name), join(folder, name));
  return [
    process.execPath,
    ...['--preserve-symlinks', '--preserve-symlinks-main', join(folder, 'bin/plimsoll.js')],
  ];
}
