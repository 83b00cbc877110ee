// How keys are named: each place's spelling, what is none, and that a PIN is never shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { keysErrors } from './errors.ts';
import { formatKeyReference, parseKeyReference } from './key-reference.ts';

const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;

test('key references: each place is read as its own tools spell it', () => {
  for (const [text, reference] of [
    ['signing.key', { kind: 'file', path: 'signing.key' }],
    ['file:signing.key', { kind: 'file', path: 'signing.key' }],
    ['file:///etc/signing.key', { kind: 'file', path: '/etc/signing.key' }],
    ['/etc/a:b//c.key', { kind: 'file', path: '/etc/a:b//c.key' }],
    ['C:\\keys\\signing.key', { kind: 'file', path: 'C:\\keys\\signing.key' }],
    [`awskms:///${id}`, { kind: 'awskms', keyId: id }],
    [`awskms:///${arn}`, { kind: 'awskms', keyId: arn }],
    ['awskms:///alias/team/signing', { kind: 'awskms', keyId: 'alias/team/signing' }],
    ['awskms://localhost:4566/alias/a', { kind: 'awskms', endpoint: 'localhost:4566', keyId: 'alias/a' }],
    ['awskms://[::1]:4566/alias/a', { kind: 'awskms', endpoint: '[::1]:4566', keyId: 'alias/a' }],
    ['hashivault://signing', { kind: 'hashivault', key: 'signing' }],
    ['hashivault://signing?version=3', { kind: 'hashivault', key: 'signing', version: 3 }],
    ['azurekms://vault/key', { kind: 'plugin', reference: 'azurekms://vault/key' }],
  ] as const)
    assert.deepEqual(parseKeyReference(text), reference, text);
  const token = parseKeyReference('pkcs11:token=a;object=b?pin-value=4711');
  assert.equal(formatKeyReference(token), 'pkcs11:token=a;object=b');
});

test('key references: what is none is refused, and its beginning shown', () => {
  for (const [text, why] of [
    ['', /named by no text/],
    ['a\0b', /named by no text/],
    ['x'.repeat(2_001), /more than 2000 characters/],
    ['file:', /is not file: and a path/],
    ['file://host/key', /is not file: and a path/],
    ['awskms://alias/a', /is not awskms:/],
    ['awskms:///', /is not awskms:/],
    ['awskms:///alias/', /is not awskms:/],
    ['awskms:///alias/a?b', /is not awskms:/],
    ['awskms://user@host/alias/a', /is not awskms:/],
    ['awskms:///arn:aws:s3:::bucket', /is not awskms:/],
    ['hashivault://', /is not hashivault:/],
    ['hashivault://a/b', /is not hashivault:/],
    ['hashivault://../sys', /is not hashivault:/],
    ['hashivault://a?version=0', /is not hashivault:/],
    ['pkcs11:token', /PKCS #11 URI/],
  ] as const)
    assert.throws(() => parseKeyReference(text), {
      code: keysErrors.reference_invalid.code,
      kind: 'invalid',
      message: why,
    });
});

test('key references: any text is read or refused with its code, and what is shown reads as the same', () => {
  const scheme = fc.constantFrom(
    '',
    'file:',
    'awskms://',
    'hashivault://',
    'pkcs11:',
    'pkcs11:token=',
    'x://',
  );
  fc.assert(
    fc.property(scheme, fc.string(), (start, rest) => {
      try {
        const reference = parseKeyReference(start + rest);
        if (reference.kind === 'pkcs11' || reference.kind === 'file') return;
        assert.deepEqual(parseKeyReference(formatKeyReference(reference)), reference);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: keysErrors.reference_invalid.code }), String(error));
      }
    }),
  );
});
