// The HTTP client for tests that ask servers of their own: real clock and random, no log, and no waiting between tries.
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from './fetch.ts';
import type { Http } from './http.ts';

/** Who opens it disposes of it. */
export function openTestHttp(): Http {
  return createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'plimsoll/test',
    wait: async () => {},
  });
}
