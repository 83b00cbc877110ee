// The settings of how many connections are served and how long one is waited for: rows of the table in settings.ts.
import type { Pace } from '../entry/http/crowd.ts';
import type { Patience } from '../entry/http/server.ts';
import type { Reading, Setting } from './setting.ts';

function row<T>(setting: Setting<T>): Setting<T> {
  return Object.freeze(setting);
}

const connections = row<number>({
  key: 'limits.connections',
  flag: '--limits-connections',
  env: 'PLIMSOLL_LIMITS_CONNECTIONS',
  fallback: '15000',
  meaning:
    'How many connections are served at once; above it those that were idle longest are closed, and where none is, requests are answered with 503.',
  read(text) {
    const value = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
    return value > 0 ? { value } : { must: 'be a number of connections from 1 on, as 15000' };
  },
});

const head = row<number>({
  key: 'limits.head',
  flag: '--limits-head',
  env: 'PLIMSOLL_LIMITS_HEAD',
  fallback: '20s',
  meaning:
    'A request’s head is there within this, or its connection is closed: seconds or minutes, as 20s or 1m.',
  read: readSeconds,
  format: formatSeconds,
});

const idle = row<number>({
  key: 'limits.idle',
  flag: '--limits-idle',
  env: 'PLIMSOLL_LIMITS_IDLE',
  fallback: '75s',
  meaning:
    'How long a connection is kept without a request: seconds or minutes; longer than a load balancer in front keeps it.',
  read: readSeconds,
  format: formatSeconds,
});

const pace = row<Pace>({
  key: 'limits.pace',
  flag: '--limits-pace',
  env: 'PLIMSOLL_LIMITS_PACE',
  fallback: '64KiB/5m',
  meaning:
    'What a client sends of a body or takes of an answer at least, or its connection is closed: BYTES/WINDOW, as 64KiB/5m.',
  read: readPace,
  format: ({ bytes, windowMs }) =>
    `${bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}KiB` : bytes}/${formatSeconds(windowMs)}`,
});

export const patienceSettings = Object.freeze({
  limitsConnections: connections,
  limitsHead: head,
  limitsIdle: idle,
  limitsPace: pace,
});

/** A configuration, as far as it says this. */
interface PatienceConfig {
  readonly limitsConnections: number;
  readonly limitsHead: number;
  readonly limitsIdle: number;
  readonly limitsPace: Pace;
}

export function patienceOf(config: PatienceConfig): Omit<Patience, 'settledMs'> {
  return {
    most: config.limitsConnections,
    headMs: config.limitsHead,
    idleMs: config.limitsIdle,
    pace: config.limitsPace,
  };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Milliseconds, at least a second. */
function readSeconds(text: string): Reading<number> {
  const parts = /^([0-9]{1,5})([sm])$/.exec(text);
  const value = Number(parts?.[1]) * (parts?.[2] === 'm' ? MINUTE_MS : SECOND_MS);
  return value > 0 ? { value } : { must: 'be seconds or minutes, as 20s or 5m' };
}

/** Minutes where it is a whole number of them above one. */
function formatSeconds(durationMs: number): string {
  return durationMs % MINUTE_MS === 0 ? `${durationMs / MINUTE_MS}m` : `${durationMs / SECOND_MS}s`;
}

function readPace(text: string): Reading<Pace> {
  const parts = /^([0-9]{1,9})(KiB|MiB)?\/([0-9]{1,5}[sm])$/.exec(text);
  const must = 'be BYTES/WINDOW, as 64KiB/5m';
  const window = readSeconds(parts?.[3] ?? '');
  if (parts === null || 'must' in window) return { must };
  const unit = parts[2] === 'MiB' ? 1024 * 1024 : parts[2] === 'KiB' ? 1024 : 1;
  return { value: { bytes: Number(parts[1]) * unit, windowMs: window.value } };
}
