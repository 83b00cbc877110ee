// The token endpoint, which only ours has: for nobody, and for a name with its password.
import { drive, missingGenerator } from './load.ts';
import type { Part } from './part.ts';
import { basic, tokenPath } from './server.ts';

export const token: Part = {
  name: 'token',
  title: 'Token',
  missing: () => missingGenerator('GET'),
  prepare: async () => ({
    measures: (['anybody', 'administrator'] as const).flatMap((as) =>
      [1, 32].map((connections) => ({
        title: `token for ${as === 'anybody' ? 'anybody' : 'a password'}, ${connections} connection${connections === 1 ? '' : 's'}`,
        unit: 'req/s' as const,
        run: async ({ contestant, host }, _round, seconds) =>
          contestant.hasTokens
            ? drive({
                method: 'GET',
                url: `http://${host}${tokenPath('bench/public', as)}`,
                headers: as === 'anybody' ? {} : { Authorization: basic },
                connections,
                seconds,
              })
            : undefined,
      })),
    ),
    notes: ['The peers have no token server.'],
  }),
};
