// Python with a package that Debian stable has not: the machine's own where it has it, else one in a virtual environment
// from the package index that pip is configured for. Where that cannot be reached, the reason to skip.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PythonWith {
  /** The interpreter; absent where there is none that has it. */
  readonly path?: string;
  readonly missing?: string;
}

/** Longer than a small package takes by a slow line, short enough to say so in CI. */
const INSTALL_MS = 180_000;

/** `module` as it is imported, `packages` as pip names what brings it. What was installed goes with this process. */
export function pythonWith(module: string, packages: readonly string[]): PythonWith {
  const has = (path: string): boolean => spawnSync(path, ['-c', `import ${module}`]).status === 0;
  if (has('python3')) return { path: 'python3' };
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-python-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'bin/python');
  const pip = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--quiet',
    '--only-binary=:all:',
    ...packages,
  ];
  const options = { timeout: INSTALL_MS } as const;
  const isMade = spawnSync('python3', ['-m', 'venv', folder], options).status === 0;
  if (isMade && spawnSync(path, pip, options).status === 0 && has(path)) return { path };
  return { missing: `not installed, and not got by pip: python3 with ${module}` };
}
