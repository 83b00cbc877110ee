// Around `npm pack`: writes npm-shrinkwrap.json before it, and takes it away after it (--remove), since npm would
// take it for the lock file of this folder.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';
import { type Lock, productionLock } from './production-lock.ts';

const file = join(root, 'npm-shrinkwrap.json');
if (process.argv.includes('--remove')) rmSync(file, { force: true });
else {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  writeFileSync(file, `${JSON.stringify(productionLock(lock), undefined, 2)}\n`);
}
