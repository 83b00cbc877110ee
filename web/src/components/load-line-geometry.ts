// Where the load line's shapes lie, as numbers: the ring, its line, the water and the hatched band.
// Levels go from 0 (dry) to 1 (full), the line is at 0.5; the server computes them, here they only become
// places. Water and band are polygons inside the ring, so that nothing depends on clipping.
// A level that is no number is read as "all of it unknown", never as clean.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LoadLineGeometry {
  readonly size: number;
  readonly centre: Point;
  readonly ring: { readonly radius: number; readonly width: number };
  /** Radius that water and band stay within. */
  readonly innerRadius: number;
  readonly line: { readonly x1: number; readonly x2: number; readonly y: number; readonly width: number };
  /** Mean height of the water; greater is lower, as in SVG. */
  readonly waterY: number;
  /** Top of the hatched band; equals `waterY` where nothing is unknown. */
  readonly bandY: number;
  readonly surface: readonly Point[];
  readonly water: readonly Point[];
  readonly band: readonly Point[];
}

/** Waves are drawn above this size only, in CSS pixels: below it they would be noise. */
export const WAVE_FROM_PX = 40;

/** Places for a disc in a square of `size` CSS pixels. */
export function createLoadLineGeometry(
  levels: { readonly water: number; readonly band: number },
  size: number,
): LoadLineGeometry {
  const water = Number.isFinite(levels.water) ? clamp(levels.water) : 0;
  const band = Number.isFinite(levels.band) ? Math.max(water, clamp(levels.band)) : 1;
  const centre = { x: size / 2, y: size / 2 };
  const width = Math.max(1.4, size * 0.036);
  const radius = size * 0.385;
  const innerRadius = radius - width / 2;
  const heightOf = (level: number): number => centre.y + innerRadius * (1 - 2 * level);
  const waterY = heightOf(water);
  const bandY = heightOf(band);
  const disc = { centre, radius: innerRadius, steps: size > WAVE_FROM_PX ? 40 : 16 };
  const amplitude = size > WAVE_FROM_PX ? waveAmplitude(size, waterY, bandY, centre.y) : 0;
  const surface = surfaceOf(disc, waterY, amplitude);
  return {
    size,
    centre,
    ring: { radius, width },
    innerRadius,
    line: { x1: size * 0.01, x2: size * 0.99, y: centre.y, width },
    waterY,
    bandY,
    surface,
    water: water > 0 ? [...surface, ...arcOf(disc, waterY, centre.y + innerRadius)] : [],
    band: bandY < waterY ? bandOf(disc, surface, waterY, bandY) : [],
  };
}

/** An SVG path through the points, closed if asked. */
export function formatPath(points: readonly Point[], closed: boolean): string {
  const steps = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`);
  return steps.join('') + (closed && steps.length > 0 ? 'Z' : '');
}

/** The wave never crosses the line, nor the top of the band: its side of each is what counts. */
function waveAmplitude(size: number, waterY: number, bandY: number, lineY: number): number {
  const toBand = bandY < waterY ? (waterY - bandY) * 0.8 : size;
  return Math.min(size * 0.018, Math.abs(waterY - lineY) * 0.8, toBand);
}

interface Disc {
  readonly centre: Point;
  readonly radius: number;
  readonly steps: number;
}

/** From left to right; still where it meets the ring. */
function surfaceOf(disc: Disc, y: number, amplitude: number): Point[] {
  const half = halfChord(disc, y);
  return Array.from({ length: disc.steps + 1 }, (_, step) => {
    const t = step / disc.steps;
    const swing = Math.sin(t * Math.PI * 5) * Math.min(1, 4 * t, 4 * (1 - t));
    return inside(disc, { x: disc.centre.x - half + 2 * half * t, y: y - amplitude * swing });
  });
}

/** Along the ring from the right at height `from`, through the bottom, and up again on the left. */
function arcOf(disc: Disc, from: number, bottom: number): Point[] {
  const right = Array.from({ length: disc.steps }, (_, step) => {
    const y = from + ((bottom - from) * (1 - Math.cos((Math.PI * (step + 1)) / disc.steps))) / 2;
    return { x: disc.centre.x + halfChord(disc, y), y };
  });
  const left = right.map(({ x, y }) => ({ x: 2 * disc.centre.x - x, y })).reverse();
  return [...right, ...left];
}

function bandOf(disc: Disc, surface: readonly Point[], waterY: number, bandY: number): Point[] {
  const side = Array.from({ length: disc.steps + 1 }, (_, step) => {
    const y = waterY + ((bandY - waterY) * step) / disc.steps;
    return { x: halfChord(disc, y), y };
  });
  const right = side.map(({ x, y }) => ({ x: disc.centre.x + x, y }));
  const left = side.map(({ x, y }) => ({ x: disc.centre.x - x, y })).reverse();
  return [...surface, ...right, ...left];
}

function halfChord(disc: Disc, y: number): number {
  return Math.sqrt(Math.max(0, disc.radius ** 2 - (y - disc.centre.y) ** 2));
}

function inside(disc: Disc, point: Point): Point {
  const distance = Math.hypot(point.x - disc.centre.x, point.y - disc.centre.y);
  if (distance <= disc.radius) return point;
  const scale = disc.radius / distance;
  return {
    x: disc.centre.x + (point.x - disc.centre.x) * scale,
    y: disc.centre.y + (point.y - disc.centre.y) * scale,
  };
}

function clamp(level: number): number {
  return Math.min(1, Math.max(0, level));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
