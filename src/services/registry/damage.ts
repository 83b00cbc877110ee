// Stored bytes that are found lost or changed: from then on they are not served (the row says so), their file is moved
// aside for whoever looks into it, and it is told: a log error and an event, which leads to asking mirrors for them
// (repair-job.ts). A push of the same blob repairs it too.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Log } from '../../kit/log.ts';
import { productActor } from '../hub/audit.ts';
import { recordEvents } from './event.ts';
import { addDamage } from './rows/damage.ts';
import type { RegistryStores } from './stores.ts';

export interface FoundDamage {
  readonly digest: Digest;
  /** When the bytes had last been proven, as the finder's row said: a push since then has repaired them. */
  readonly provenAt: number | null;
  /** Half a sentence: `its file is gone`. */
  readonly why: string;
}

/** Told of damage; never throws, since whoever found it has an answer of its own to give. */
export type DamageReporter = (found: FoundDamage) => Promise<void>;

export function createDamageReporter(
  stores: Pick<RegistryStores, 'database' | 'blobs' | 'gate' | 'clock'>,
  log: Log,
): DamageReporter {
  const { database, blobs, gate, clock } = stores;

  /** First the row, so that nothing is served between the two; false where it was repaired or told before. */
  async function setAside({ digest, provenAt, why }: FoundDamage): Promise<boolean> {
    const now = clock.now();
    const isNew = await database.transaction(async (query) => {
      const marked = await query
        .updateTable('blob')
        .set({ damaged_at: now })
        .where('digest', '=', digest)
        .where('damaged_at', 'is', null)
        .where('proven_at', provenAt === null ? 'is' : '=', provenAt)
        .executeTakeFirst();
      if (marked.numUpdatedRows === 0n) return false;
      await addDamage(query, { digest, why, now });
      await recordEvents(query, productActor, [{ kind: 'blob_damaged', digest, why }], now);
      return true;
    });
    if (isNew) await blobs.quarantine(digest);
    return isNew;
  }

  return async (found) => {
    const { digest, why } = found;
    try {
      // Not done where somebody pushes the blob at this moment: that repairs it.
      if ((await gate.remove(digest, () => setAside(found))) === true)
        log.error('a stored blob is damaged and set aside; a mirror or a push repairs it', { digest, why });
    } catch (error) {
      log.error('a damaged blob could not be set aside', { digest, why, error });
    }
  };
}
