// The registries that are measured, with what each needs to start: its own defaults, no access log, descriptors in
// memory where it offers that, nobody has to log in. How each writes by default: Plimsoll and distribution 3 sync a
// blob before they answer (Plimsoll its folder as well), zot and docker-registry 2.8 leave it to the kernel.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../test/house.ts';
import { findProgram } from './program.ts';

export interface Command {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Contestant {
  readonly name: string;
  /** Undefined where the machine lacks it. */
  readonly program: string | undefined;
  /** Gives tokens, and asks for one to write. */
  readonly hasTokens: boolean;
  /** Takes `?tag=` at a manifest's PUT, ten at least (distribution-spec). */
  readonly takesTags: boolean;
  /** Answers as many tags as asked for; else all that there are, each time. */
  readonly pagesTags: boolean;
  /** How it runs on a folder, into which the file is written that it needs. */
  command(folder: string, port: number): Command;
}

export const password = 'bench-password';

/** Ours first; `oursArgs` are more arguments of `serve`. */
export function listContestants(oursArgs: readonly string[]): readonly Contestant[] {
  return [
    {
      name: 'plimsoll',
      program: process.execPath,
      hasTokens: true,
      takesTags: true,
      pagesTags: true,
      command: (folder, port) => ({
        args: [
          ...[join(root, 'bin/plimsoll.js'), 'serve', '--data', join(folder, 'data')],
          ...['--listen', `127.0.0.1:${port}`, '--advisories-refresh', 'off', ...oursArgs],
        ],
        env: { PLIMSOLL_ADMIN_PASSWORD: password, PLIMSOLL_LOG_LEVEL: 'error' },
      }),
    },
    {
      name: 'zot',
      program: findProgram('zot'),
      hasTokens: false,
      takesTags: true,
      pagesTags: true,
      command: zot,
    },
    {
      name: 'distribution',
      program: findProgram('registry'),
      hasTokens: false,
      takesTags: false,
      pagesTags: true,
      command: distribution,
    },
    {
      name: 'docker-registry',
      program: findProgram('docker-registry'),
      hasTokens: false,
      takesTags: false,
      pagesTags: false,
      command: distribution,
    },
  ];
}

function zot(folder: string, port: number): Command {
  const config = join(folder, 'zot.json');
  const storage = { rootDirectory: join(folder, 'data') };
  const http = { address: '127.0.0.1', port: String(port) };
  writeFileSync(config, JSON.stringify({ distSpecVersion: '1.1.1', storage, http, log: { level: 'error' } }));
  return { args: ['serve', config] };
}

/** Version 3 and Debian's 2.8 read the same file. */
function distribution(folder: string, port: number): Command {
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1
log:
  level: error
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: ${join(folder, 'data')}
  cache:
    blobdescriptor: inmemory
http:
  addr: 127.0.0.1:${port}
`,
  );
  // Else version 3 looks for a collector of traces on this machine.
  return { args: ['serve', config], env: { OTEL_TRACES_EXPORTER: 'none' } };
}
