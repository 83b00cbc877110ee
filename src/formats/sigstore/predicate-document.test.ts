// What somebody wants stated: each kind by an example, each mistake by its own sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { predicateTypes } from './predicate.ts';
import { customPredicate, parsePredicate } from './predicate-document.ts';

const invalid = { code: sigstoreErrors.predicate_invalid.code };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const good: Readonly<Record<string, object>> = {
  slsaprovenance1: { buildDefinition: {}, runDetails: {} },
  slsaprovenance: { builder: { id: 'x' }, buildType: 'y' },
  spdxjson: { spdxVersion: 'SPDX-2.3' },
  cyclonedx: { bomFormat: 'CycloneDX' },
  openvex: { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [] },
  vuln: { scanner: {}, metadata: {} },
};

test('predicate: the document of its type is taken, and that of another type refused', () => {
  for (const [name, document] of Object.entries(good)) {
    const type = predicateTypes[name as keyof typeof predicateTypes];
    assert.deepEqual(parsePredicate(bytes(document), type), document);
    for (const [other, wrong] of Object.entries(good))
      if (predicateTypes[other as keyof typeof predicateTypes] !== type)
        assert.throws(() => parsePredicate(bytes(wrong), type), {
          ...invalid,
          message: /is no predicate of/,
        });
  }
  assert.deepEqual(parsePredicate(bytes({ a: 1 }), 'https://example.org/own/v1'), { a: 1 });
  assert.deepEqual(parsePredicate(bytes({ '@graph': [] }), predicateTypes.spdx), { '@graph': [] });
});

test('predicate: a whole statement, an envelope and what is no object are refused with what would be right', () => {
  const type = 'https://example.org/own/v1';
  const refused = (document: unknown, message: RegExp) =>
    assert.throws(() => parsePredicate(bytes(document), type), { ...invalid, message });
  refused(
    { _type: 'x', subject: [], predicateType: 'y', predicate: {} },
    /give what stands in it as `predicate`/,
  );
  refused({ payload: '', signatures: [] }, /a signed envelope/);
  refused([], /not a JSON object/);
  assert.throws(() => parsePredicate(new Uint8Array(limits.statementBytes + 1), type), invalid);
});

test('predicate: custom keeps the text and says when, as cosign has it', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00.123Z');
  assert.deepEqual(customPredicate(Buffer.from('any text'), nowMs), {
    Data: 'any text',
    Timestamp: '2026-03-01T12:00:00Z',
  });
  assert.throws(() => customPredicate(Uint8Array.of(0xff), nowMs), invalid);
});

test('predicate: any bytes are taken or refused', () => {
  const any = fc.oneof(fc.uint8Array(), fc.jsonValue().map(bytes));
  fc.assert(
    fc.property(any, fc.constantFrom(...Object.values(predicateTypes), 'toString'), (document, type) => {
      try {
        parsePredicate(document, type);
      } catch (error) {
        assert.ok(isPlimsollError(error, invalid), String(error));
      }
    }),
  );
});
