// Everything that is measured, one after the other: `npm run bench`. What a machine lacks is said and left out.
// The inspect part wants an OCI layout: BENCH_IMAGE=oci:FOLDER:TAG and BENCH_ADVISORIES=FOLDER; those on
// comparing and on advisories a folder of feeds: BENCH_FEEDS=FOLDER.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../test/house.ts';
import { imageTools } from './large-image.ts';
import { findProgram } from './registry/program.ts';

const { BENCH_IMAGE, BENCH_ADVISORIES, BENCH_FEEDS = join(root, '../shared/feeds'), PATH = '' } = process.env;

measure(
  'The registry against its peers',
  'registry.ts',
  findProgram('zot', 'registry', 'docker-registry') === undefined
    ? 'none of zot, registry and docker-registry is installed'
    : [],
);
measure('A repository of 200,000 tags', 'many-tags.ts', []);
measure('Starting with 100,000 manifests', 'startup-many.ts', []);
measure(
  'The phases of inspect',
  'inspect.ts',
  BENCH_IMAGE === undefined || BENCH_ADVISORIES === undefined
    ? 'BENCH_IMAGE and BENCH_ADVISORIES are not set'
    : [BENCH_IMAGE, BENCH_ADVISORIES],
);
const missing = imageTools.filter(
  (name) => !PATH.split(delimiter).some((folder) => existsSync(join(folder, name))),
);
measure('What a known layer saves', 'layers.ts', missing.length === 0 ? [] : `${missing} is not installed`);
measure(
  'A comparison, whole',
  'compare.ts',
  missing.length > 0
    ? `${missing} is not installed`
    : existsSync(BENCH_FEEDS)
      ? [BENCH_FEEDS]
      : 'BENCH_FEEDS is not set to a folder of feeds',
);
measure(
  'Advisories on the way',
  'advisories-travel.ts',
  existsSync(BENCH_FEEDS) ? [BENCH_FEEDS] : 'BENCH_FEEDS is not set to a folder of feeds',
);
measure('Judging a bundle', 'verify.ts', []);
measure('The whole command that verifies', 'verify-command.ts', []);
measure('Signing without a key', 'sign.ts', []);
measure('The log of what was signed', 'log.ts', []);
measure(
  'The command that signs, beside cosign',
  'sign-command.ts',
  findProgram('cosign') === undefined || findProgram('docker-registry') === undefined
    ? 'cosign or docker-registry is not installed'
    : existsSync(join(root, 'dist/lib'))
      ? []
      : 'npm run build first',
);
measure(
  'The start of the command',
  'startup.ts',
  existsSync(join(root, 'dist/lib')) ? [] : 'npm run build first',
);

function measure(title: string, file: string, args: readonly string[] | string): void {
  process.stdout.write(`\n${title}\n`);
  if (typeof args === 'string') {
    process.stdout.write(`  left out: ${args}\n`);
    return;
  }
  const ran = spawnSync(process.execPath, [join(root, 'bench', file), ...args], { stdio: 'inherit' });
  if (ran.status !== 0) process.exitCode = 1;
}
