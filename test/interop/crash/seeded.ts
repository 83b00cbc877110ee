// Chance that a seed repeats: mulberry32, of which 32 bits are enough for choosing steps.

export interface SeededRandom {
  /** 0 to `count - 1`. */
  below(count: number): number;
  pick<T>(items: readonly T[]): T | undefined;
}

export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return { below, pick: (items) => items[below(items.length)] };
}
