// A project in a git repository of its own, with a branch for its pull request: what a forge would check out.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './world.ts';

export interface Project {
  /** What is checked out. */
  readonly folder: string;
  /** Commits these files to the branch, which is made of what is checked out; answers with the commit. */
  commit(branch: string, files: Readonly<Record<string, string>>): string;
  /** Checks the branch out as a job does: nothing is there but what is committed. */
  checkOut(branch: string): string;
  read(name: string): string;
  /** Puts what a build step made (a program, node_modules) beside the files. */
  place(source: string, name: string): void;
}

export function createProject(folder: string): Project {
  mkdirSync(folder);
  const git = (...args: string[]): string => run('git', ['-C', folder, ...args], { env: IDENTITY }).stdout;
  git('init', '--quiet', '--initial-branch', 'main');
  return {
    folder,
    commit(branch, files) {
      git('checkout', '--quiet', '-B', branch);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
      git('add', '--', ...Object.keys(files));
      git('commit', '--quiet', '--message', `Change ${Object.keys(files).join(', ')}`);
      return git('rev-parse', 'HEAD').trim();
    },
    checkOut(branch) {
      git('clean', '--quiet', '-dffx');
      git('checkout', '--quiet', branch);
      return git('rev-parse', 'HEAD').trim();
    },
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    place(source, name) {
      rmSync(join(folder, name), { recursive: true, force: true });
      cpSync(source, join(folder, name), { recursive: true, verbatimSymlinks: true });
    },
  };
}

const IDENTITY = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Maintainer',
  GIT_AUTHOR_EMAIL: 'maintainer@example.org',
  GIT_COMMITTER_NAME: 'A Maintainer',
  GIT_COMMITTER_EMAIL: 'maintainer@example.org',
};
