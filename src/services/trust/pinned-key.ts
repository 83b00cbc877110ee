// Keys that others have written down by name and key: of the tag log, and as a witness. A new one signs beside the
// former, which goes on until its end, so that everybody has that time to exchange what they wrote down.
import type { Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { listKeptKeys, renewKeptKey } from '../hub/kept-keys.ts';
import { trustErrors } from './errors.ts';

export const pinnedPurposes = Object.freeze(['tag-log', 'witness'] as const);
export type PinnedPurpose = (typeof pinnedPurposes)[number];

/** What they are kept as, by purpose. */
export const pinnedKeys: Readonly<Record<PinnedPurpose, readonly string[]>> = Object.freeze({
  'tag-log': ['tag_log_key'],
  witness: ['witness_key_ml_dsa_44', 'witness_key_ed25519'],
});

export interface PinnedWish {
  /** How long the former one signs on. */
  readonly overlapMs: number;
  /** It may be in somebody else's hands: it signs no more. */
  readonly isAtOnce: boolean;
}

/**
 * The new ones sign from now; until when the former ones do. `trust.key_missing` where there is none yet,
 * `trust.rotation_pending` where a former one still signs and is not to be given up at once.
 */
export async function renewPinnedKey(
  query: Query,
  parts: { readonly clock: Clock; readonly random: Random },
  purpose: PinnedPurpose,
  { overlapMs, isAtOnce }: PinnedWish,
): Promise<{ readonly formerUntil: number }> {
  const now = parts.clock.now();
  const acceptedMs = isAtOnce ? 0 : overlapMs;
  for (const name of pinnedKeys[purpose]) {
    const kept = await listKeptKeys(query, name);
    if (kept.length === 0)
      throw trustErrors.key_missing(`there is no ${purpose} key yet: it is made when it first signs`);
    const former = kept.find(({ acceptedUntil = now }) => acceptedUntil > now);
    if (former?.acceptedUntil !== undefined && !isAtOnce)
      throw trustErrors.rotation_pending(
        `the former ${purpose} key signs beside the new one until ${new Date(former.acceptedUntil).toISOString()}`,
      );
    await renewKeptKey(query, parts, { name, acceptedMs });
  }
  return { formerUntil: now + acceptedMs };
}
