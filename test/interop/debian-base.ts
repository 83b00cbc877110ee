// Debian bases of real packages, made with mmdebstrap from the machine's own package sources. Some packages may be
// held at an older version, where the sources still offer one: a base with it truly has what was fixed since.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sources } from './debian-image.ts';
import { run, runAsync } from './world.ts';

export interface BaseWish {
  readonly variant: 'minbase' | 'essential';
  readonly include: readonly string[];
  /** Binary packages by the group that must have one version: of each group the oldest on offer is taken. */
  readonly older?: readonly (readonly string[])[];
}

export interface DebianBase {
  /** `oci:FOLDER:12` */
  readonly layout: string;
  /** As dpkg-query lists them. */
  readonly packages: readonly DebianPackage[];
}

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly sourceName: string;
  readonly sourceVersion: string;
}

const FORMAT = '${Package} ${Version} ${source:Package} ${source:Version}\\n';

export async function makeDebianBase(folder: string, wish: BaseWish): Promise<DebianBase> {
  mkdirSync(folder);
  const rootfs = join(folder, 'rootfs.tar');
  const layout = join(folder, 'layout');
  const [hold, release] = writeHooks(folder, wish.older ?? []);
  await runAsync('mmdebstrap', [
    ...['--quiet', `--variant=${wish.variant}`],
    // Merged from the start: apt would otherwise bring the tool that merges, and all of Perl with it.
    ...['--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr'],
    `--include=${['usr-is-merged', ...wish.include].join(',')}`,
    ...[`--setup-hook=${hold}`, `--customize-hook=${release}`],
    ...['bookworm', rootfs, ...sources()],
  ]);
  run('umoci', ['init', '--layout', layout]);
  run('umoci', ['new', '--image', `${layout}:12`]);
  run('umoci', ['raw', 'add-layer', '--image', `${layout}:12`, rootfs]);
  run('umoci', ['config', '--image', `${layout}:12`, '--config.cmd', 'bash']);
  run('tar', ['-xf', rootfs, '-C', folder, './var/lib/dpkg']);
  run('rm', [rootfs]);
  const listed = run('dpkg-query', [`--admindir=${join(folder, 'var/lib/dpkg')}`, '-W', '-f', FORMAT]).stdout;
  const packages = listed
    .trim()
    .split('\n')
    .map((line) => {
      const [name, version, sourceName, sourceVersion] = line.split(' ') as [string, string, string, string];
      return { name, version, sourceName, sourceVersion };
    });
  return { layout: `oci:${layout}:12`, packages };
}

/** Of each group the oldest version on offer, and nothing where there is but one. */
function findOlder(groups: readonly (readonly string[])[]): ReadonlyMap<readonly string[], string> {
  const found = new Map<readonly string[], string>();
  for (const group of groups) {
    // `libssl3 | 3.0.17-1~deb12u2 | … Packages`: newest first.
    const offered = group.map((name) =>
      run('apt-cache', ['madison', name])
        .stdout.split('\n')
        .filter((line) => line.includes(' bookworm') && line.trimEnd().endsWith('Packages'))
        .map((line) => line.split('|')[1]?.trim() ?? ''),
    );
    const versions = [...new Set(offered[0])];
    const oldest = versions.findLast((version) => offered.every((list) => list.includes(version)));
    if (versions.length > 1 && oldest !== undefined && oldest !== versions[0]) found.set(group, oldest);
  }
  return found;
}

/** The pins leave the image again: its own apt is to have no opinion. */
function writeHooks(folder: string, groups: readonly (readonly string[])[]): readonly [string, string] {
  const file = '"$1"/etc/apt/preferences.d/older';
  const pins = [...findOlder(groups)].map(
    ([group, version]) => `Package: ${group.join(' ')}\nPin: version ${version}\nPin-Priority: 1001\n`,
  );
  return [
    writeScript(
      join(folder, 'hold'),
      `mkdir -p "$1"/etc/apt/preferences.d\ncat >${file} <<'PINS'\n${pins.join('\n')}PINS\n`,
    ),
    writeScript(join(folder, 'release'), `rm ${file}\n`),
  ];
}

function writeScript(path: string, text: string): string {
  writeFileSync(path, `#!/bin/sh\nset -e\n${text}`);
  chmodSync(path, 0o755);
  return path;
}
