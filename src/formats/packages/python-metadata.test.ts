import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePythonMetadata, pythonHeadersEnd } from './python-metadata.ts';
import { isPythonName, normalPythonName } from './python-name.ts';

test('python metadata: headers up to the empty line, whatever the line ends', () => {
  const lines = [
    'Metadata-Version: 2.1',
    'Name: Flask_Login',
    'Version: 0.6.3',
    'License: MIT License',
    '        ',
    '        Copyright (c) 2011',
    'Author-email: "Matthew Frazier" <leafstorm@example.org>, Other <b@example.org>',
    'Classifier: License :: OSI Approved :: MIT License',
    'Classifier: Programming Language :: Python',
    'Name: second',
    '',
    'Version: 9',
  ];
  for (const end of ['\n', '\r\n']) {
    assert.deepEqual(parsePythonMetadata(lines.join(end)), {
      name: 'Flask_Login',
      version: '0.6.3',
      license: 'MIT License\n\nCopyright (c) 2011',
      licenseClassifiers: ['License :: OSI Approved :: MIT License'],
      supplier: 'Matthew Frazier',
    });
    const bytes = Buffer.from(lines.join(end));
    const head = bytes.subarray(0, pythonHeadersEnd(bytes)).toString();
    assert.deepEqual(parsePythonMetadata(head), parsePythonMetadata(lines.join(end)));
    assert.ok(!head.includes('Version: 9'));
  }
});

test('python metadata: UNKNOWN says nothing; the author goes before the maintainer', () => {
  assert.deepEqual(
    parsePythonMetadata('Name: a\nVersion: UNKNOWN\nLicense: UNKNOWN\nAuthor: UNKNOWN\nMaintainer: M'),
    { name: 'a', licenseClassifiers: [], supplier: 'M' },
  );
  assert.equal(parsePythonMetadata('Author-email: a@example.org').supplier, undefined);
  assert.equal(parsePythonMetadata('License-Expression: MIT').licenseExpression, 'MIT');
});

test('python metadata: any text is read or passed over, never thrown', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      'Name',
      ': ',
      '\n',
      '\r\n',
      ' ',
      'Classifier',
      'License ::',
      '\t',
      '<',
      '"',
      'é',
      '1',
    ),
  });
  fc.assert(
    fc.property(text, (one) => {
      const bytes = Buffer.from(one);
      assert.deepEqual(
        parsePythonMetadata(bytes.subarray(0, pythonHeadersEnd(bytes)).toString()),
        parsePythonMetadata(one),
      );
    }),
  );
});

test('python name: one spelling', () => {
  assert.equal(normalPythonName('Zope.Interface'), 'zope-interface');
  assert.equal(normalPythonName('a-_.B'), 'a-b');
  assert.deepEqual(['a', 'A.b_c-9', '', '-a', 'a-', 'a b', 'a/b'].map(isPythonName), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
