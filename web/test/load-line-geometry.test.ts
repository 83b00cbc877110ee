// The load line's geometry, for any levels and sizes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLoadLineGeometry, formatPath } from '../src/components/load-line-geometry.ts';

const level = fc.double({ min: 0, max: 1, noNaN: true });
const size = fc.integer({ min: 16, max: 150 });

test('more water stands higher', () => {
  fc.assert(
    fc.property(level, level, size, (a, b, px) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const under = createLoadLineGeometry({ water: low, band: low }, px);
      const over = createLoadLineGeometry({ water: high, band: high }, px);
      assert.ok(over.waterY <= under.waterY);
      if (high - low > 1e-6) assert.ok(over.waterY < under.waterY);
    }),
  );
});

test('water and band are under the line exactly when their numbers are, waves included', () => {
  fc.assert(
    fc.property(level, level, size, (water, band, px) => {
      const drawn = createLoadLineGeometry({ water, band }, px);
      const top = Math.max(water, band);
      // Nearer than this to the line, a double cannot hold the difference between the two heights.
      if (Math.abs(water - 0.5) > 1e-9) assert.equal(drawn.waterY > drawn.line.y, water < 0.5);
      if (Math.abs(top - 0.5) > 1e-9) assert.equal(drawn.bandY > drawn.line.y, top < 0.5);
      const side = Math.sign(drawn.waterY - drawn.line.y);
      for (const { y } of drawn.surface) assert.ok(side === 0 || (y - drawn.line.y) * side >= -1e-9);
    }),
  );
});

test('the band is never below the water', () => {
  fc.assert(
    fc.property(level, level, size, (water, band, px) => {
      const drawn = createLoadLineGeometry({ water, band }, px);
      assert.ok(drawn.bandY <= drawn.waterY);
      for (const { y } of drawn.surface) assert.ok(drawn.band.length === 0 || y >= drawn.bandY - 1e-9);
    }),
  );
});

test('everything is inside the ring and finite', () => {
  fc.assert(
    fc.property(level, level, size, (water, band, px) => {
      const drawn = createLoadLineGeometry({ water, band }, px);
      for (const { x, y } of [...drawn.water, ...drawn.band, ...drawn.surface]) {
        const distance = Math.hypot(x - drawn.centre.x, y - drawn.centre.y);
        assert.ok(distance <= drawn.innerRadius + 1e-9, `${x} ${y} is ${distance} from the centre`);
      }
      assert.ok(drawn.ring.radius + drawn.ring.width / 2 <= px / 2);
    }),
  );
});

test('dry and full are drawn without a NaN', () => {
  for (const px of [16, 32, 150]) {
    for (const levels of [
      { water: 0, band: 0 },
      { water: 0, band: 1 },
      { water: 1, band: 1 },
    ]) {
      const drawn = createLoadLineGeometry(levels, px);
      assert.doesNotMatch(formatPath(drawn.water, true) + formatPath(drawn.band, true), /NaN|Infinity/);
      assert.equal(drawn.water.length > 0, levels.water > 0);
      assert.equal(drawn.band.length > 0, levels.band > levels.water);
    }
  }
});

test('a level that is no number is all unknown, never clean', () => {
  const drawn = createLoadLineGeometry({ water: Number.NaN, band: Number.NaN }, 100);
  assert.ok(drawn.bandY < drawn.line.y);
  assert.ok(drawn.band.length > 0);
});
