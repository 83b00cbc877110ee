import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

test('columns align, the flexible one gives way, wide characters count double', () => {
  assert.deepEqual(
    formatTable(
      [
        ['a', '1'],
        ['bbb', '22'],
      ],
      [{}, { align: 'right' }],
      80,
    ),
    ['a     1', 'bbb  22'],
  );
  assert.deepEqual(formatTable([['日本', 'x']], [{}, {}], 80), ['日本  x']);
  assert.deepEqual(formatTable([['a-very-long-name-indeed', 'end']], [{ isFlexible: true }, {}], 16), [
    'a-very-lon…  end',
  ]);
});

test('any text stays on its line and sends no control code', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      assert.doesNotMatch(
        shown.replace(/\u001b\[\d{1,2}m/g, ''),
        /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
      );
      const [line] = formatTable([[text, 'x']], [{ isFlexible: true }, {}], 20);
      assert.ok(stringWidth(line as string) <= 20 + 2, JSON.stringify(line));
    }),
  );
});
