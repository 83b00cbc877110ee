import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { formatSpiffeId, parseSpiffeId } from './spiffe-id.ts';

test('spiffe: an ID is a trust domain and a path, in one spelling', () => {
  assert.deepEqual(parseSpiffeId('spiffe://images.example.org/gate/prod'), {
    trustDomain: 'images.example.org',
    path: '/gate/prod',
  });
  assert.deepEqual(parseSpiffeId('spiffe://a_b-c.d'), { trustDomain: 'a_b-c.d', path: '' });
  assert.equal(formatSpiffeId({ trustDomain: 'a.test', path: '/gate/X' }), 'spiffe://a.test/gate/X');
});

test('spiffe: what is no ID is refused, whatever a reader of addresses would make of it', () => {
  const wrong = [
    '',
    'spiffe://',
    'spiffe:///gate',
    'SPIFFE://a.test/gate',
    'https://a.test/gate',
    'spiffe://A.test/gate',
    'spiffe://a.test:8443/gate',
    'spiffe://user@a.test/gate',
    'spiffe://a.test/gate/',
    'spiffe://a.test//gate',
    'spiffe://a.test/./gate',
    'spiffe://a.test/gate/..',
    'spiffe://a.test/g%61te',
    'spiffe://a.test/gate?x',
    'spiffe://a.test/gate#x',
    'spiffe://a.test/gâte',
    'spiffe://a.test/gate\n',
    `spiffe://${'a'.repeat(256)}`,
    `spiffe://a.test/${'b'.repeat(2048)}`,
  ];
  for (const text of wrong) assert.throws(() => parseSpiffeId(text), { code: 'spiffe.id_invalid' }, text);
  assert.throws(() => formatSpiffeId({ trustDomain: 'a.test', path: 'gate' }), { code: 'spiffe.id_invalid' });
});

test('spiffe: any text is an ID that keeps its spelling, or refused', () => {
  const near = fc.string({ unit: fc.constantFrom('/', '.', '-', '_', 'a', 'Z', '9', '%', ':', '@', ' ') });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        near.map((rest) => `spiffe://${rest}`),
      ),
      (text) => {
        try {
          assert.equal(formatSpiffeId(parseSpiffeId(text)), text);
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
      },
    ),
  );
});
