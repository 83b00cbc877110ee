// The list of what a Plimsoll instance took back (`GET /trust/revocations`), as its verifiers ask for it: of digests
// those of the image alone, and all keys, certificates and identities. What is read here is believed of nobody:
// `revocation-statement.ts` proves each. Asked of nobody but an instance whose root is trusted: what another registry
// would answer could not be believed, and it learns nothing of what is verified.
import type { Digest } from '../../formats/oci/digest.ts';
import { type Bundle, parseBundle } from '../../formats/sigstore/bundle.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { InstanceAnswer, InstanceCall } from '../../io/images/instance.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { isRootOf } from './instance-root.ts';

export interface ListedRevocations {
  /** In the list's order. */
  readonly bundles: readonly Bundle[];
  /** Why not all of it could be read, in sentences: what is missing may be what takes the image back. */
  readonly unread: readonly string[];
  /** What the instance itself failed with. */
  readonly failures: readonly PlimsollError[];
}

export const noneListed: ListedRevocations = Object.freeze({ bundles: [], unread: [], failures: [] });

/** Whether one of the roots is that of the instance at this address, as `https://images.example.org`. */
export function isInstanceTrusted(trustedRoots: readonly TrustedRoot[], address: string): boolean {
  return trustedRoots.some((root) => isRootOf(root, address));
}

/** Throws nothing about the list: what cannot be read of it is `unread`. */
export async function readListedRevocations(
  address: string,
  digests: readonly Digest[],
  ask: (call: InstanceCall) => Promise<InstanceAnswer>,
): Promise<ListedRevocations> {
  const bundles: Bundle[] = [];
  const unread: string[] = [];
  // An index of hundreds of platforms asks for the whole list, and leaves out what is about others.
  const about = digests.length > limits.revocationDigests ? [] : digests;
  try {
    for (let after = 0, read = 0; ; ) {
      const page = await readPage(ask, after, about);
      for (const one of page.revocations) readStatement(address, one, bundles, unread);
      // A page may hold less than was passed over for it: what the asker may not see is left out.
      read += limits.revocationsPage;
      if (page.next === after) break;
      if (read >= limits.revocationsRead) {
        unread.push(`The list of ${address} has more than the ${read} statements that are read of it.`);
        break;
      }
      after = page.next;
    }
    return { bundles, unread, failures: [] };
  } catch (cause) {
    if (!isPlimsollError(cause) && !(cause instanceof ListFault)) throw cause;
    const sentence = `The list of what ${address} took back could not be read: ${cause.message}.`;
    return { bundles, unread: [...unread, sentence], failures: isPlimsollError(cause) ? [cause] : [] };
  }
}

/** The instance answered, and not with a list. */
class ListFault extends Error {}

interface Page {
  readonly revocations: readonly Json[];
  readonly next: number;
}

async function readPage(
  ask: (call: InstanceCall) => Promise<InstanceAnswer>,
  after: number,
  digests: readonly Digest[],
): Promise<Page> {
  const query = new URLSearchParams([
    ['after', String(after)],
    ['limit', String(limits.revocationsPage)],
    ...digests.map((digest) => ['digest', digest]),
  ]);
  const path = `/trust/revocations?${query}`;
  const { status, value } = await ask({ path, limitBytes: limits.revocationsPageBytes });
  if (status !== 200) throw new ListFault(`it answered ${status}${sayWhy(value)}`);
  const { revocations, next } = isJsonObject(value) ? value : ({} as JsonObject);
  // Backwards or beyond what is counted it would be read for ever.
  if (!Array.isArray(revocations) || !Number.isSafeInteger(next) || (next as number) < after)
    throw new ListFault('what it answered is no list of revocations');
  return { revocations, next: next as number };
}

function sayWhy(value: Json): string {
  return isJsonObject(value) && typeof value.detail === 'string' ? ` (${value.detail.slice(0, 200)})` : '';
}

function readStatement(address: string, one: Json, bundles: Bundle[], unread: string[]): void {
  const { bundle, seq } = isJsonObject(one) ? one : ({} as JsonObject);
  try {
    bundles.push(parseBundle(Buffer.from(JSON.stringify(bundle ?? null))));
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    const which = Number.isSafeInteger(seq) ? `Statement ${seq}` : 'A statement';
    unread.push(`${which} on the list of ${address} cannot be read: ${cause.message}.`);
  }
}
