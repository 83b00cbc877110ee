// Unknowns of one image, bounded: a hostile layer could make one per entry.
import type { Unknown } from '../files.ts';

/** More than these of one place tell a person nothing new. */
const KEPT_PER_PLACE = 100;

export interface UnknownList {
  /** Adds one; `place` (a layer) is what the bound counts by. */
  add(where: string, why: string, place?: string): void;
  /** All, in the order they came, and a last one per place for those left out. */
  all(): readonly Unknown[];
}

export function createUnknownList(): UnknownList {
  const kept: Unknown[] = [];
  const counts = new Map<string, number>();
  return {
    add(where, why, place = '') {
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (count <= KEPT_PER_PLACE) kept.push({ where: where.slice(0, 512), why });
    },
    all: () => [
      ...kept,
      ...[...counts].flatMap(([place, count]) =>
        count <= KEPT_PER_PLACE
          ? []
          : [
              {
                where: place === '' ? 'the image' : place,
                why: `${count - KEPT_PER_PLACE} more entries could not be read`,
              },
            ],
      ),
    ],
  };
}
