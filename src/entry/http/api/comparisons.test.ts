import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../formats/oci/digest.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import { parseStoredReference } from './comparisons.ts';

const digest = digestOf('image');

test('stored reference: by tag, by digest, by both, with the own host', () => {
  for (const [text, name, reference] of [
    ['team/app:1.0', 'team/app', '1.0'],
    ['app:latest', 'app', 'latest'],
    [`team/app@${digest}`, 'team/app', digest],
    [`team/app:1.0@${digest}`, 'team/app', digest],
    ['localhost:1876/team/app:1.0', 'team/app', '1.0'],
    [`localhost:1876/app@${digest}`, 'app', digest],
  ] as const)
    assert.deepEqual(parseStoredReference(text, 'localhost:1876'), { name, reference }, text);
});

test('stored reference: neither tag nor digest, another host, or no name', () => {
  for (const text of [
    '',
    'team/app',
    'other:1/team/app:1',
    'team/app@1.0',
    'team/app@sha256:12',
    ':1',
    'A/b:1',
  ])
    assert.throws(
      () => parseStoredReference(text, 'localhost:1876'),
      { code: hubErrors.reference_invalid.code },
      text,
    );
});
