// The settings of limits and metrics: rows of the table in settings.ts.
import type { PullLimitSettings } from '../services/hub/pull-limits.ts';
import type { Rate } from '../services/hub/rate-counter.ts';
import type { Reading, Setting } from './setting.ts';

function row<T>(setting: Setting<T>): Setting<T> {
  return Object.freeze(setting);
}

type PullRates = Pick<PullLimitSettings, 'anonymous' | 'account'>;

const pulls = row<PullRates>({
  key: 'limits.pulls',
  flag: '--limits-pulls',
  env: 'PLIMSOLL_LIMITS_PULLS',
  meaning:
    'How many images may be pulled within a window, by address and by account, as anonymous=100/6h,account=200/6h; who is not named, or all with off, may pull without limit.',
  read: readPullRates,
  format: formatPullRates,
});

const exempt = row<readonly string[]>({
  key: 'limits.exempt',
  flag: '--limits-exempt',
  env: 'PLIMSOLL_LIMITS_EXEMPT',
  meaning: 'Namespaces of which pulls are neither counted nor limited, divided by commas.',
  read: readNamespaces,
});

const requests = row<Rate | 'off'>({
  key: 'limits.requests',
  flag: '--limits-requests',
  env: 'PLIMSOLL_LIMITS_REQUESTS',
  meaning:
    'How many requests of any kind one address may send within a window, as 6000/1m; without limit where absent or off. Behind a proxy it needs proxy.trusted, else all share the proxy’s address.',
  read: (text) => (text === 'off' ? { value: 'off' } : readRate(text)),
  format: (value) => (value === 'off' ? 'off' : formatRate(value)),
});

const metrics = row<'off' | 'admin' | 'open'>({
  key: 'metrics',
  flag: '--metrics',
  env: 'PLIMSOLL_METRICS',
  fallback: 'admin',
  meaning: 'Who may read /metrics: admin, an administrator’s login; open, anybody; off, nobody.',
  read(text) {
    const value = (['off', 'admin', 'open'] as const).find((choice) => choice === text);
    return value === undefined ? { must: 'be one of off, admin, open' } : { value };
  },
});

export const limitSettings = Object.freeze({
  limitsPulls: pulls,
  limitsExempt: exempt,
  limitsRequests: requests,
  metrics,
});

const UNITS: readonly (readonly [string, number])[] = Object.freeze([
  ['d', 24 * 60 * 60 * 1000],
  ['h', 60 * 60 * 1000],
  ['m', 60 * 1000],
]);

const RATE = 'be COUNT/WINDOW, as 100/6h or 6000/1m';

function readRate(text: string): Reading<Rate> {
  const parts = /^([0-9]{1,9})\/([0-9]{1,4})([dhm])$/.exec(text);
  const unitMs = UNITS.find(([name]) => name === parts?.[3])?.[1];
  const [count, windowMs] = [Number(parts?.[1]), Number(parts?.[2]) * (unitMs ?? 0)];
  return count > 0 && windowMs > 0 ? { value: { count, windowMs } } : { must: RATE };
}

function formatRate({ count, windowMs }: Rate): string {
  const [name, unitMs] = UNITS.find(([, one]) => windowMs % one === 0) ?? ['m', 60_000];
  return `${count}/${windowMs / unitMs}${name}`;
}

function readPullRates(text: string): Reading<PullRates> {
  if (text === 'off') return { value: {} };
  const must = 'be off, or as anonymous=100/6h,account=200/6h, either or both';
  const rates: { anonymous?: Rate; account?: Rate } = {};
  for (const item of text.split(',')) {
    const [who, rate = ''] = item.trim().split('=', 2);
    if ((who !== 'anonymous' && who !== 'account') || who in rates) return { must };
    const reading = readRate(rate);
    if ('must' in reading) return { must };
    rates[who] = reading.value;
  }
  return { value: rates };
}

function formatPullRates(rates: PullRates): string {
  const items = (['anonymous', 'account'] as const).flatMap((who) => {
    const rate = rates[who];
    return rate === undefined ? [] : [`${who}=${formatRate(rate)}`];
  });
  return items.length === 0 ? 'off' : items.join(',');
}

function readNamespaces(text: string): Reading<readonly string[]> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items.every((item) => /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(item))
    ? { value: items }
    : { must: 'be names of namespaces divided by commas, the first part of a repository’s name each' };
}
