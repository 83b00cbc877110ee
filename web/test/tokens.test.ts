// The tokens' contrast, light and dark: 4.5:1 for text, 3:1 for shapes (WCAG 2.2, 1.4.3 and 1.4.11).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const TEXT: Readonly<Record<string, readonly string[]>> = {
  ink: ['paper', 'raised', 'sunk', 'sea-soft'],
  'ink-2': ['paper', 'raised', 'sunk'],
  sea: ['paper', 'raised', 'sunk'],
  fail: ['raised', 'paper', 'sunk', 'fail-soft'],
  warn: ['raised', 'paper', 'sunk', 'warn-soft'],
  pass: ['raised', 'paper'],
  unknown: ['raised', 'paper', 'unknown-soft'],
};
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  hull: ['paper', 'raised'],
  edge: ['paper', 'raised'],
  pass: ['pass-soft', 'raised'],
  fail: ['fail-soft', 'raised'],
  critical: ['paper', 'raised'],
  high: ['paper', 'raised'],
  medium: ['paper', 'raised'],
  low: ['paper', 'raised'],
  negligible: ['paper', 'raised'],
};

const tokens = readTokens();

for (const [theme, at] of [['light', 0] as const, ['dark', 1] as const]) {
  test(`text is readable, ${theme}`, () => checkAll(TEXT, at, 4.5));
  test(`shapes are told from their ground, ${theme}`, () => checkAll(SHAPES, at, 3));
}

function checkAll(pairs: Readonly<Record<string, readonly string[]>>, at: 0 | 1, least: number): void {
  for (const [name, grounds] of Object.entries(pairs)) {
    for (const ground of grounds) {
      const ratio = contrast(colour(name, at), colour(ground, at));
      assert.ok(ratio >= least, `--${name} on --${ground} is ${ratio.toFixed(2)}:1, wanted ${least}:1`);
    }
  }
}

function readTokens(): ReadonlyMap<string, readonly [string, string]> {
  const text = readFileSync(join(import.meta.dirname, '../src/tokens.css'), 'utf8');
  const found = text.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g);
  return new Map(
    [...found].map(([, name, light, dark]) => [name as string, [light as string, dark as string] as const]),
  );
}

function colour(name: string, at: 0 | 1): string {
  const pair = tokens.get(name);
  assert.ok(pair, `--${name} is not in tokens.css`);
  return pair[at];
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG's relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
