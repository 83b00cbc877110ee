// Where peers and load generators are: the folders of PLIMSOLL_BENCH_PEERS, then PATH. None is part of the project.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program, or undefined where the machine has none of these names. */
export function findProgram(...names: readonly string[]): string | undefined {
  const { PLIMSOLL_BENCH_PEERS = '', PATH = '' } = process.env;
  for (const folder of [...PLIMSOLL_BENCH_PEERS.split(delimiter), ...PATH.split(delimiter)])
    for (const name of names) if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  return undefined;
}
