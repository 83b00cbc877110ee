// A repository of the real Notary v1 programs beside a registry: images that are pushed, and a publisher who signs one
// tag himself, one by a delegation, and rotates every key.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLayout } from './layout.ts';
import { askNotary, makeCertificate, type RunningNotary } from './notary-v1.ts';
import { password, plimsoll } from './world.ts';

export interface Pushed {
  readonly digest: string;
  readonly size: number;
}

/** A small image of its own under this name. */
export function push(folder: string, word: string, name: string, env: Record<string, string>): Pushed {
  const layout = makeLayout(join(folder, `layout-${word}`), [Buffer.from(word)]);
  plimsoll(['copy', '--quiet', `oci:${layout}:a`, name], { env });
  return JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests[0];
}

export function loginTo(folder: string, host: string): Record<string, string> {
  const home = join(folder, 'docker');
  mkdirSync(home);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(join(home, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: home };
}

/** One tag in targets, one in a delegation; then the keys of targets, root and snapshot are rotated. */
export async function signBoth(
  { url }: RunningNotary,
  folder: string,
  gun: string,
  one: Pushed,
  two: Pushed,
): Promise<void> {
  const home = join(folder, 'publisher');
  makeCertificate(folder, 'alice');
  const [certificate, key] = [join(folder, 'alice.crt'), join(folder, 'alice.key')];
  const hash = ({ digest, size }: Pushed) => [String(size), '--sha256', digest.slice(7)];
  const steps = [
    ['init', '-p', gun],
    ['addhash', '-p', gun, 'one', ...hash(one)],
    ['delegation', 'add', '-p', gun, 'targets/releases', certificate, '--all-paths'],
    ['key', 'import', key, '--role', 'alice'],
    ['addhash', '-p', gun, 'two', ...hash(two), '-r', 'targets/releases'],
    ['key', 'rotate', gun, 'targets'],
    ['key', 'rotate', gun, 'root'],
    ['key', 'rotate', gun, 'snapshot', '-r'],
  ];
  for (const step of steps) {
    const { status, output } = await askNotary(url, home, step, 'yes\n');
    assert.equal(status, 0, `${step.join(' ')}\n${output}`);
  }
}
