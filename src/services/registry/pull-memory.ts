// What pullers were shown within the last minutes, so that what belongs to one pull is told from another. Bounded: the
// puller that came first is forgotten first, and then one pull may count as two.
import type { Digest } from '../../formats/oci/digest.ts';
import { limits } from '../../kit/limits.ts';
import type { SentManifest, ShownBefore, ShownManifest } from './pull.ts';

export interface PullMemory {
  /** What was sent, where it may be a pull; undefined where it is none or a part of one for sure. */
  see(shown: ShownManifest, now: number): SentManifest | undefined;
}

/** `pullers` and `each` are bounds; tests pass smaller ones. */
export function createPullMemory({
  pullers = limits.pullersRemembered,
  each = limits.pullerMemory,
}: {
  readonly pullers?: number;
  readonly each?: number;
} = {}): PullMemory {
  const remembered = new Map<string, Map<Digest, Remembered>>();

  function remember(key: string, digest: Digest, what: Remembered): void {
    let own = remembered.get(key);
    if (own === undefined) {
      own = new Map();
      remembered.set(key, own);
      if (remembered.size > pullers) remembered.delete(remembered.keys().next().value as string);
    }
    own.delete(digest);
    own.set(digest, what);
    if (own.size > each) own.delete(own.keys().next().value as Digest);
  }

  function recall(key: string, now: number): ReadonlyMap<Digest, Remembered> | undefined {
    const own = remembered.get(key);
    if (own === undefined) return undefined;
    // A clock that went back makes nothing last longer.
    for (const [digest, { at }] of own) if (Math.abs(now - at) > limits.pullFollowMs) own.delete(digest);
    if (own.size > 0) return own;
    remembered.delete(key);
    return undefined;
  }

  function seeByTag(
    key: string,
    { repository, tag, digest, isIndex, isSent }: ShownManifest & { readonly tag: string },
    now: number,
  ): SentManifest | undefined {
    const isKnownSent = recall(key, now)?.get(digest)?.isSent === true;
    // An image that was sent by its tag has nothing that follows it.
    if (!isSent || isIndex)
      remember(key, digest, { at: now, tag, isSent: isSent || isKnownSent, isAnnounced: !isSent });
    return isSent ? { repository, reference: tag, digest, before: [] } : undefined;
  }

  return {
    see(shown, now) {
      const { repository, tag, digest, isIndex, isSent, puller } = shown;
      const key = `${puller} ${repository}`;
      if (tag !== undefined) return seeByTag(key, { ...shown, tag }, now);
      if (!isSent) return undefined;
      const own = recall(key, now);
      const known = own?.get(digest);
      if (known?.tag !== undefined) {
        // The tag was asked about (HEAD), then its digest fetched: pulled by the tag, each time.
        remember(key, digest, { ...known, at: now, isSent: true });
        return known.isAnnounced ? { repository, reference: known.tag, digest, before: [] } : undefined;
      }
      const before: ShownBefore[] = [];
      for (const [other, { tag: by, isSent: wasSent }] of own ?? [])
        if (other !== digest) before.push({ digest: other, tag: by, isSent: wasSent });
      if (isIndex) remember(key, digest, { at: now, tag: undefined, isSent: true, isAnnounced: false });
      return { repository, reference: digest, digest, before };
    },
  };
}

interface Remembered {
  readonly at: number;
  readonly tag: string | undefined;
  readonly isSent: boolean;
  /** By HEAD, or by an answer that the client had already. */
  readonly isAnnounced: boolean;
}
