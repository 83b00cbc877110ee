// Which paths the layers above have taken: a keyed 64-bit hash per path with its marks and a layer number,
// 12 bytes a slot, so that two million paths cost some 50 MB and not a quarter of a gigabyte of strings.
// HalfSipHash (J.-P. Aumasson, D. J. Bernstein) under a secret key: an image cannot be made to collide on purpose.
// It remembers marks, never names; by accident two of two million paths meet with a chance of one in ten million.

/** A file, link or device: hides the same path and all below it in lower layers. */
export const TAKEN = 1;
/** A whiteout: hides as much, but is nothing itself. */
export const DELETED = 32;
/** An opaque folder: hides all below it in lower layers. */
export const OPAQUE = 2;
/** A folder: hides a lower file of the same path. */
export const FOLDER = 4;
/** A regular file or hard link stands there (in the layer told by `layerOf`). */
export const FILE = 8;
/** An entry with a body stands there in its layer, in the final view or not: what a hard link may name. */
export const PRESENT = 16;
/** Marks of the layer being read are kept apart until `settle`, as a layer never hides its own files. */
const FRESH_SHIFT = 8;

/** Two 32-bit words, unpredictable for whoever made the image. */
export type PathKey = readonly [number, number];

export interface PathTable {
  /** Marks made by layers above the one being read. */
  above(path: string): number;
  /** Marks made by the layer being read. */
  fresh(path: string): number;
  mark(path: string, marks: number, layer: number): void;
  /** The topmost layer that marked the path with FILE, or undefined. */
  layerOf(path: string): number | undefined;
  /** Ends a layer: its marks now count as above. */
  settle(): void;
}

export function createPathTable(key: PathKey): PathTable {
  let capacity = 1 << 12;
  let used = 0;
  let low = new Uint32Array(capacity);
  let high = new Uint32Array(capacity);
  let marks = new Uint16Array(capacity);
  let layers = new Uint16Array(capacity);
  const hash = new Uint32Array(2);
  /** Whose hash stands there: an entry's own path is looked up three times in a row. */
  let hashed: string | undefined;

  function slotOf(lowWord: number, highWord: number): number {
    let slot = lowWord & (capacity - 1);
    while (marks[slot] !== 0 && (low[slot] !== lowWord || high[slot] !== highWord))
      slot = (slot + 1) & (capacity - 1);
    return slot;
  }

  function find(path: string): number {
    if (path !== hashed) hashPath(path, key, hash);
    hashed = path;
    return slotOf(hash[0] as number, hash[1] as number);
  }

  function grow(): void {
    const old = { low, high, marks, layers };
    capacity *= 2;
    low = new Uint32Array(capacity);
    high = new Uint32Array(capacity);
    marks = new Uint16Array(capacity);
    layers = new Uint16Array(capacity);
    old.marks.forEach((value, from) => {
      if (value === 0) return;
      const to = slotOf(old.low[from] as number, old.high[from] as number);
      low[to] = old.low[from] as number;
      high[to] = old.high[from] as number;
      marks[to] = value;
      layers[to] = old.layers[from] as number;
    });
  }

  return {
    above: (path) => (marks[find(path)] as number) & 0xff,
    fresh: (path) => (marks[find(path)] as number) >> FRESH_SHIFT,
    mark(path, added, layer) {
      const slot = find(path);
      const before = marks[slot] as number;
      marks[slot] = before | (added << FRESH_SHIFT);
      low[slot] = hash[0] as number;
      high[slot] = hash[1] as number;
      const isNewFile = (added & FILE) !== 0 && (before & (FILE | (FILE << FRESH_SHIFT))) === 0;
      if (isNewFile) layers[slot] = layer;
      if (before !== 0) return;
      used += 1;
      if (used * 2 > capacity) grow();
    },
    layerOf(path) {
      const slot = find(path);
      const all = marks[slot] as number;
      return (all & (FILE | (FILE << FRESH_SHIFT))) === 0 ? undefined : layers[slot];
    },
    settle() {
      for (let slot = 0; slot < capacity; slot++) {
        const both = marks[slot] as number;
        if (both > 0xff) marks[slot] = (both | (both >> FRESH_SHIFT)) & 0xff;
      }
    },
  };
}

/** HalfSipHash-2-4 with 64 bits out, over the UTF-16 units of the path, two to a word. */
function hashPath(path: string, key: PathKey, out: Uint32Array): void {
  const state: SipState = { v0: key[0], v1: key[1] ^ 0xee, v2: 0x6c796765 ^ key[0], v3: 0x74656462 ^ key[1] };
  const even = path.length & ~1;
  for (let at = 0; at < even; at += 2) absorb(state, path.charCodeAt(at) | (path.charCodeAt(at + 1) << 16));
  absorb(state, (path.length << 24) | (even < path.length ? path.charCodeAt(even) : 0));
  state.v2 ^= 0xee;
  for (let i = 0; i < 4; i++) round(state);
  out[0] = state.v1 ^ state.v3;
  state.v1 ^= 0xdd;
  for (let i = 0; i < 4; i++) round(state);
  out[1] = state.v1 ^ state.v3;
}

interface SipState {
  v0: number;
  v1: number;
  v2: number;
  v3: number;
}

function absorb(state: SipState, word: number): void {
  state.v3 ^= word;
  round(state);
  round(state);
  state.v0 ^= word;
}

function round(state: SipState): void {
  let { v0, v1, v2, v3 } = state;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  state.v0 = v0;
  state.v1 = v1;
  state.v2 = v2;
  state.v3 = v3;
}
