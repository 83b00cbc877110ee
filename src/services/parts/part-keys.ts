// Holders of parts in the report of keys. A certificate of an hour is renewed by itself; what is told is until when its
// holder can still do that, and, as overdue, whose key came twice.
import type { Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { KnownKey } from '../trust/key-age.ts';
import { listPartRows } from './part-row.ts';

const ID_CHARS = 8;

/** The oldest `limits.reportedKeys`, by part. */
export async function listPartKeys(query: Query): Promise<readonly KnownKey[]> {
  const parts = await listPartRows(query);
  return parts
    .flatMap(({ name, holders }) =>
      holders.map(({ id, renewedAt, notAfter, lastUsedAt, suspectedAt }): KnownKey => {
        const known = {
          purpose: 'part',
          name: `${name} ${id.slice(0, ID_CHARS)}`,
          madeAt: renewedAt,
          ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
        };
        if (suspectedAt === undefined)
          return {
            ...known,
            endsAt: notAfter + limits.partLapseMs,
            renewal: 'it renews itself while it runs',
          };
        const why =
          'somebody came with a key that was renewed already: the part’s file was copied or restored';
        const renewal = `plimsoll part remove ${name} --holder ${id}, then plimsoll part invite ${name}`;
        return { ...known, endsAt: suspectedAt, why, renewal };
      }),
    )
    .slice(0, limits.reportedKeys);
}
