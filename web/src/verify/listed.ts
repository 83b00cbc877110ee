// The list of what this instance took back, fetched for the verifier, which proves each statement of it.
import { queryOptions } from '@tanstack/react-query';
import {
  isInstanceTrusted,
  type ListedRevocations,
  noneListed,
  readListedRevocations,
} from '../../../src/engines/verify/listed-revocation.ts';
import { parseDigest } from '../../../src/formats/oci/digest.ts';
import { originOf } from '../../../src/formats/oci/origin.ts';
import type { OpenTrust } from './open-trust.ts';

export type { ListedRevocations } from '../../../src/engines/verify/listed-revocation.ts';

/** Whether a root of the instance itself is at hand: without one nothing on its list could be believed. */
export function isListAsked(host: string, { roots }: Pick<OpenTrust, 'roots'>): boolean {
  return isInstanceTrusted(
    roots.map(({ root }) => root),
    originOf(host),
  );
}

/** Of an instance by the host that clients write before a repository's name. Never an error: what is not there is said. */
export function listedQuery(host: string, digests: readonly string[]) {
  return queryOptions({
    queryKey: ['listed-revocations', host, digests],
    queryFn: ({ signal }) => fetchListed(originOf(host), digests, signal),
    // Statements hold bytes, which are not to be compared member by member.
    structuralSharing: false,
  });
}

async function fetchListed(
  address: string,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<ListedRevocations> {
  try {
    return await readListedRevocations(address, digests.map(parseDigest), async ({ path }) => {
      const response = await fetch(path, { signal });
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, value: isJson ? await response.json() : null };
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : 'no reason is known';
    const sentence = `The list of what ${address} took back could not be read: ${why}.`;
    return { ...noneListed, unread: [sentence] };
  }
}
