import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDebControl } from './deb-control.ts';

test('deb-control: stanzas, continuations, any case, carriage returns, comments', () => {
  const text = 'Package: a\nDescription: short\n long\n .\n end  \n\n\n# note\r\npackage: b\r\nVersion:2\r\n';
  const [first, second, ...rest] = [...parseDebControl(text)];
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [...(first?.fields ?? [])],
    [
      ['package', 'a'],
      ['description', 'short\n long\n .\n end'],
    ],
  );
  assert.deepEqual(
    [...(second?.fields ?? [])],
    [
      ['package', 'b'],
      ['version', '2'],
    ],
  );
  assert.equal(first?.line, 1);
  assert.equal(second?.line, 8);
});

test('deb-control: what cannot be read is counted, the rest is kept', () => {
  const [stanza] = [
    ...parseDebControl(' stray\nPackage: a\nno colon here\n after it\nVersion: 1\nVersion: 2'),
  ];
  assert.equal(stanza?.malformedLines, 3);
  assert.equal(stanza?.hasDuplicates, true);
  assert.equal(stanza?.fields.get('version'), '1');
});

test('deb-control: hostile field names are only names', () => {
  const [stanza] = [...parseDebControl('__proto__: x\nconstructor: y\n')];
  assert.deepEqual([...(stanza?.fields ?? [])].length, 2);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test('deb-control: any text ends, and no stanza is empty', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'B', ':', ' ', '\t', '\n', '\r', '#', '-', '.') }),
      (text) => {
        for (const stanza of parseDebControl(text))
          assert.ok(stanza.fields.size > 0 || stanza.malformedLines > 0);
      },
    ),
  );
});
