// How many processes share the work of pulls: the setting, and what it comes to on this machine.
import { availableParallelism } from 'node:os';
import type { Setting } from './setting.ts';

export type Workers = number | 'auto';

/** More than the cores of any machine that pulls could keep busy. */
const MOST = 64;

export const workers: Setting<Workers> = Object.freeze<Setting<Workers>>({
  key: 'workers',
  flag: '--workers',
  env: 'PLIMSOLL_WORKERS',
  fallback: '1',
  meaning:
    'Processes that answer pulls side by side, with one more that owns everything; `auto` is one for each core (Linux), 1 is a server of one process.',
  read(text) {
    if (text === 'auto') return { value: text };
    const value = Number(text);
    return /^[1-9][0-9]?$/.test(text) && value <= MOST
      ? { value }
      : { must: `be a number from 1 to ${MOST}, or auto` };
  },
});

/** Front processes to begin; 0 where the owner answers everything itself. */
export function countFronts(wanted: Workers | undefined, cores = availableParallelism()): number {
  const count = wanted === 'auto' ? Math.min(cores, MOST) : (wanted ?? 1);
  return count > 1 ? count : 0;
}
