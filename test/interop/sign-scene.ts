// An image as people build it, two platforms and BuildKit's attestation of one, in a layout on disk, and the command
// that signs it.

import { join } from 'node:path';
import { copyImage } from '../../src/io/images/copy.ts';
import { addImage, addIndex, formatLayer } from '../../src/io/images/fixture-image.ts';
import { openLayoutTarget } from '../../src/io/images/layout.ts';
import { createMemoryPlace } from '../../src/io/images/memory.ts';
import { root } from '../house.ts';
import { type Ran, runAsync } from './world.ts';

export interface Scene {
  /** `oci:FOLDER:1.0` */
  readonly layout: string;
  readonly index: string;
  /** By their order in the index: the attestation, amd64, arm64. */
  readonly children: readonly string[];
}

export async function writeScene(folder: string): Promise<Scene> {
  const place = createMemoryPlace();
  const of = (architecture: string) =>
    addImage(place, [formatLayer([{ path: 'etc/architecture', body: architecture }])], { architecture });
  const index = addIndex(place, [
    ['linux/amd64', of('amd64')],
    ['linux/arm64', of('arm64')],
  ]);
  place.tags.set('image', index.descriptor.digest);
  const layout = join(folder, 'layout');
  await copyImage(place.source('image'), await openLayoutTarget({ folder: layout, tag: '1.0' }), {
    referrers: true,
  });
  const { manifests } = JSON.parse(Buffer.from(index.bytes).toString()) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return {
    layout: `oci:${layout}:1.0`,
    index: index.descriptor.digest,
    children: manifests.map(({ digest }) => digest),
  };
}

/** The command with a home of its own, and the passphrase of its keys. */
export function createCommand(home: string) {
  const env = {
    HOME: home,
    DOCKER_CONFIG: home,
    COSIGN_PASSWORD: 'a passphrase',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  return {
    env,
    plimsoll: (args: readonly string[], expected = 0): Promise<Ran> =>
      runAsync(process.execPath, [join(root, 'bin/plimsoll.js'), ...args], env, expected),
    run: (program: string, args: readonly string[], expected = 0): Promise<Ran> =>
      runAsync(program, args, env, expected),
  };
}
