// A real Go program, built by the machine's Go, and what `go version -m` says of it.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { missingTools, run } from './world.ts';

export interface GoProgram {
  readonly path: string;
  /** The program's own module, its dependencies (those that replace others by their own names) and the standard library. */
  readonly modules: ReadonlyMap<string, string>;
}

const INSTALLED = '/usr/local/go/bin';

/** Why no Go program can be built here; undefined where one can. */
export function missingGo(): string | undefined {
  return existsSync(join(INSTALLED, 'go')) ? undefined : missingTools('go');
}

/** `module` is a main package's path; the machine's own caches and proxy settings are used. */
export function buildGoProgram(folder: string, module: string, version: string): GoProgram {
  const env = {
    PATH: `${process.env.PATH}${delimiter}${INSTALLED}`,
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=mod',
    GOBIN: folder,
    // What `go` fetches by itself would be another compiler than the machine's.
    GOTOOLCHAIN: 'local',
  };
  run('go', ['install', '-trimpath', `${module}@${version}`], { env, cwd: folder });
  const path = join(folder, module.slice(module.lastIndexOf('/') + 1));
  return { path, modules: readModules(run('go', ['version', '-m', path], { env }).stdout) };
}

/** Lines of `go version -m`: `path: go1.26.1`, `mod|dep NAME VERSION SUM`, `=> NAME VERSION SUM`. */
function readModules(text: string): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const [word, name, version] = line.trim().split(/\s+/);
    const compiler = /: go(\S+)$/.exec(line)?.[1];
    if (compiler !== undefined) modules.set('stdlib', compiler);
    if (name === undefined || version === undefined) continue;
    if (word === 'mod' || word === 'dep') {
      modules.set(name, version);
      last = name;
    } else if (word === '=>') {
      if (last !== undefined) modules.delete(last);
      modules.set(name, version);
    }
  }
  return modules;
}
