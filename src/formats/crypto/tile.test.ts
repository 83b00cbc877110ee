import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { cryptoErrors } from './errors.ts';
import { formatLogProof } from './log-proof.ts';
import {
  entryBytes,
  foldHashes,
  formatBundle,
  formatTile,
  formatTilePath,
  parseBundle,
  parseTile,
  parseTilePath,
  placeOfNode,
  type TilePlace,
  tileWidth,
  widthAt,
} from './tile.ts';
import { goNote, specificationPath } from './vector.fixture.ts';

test('tile: paths are spelt as in C2SP tlog-tiles', () => {
  const { position } = specificationPath;
  const full: TilePlace = { kind: 'hashes', level: 0, position, width: 256 };
  assert.equal(formatTilePath(full), 'tile/0/x001/x234/067');
  assert.equal(formatTilePath({ ...full, width: 7 }), 'tile/0/x001/x234/067.p/7');
  assert.equal(formatTilePath({ kind: 'entries', position: 5, width: 1 }), 'tile/entries/005.p/1');
  for (const bad of [
    'tile/0/67',
    'tile/00/067',
    'tile/64/067',
    'tile/0/x000/067',
    'tile/0/001/067',
    'tile/0/x001',
    'tile/0/067.p/0',
    'tile/0/067.p/256',
    'tile/0/067.p/01',
    'tile/0/067/',
    'tile/-1/067',
    'tile/data/067',
    'tile/0/x999/x999/x999/x999/x999/999',
    '/tile/0/067',
  ])
    assert.equal(parseTilePath(bad), undefined, bad);
});

test('tile: a path and its place are the same thing, and no text fails', () => {
  const place = fc.record({
    kind: fc.constant('hashes' as const),
    level: fc.integer({ min: 0, max: 63 }),
    position: fc.maxSafeNat(),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(fc.property(place, (one) => assert.deepEqual(parseTilePath(formatTilePath(one)), { ...one })));
  const piece = fc.constantFrom('tile/', 'entries/', 'x001/', '067', '.p/', '1', '0/');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => {
        const parsed = parseTilePath(text);
        if (parsed !== undefined) assert.equal(formatTilePath(parsed), text);
      },
    ),
  );
});

test('tile: the specification’s tree of 70,000 has the widths that it says', () => {
  assert.equal(widthAt(0, 272, 70_000), 256);
  assert.equal(widthAt(0, 273, 70_000), 112);
  assert.equal(widthAt(0, 274, 70_000), 0);
  assert.equal(widthAt(1, 0, 70_000), 256);
  assert.equal(widthAt(1, 1, 70_000), 17);
  assert.equal(widthAt(2, 0, 70_000), 1);
  assert.equal(widthAt(3, 0, 70_000), 0);
  assert.equal(widthAt(1, 0, 256), 1);
  assert.equal(widthAt(63, 0, Number.MAX_SAFE_INTEGER), 0);
  assert.deepEqual(placeOfNode(10, 3, 70_000), {
    place: { kind: 'hashes', level: 1, position: 0, width: 256 },
    start: 12,
    count: 4,
  });
});

test('tile: hashes and entries come back as they went in; other lengths are refused', () => {
  const hashes = Array.from({ length: 3 }, (_, at) => new Uint8Array(32).fill(at));
  assert.deepEqual(
    parseTile(formatTile(hashes), 3).map((one) => one[0]),
    [0, 1, 2],
  );
  const invalid = { code: cryptoErrors.bundle_invalid.code };
  assert.throws(() => parseTile(formatTile(hashes), 4), invalid);
  const four = [...hashes, new Uint8Array(32)];
  assert.equal(foldHashes(four).byteLength, 32);
  const largest = new Uint8Array(entryBytes);
  assert.equal(parseBundle(formatBundle([largest]), 1)[0]?.byteLength, entryBytes);
  assert.throws(() => formatBundle([new Uint8Array(entryBytes + 1)]), invalid);
  const bundle = formatBundle([Buffer.from('one'), Buffer.from('')]);
  assert.throws(() => parseBundle(bundle, 1), invalid);
  assert.throws(() => parseBundle(bundle, 3), invalid);
  assert.throws(() => parseBundle(bundle.subarray(0, 4), 1), invalid);
});

test('tile: bundles of foreign making fail by their code alone', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: tileWidth }), (entries) => {
      const back = parseBundle(formatBundle(entries), entries.length);
      assert.deepEqual(
        back.map((one) => Buffer.from(one)),
        entries.map((one) => Buffer.from(one)),
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 256 }), (bytes, width) => {
      try {
        assert.equal(parseBundle(bytes, width).length, width);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'crypto.bundle_invalid' }));
      }
    }),
  );
});

test('tile: a proof that stands by itself is spelt as in C2SP tlog-proof', () => {
  const text = formatLogProof({ index: 3, path: [new Uint8Array(32)], checkpoint: goNote });
  assert.equal(text, `c2sp.org/tlog-proof@v1\nindex 3\n${Buffer.alloc(32).toString('base64')}\n\n${goNote}`);
});
