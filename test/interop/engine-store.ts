// One folder of images that buildah builds into and podman's service shows: what a job has where docker is not at hand.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, startPodman } from './engine.ts';
import { run } from './world.ts';

export interface EngineStore {
  /** For buildah and podman alike. */
  readonly args: readonly string[];
  /** From a folder's Containerfile, as `localhost/NAME`. */
  build(folder: string, name: string, labels?: Readonly<Record<string, string>>): void;
  startService(): Promise<Engine>;
}

export const engineTools = ['buildah', 'podman', 'runc'];

/** `folder` is made; it is short, for sockets have names of at most 108 bytes. */
export function createEngineStore(folder: string): EngineStore {
  mkdirSync(folder);
  const args = [
    ...['--root', join(folder, 'root'), '--runroot', join(folder, 'run')],
    ...['--storage-driver', 'vfs'],
  ];
  return {
    args,
    build(context, name, labels = {}) {
      run('buildah', [
        ...args,
        ...['build', '--quiet', '--isolation', 'oci', '--runtime', 'runc', '--network', 'host'],
        ...['--tls-verify=false', '--pull-always', '--format', 'oci', '--tag', name],
        ...Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]),
        context,
      ]);
    },
    startService: () => startPodman(join(folder, 'podman.sock'), args),
  };
}
