// A Debian image of real packages, made with mmdebstrap from the machine's own package sources, and what
// dpkg-query says of it. Made once per folder.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './world.ts';

export interface DebianImage {
  /** `oci:FOLDER:12` */
  readonly layout: string;
  readonly rootfs: string;
  /** `name version architecture source sourceVersion`, sorted. */
  readonly packages: readonly string[];
}

export const debianTools = ['mmdebstrap', 'dpkg-query', 'umoci', 'tar'];

const FORMAT = '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n';

export function makeDebianImage(folder: string): DebianImage {
  const rootfs = join(folder, 'rootfs.tar');
  const layout = join(folder, 'layout');
  run('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    '--include=ca-certificates,curl',
    'bookworm',
    rootfs,
    ...sources(),
  ]);
  run('umoci', ['init', '--layout', layout]);
  run('umoci', ['new', '--image', `${layout}:12`]);
  run('umoci', ['raw', 'add-layer', '--image', `${layout}:12`, rootfs]);
  run('umoci', ['config', '--image', `${layout}:12`, '--config.cmd', 'bash']);
  run('tar', ['-xf', rootfs, '-C', folder, './var/lib/dpkg']);
  const listed = run('dpkg-query', [`--admindir=${join(folder, 'var/lib/dpkg')}`, '-W', '-f', FORMAT]).stdout;
  return { layout: `oci:${layout}:12`, rootfs, packages: listed.trim().split('\n').sort() };
}

/** The machine's package sources as mmdebstrap takes them: it would otherwise ask Debian's public mirror. */
export function sources(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const deb822 = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sources')) : [];
  const lists = [...deb822.map((name) => join(folder, name)), '/etc/apt/sources.list'];
  return lists.filter((path) => existsSync(path)).slice(0, 1);
}
