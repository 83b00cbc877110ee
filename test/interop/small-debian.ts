// A small image made with umoci: an os-release and a dpkg database in two layers, of real names and versions.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './world.ts';

export interface SmallDebian {
  readonly name: string;
  /** `oci:FOLDER:1` */
  readonly layout: string;
  /** The same for `docker load` and `podman load`. */
  readonly dockerArchive: string;
  /** `name version`, sorted. */
  readonly packages: readonly string[];
}

export function makeSmallDebian(folder: string): SmallDebian {
  const name = 'plimsoll-test/small:1';
  const layout = join(folder, 'layout');
  run('umoci', ['init', '--layout', layout]);
  run('umoci', ['new', '--image', `${layout}:1`]);
  addFile(folder, layout, 'etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
  const packages = ['libexpat1 2.5.0-1', 'libssl3 3.0.9-1', 'zlib1g 1:1.2.13.dfsg-1'];
  const stanzas = packages.map((one) => {
    const [named, version] = one.split(' ');
    return `Package: ${named}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
  });
  addFile(folder, layout, 'var/lib/dpkg/status', stanzas.join('\n'));
  const dockerArchive = join(folder, 'load.tar');
  run('skopeo', ['copy', '--quiet', `oci:${layout}:1`, `docker-archive:${dockerArchive}:${name}`]);
  return { name, layout: `oci:${layout}:1`, dockerArchive, packages };
}

function addFile(folder: string, layout: string, path: string, text: string): void {
  const root = join(folder, `root-${path.replaceAll('/', '-')}`);
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  run('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
  run('umoci', ['raw', 'add-layer', '--image', `${layout}:1`, `${root}.tar`]);
}
