// Pins the action to the package: packs it into FOLDER, and writes its version and sum to actions/scan/release.json.
// Publish exactly that file (`npm publish FILE`), then tag the commit that has the sum: another packing has another.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../test/house.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) stop('usage: npm run release:action -- FOLDER (for the package; it must be empty)');
const target = resolve(folder);
mkdirSync(target, { recursive: true });
if (readdirSync(target).length > 0) stop(`${target} is not empty; which package to publish must be plain`);
const packed = spawnSync('npm', ['pack', '--pack-destination', target], { cwd: root, stdio: 'inherit' });
const [name] = readdirSync(target);
if (packed.status !== 0 || name === undefined) stop('npm pack failed; nothing is pinned');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const sum = createHash('sha512')
  .update(readFileSync(join(target, name)))
  .digest('base64');
const pinned = { version, integrity: `sha512-${sum}` };
writeFileSync(join(root, 'actions/scan/release.json'), `${JSON.stringify(pinned, undefined, 2)}\n`);
process.stdout.write(`actions/scan is pinned to it; publish this file: npm publish ${join(target, name)}\n`);

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
