// What a route of /v2 can do: one function per HTTP method. HEAD is served by GET where it is not
// named; OPTIONS and the 405 with its Allow header follow from the keys.
import type { Exchange } from '../exchange.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Has handed over the answer, at once where memory alone tells it; throws or rejects with a coded error otherwise. */
export type Methods<R> = {
  readonly [M in Method]?: (exchange: Exchange, route: R) => Promise<void> | void;
};

/** The function for a method, or undefined where the route does not know it. */
export function findMethod<R>(methods: Methods<R>, method: string): Methods<R>[Method] {
  if (!Object.hasOwn(methods, method)) return method === 'HEAD' ? methods.GET : undefined;
  return methods[method as Method];
}

/** The value of the Allow header. */
export function formatAllow(methods: Methods<never>): string {
  const names = Object.keys(methods);
  return (names.includes('GET') && !names.includes('HEAD') ? ['HEAD', ...names] : names).sort().join(', ');
}
