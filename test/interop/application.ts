// The dependencies of a Node and of a Python application, installed by npm and pip as a build does, and what these
// tools themselves list.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './world.ts';

/** Versions by name, sorted; several where they stand side by side. */
export type Installed = ReadonlyMap<string, readonly string[]>;

interface NpmNode {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, NpmNode>>;
}

/** Fills `folder/node_modules` as its package.json wishes; no script of a package is run. */
export function installNode(folder: string): Installed {
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: folder,
  });
  const tree = JSON.parse(run('npm', ['ls', '--all', '--json'], { cwd: folder }).stdout) as NpmNode;
  const found = new Map<string, Set<string>>();
  const collect = (node: NpmNode): void => {
    for (const [name, one] of Object.entries(node.dependencies ?? {})) {
      if (one.version !== undefined) found.set(name, (found.get(name) ?? new Set()).add(one.version));
      collect(one);
    }
  };
  collect(tree);
  return new Map([...found].map(([name, versions]) => [name, [...versions].sort()]));
}

export interface Python {
  /** The interpreter of a virtual environment: it has pip. */
  readonly path: string;
  /** Fills `target` as `requirements` wishes. */
  install(requirements: string, target: string): Installed;
}

export function createPython(folder: string): Python {
  run('python3', ['-m', 'venv', folder]);
  const path = join(folder, 'bin/python');
  return {
    path,
    install(requirements, target) {
      mkdirSync(target, { recursive: true });
      const file = join(folder, 'requirements.txt');
      writeFileSync(file, requirements);
      const pip = ['-m', 'pip', '--disable-pip-version-check'];
      run(path, [...pip, 'install', '--quiet', '--no-compile', '--target', target, '--requirement', file]);
      const listed = run(path, [...pip, 'list', '--path', target, '--format', 'json']).stdout;
      const packages = JSON.parse(listed) as readonly { readonly name: string; readonly version: string }[];
      return new Map(packages.map(({ name, version }) => [normalName(name), [version]]));
    },
  };
}

/** PEP 503: one name, however it is written. */
function normalName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
