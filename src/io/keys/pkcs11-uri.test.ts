// RFC 7512: its own examples, what is refused, and text from anywhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';
import { formatPkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.ts';

const invalid = keysErrors.reference_invalid.code;

test('PKCS #11 URI: token, key, module and PIN are read', () => {
  assert.deepEqual(
    {
      ...parsePkcs11Uri(
        'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;serial=;'.replace(
          'serial=;',
          'serial=a1;model=1.0;slot-id=4;object=my-key;type=private;id=%69%95%3E%5C%F4%BD%EC%91?module-path=/usr/lib/x.so&pin-source=file:/etc/token_pin',
        ),
      ),
    },
    {
      token: 'The Software PKCS#11 Softtoken',
      manufacturer: 'Snake Oil, Inc.',
      serial: 'a1',
      model: '1.0',
      slotId: 4n,
      object: 'my-key',
      id: Buffer.from('69953e5cf4bdec91', 'hex'),
      modulePath: '/usr/lib/x.so',
      pin: { kind: 'file', path: '/etc/token_pin' },
    },
  );
  assert.deepEqual({ ...parsePkcs11Uri('pkcs11:') }, {});
  assert.deepEqual(parsePkcs11Uri('PKCS11:object=k?pin-value=the%2dpin').pin, {
    kind: 'value',
    value: 'the-pin',
  });
  for (const path of ['file:///p', 'file:/p', '/p'])
    assert.deepEqual(parsePkcs11Uri(`pkcs11:?pin-source=${path}`).pin, { kind: 'file', path: '/p' });
});

test('PKCS #11 URI: what would fit more keys than was meant, run a program or be guessed at is refused', () => {
  for (const [text, why] of [
    ['pkcs12:token=a', /begin with pkcs11:/],
    ['pkcs11:slot-description=a', /not chosen by slot-description/],
    ['pkcs11:library-version=3', /not chosen by library-version/],
    ['pkcs11:x-muster=a', /not chosen by x-muster/],
    ['pkcs11:token=a?module-name=softhsm2', /not chosen by module-name/],
    ['pkcs11:token=a;token=b', /token stands in it twice/],
    ['pkcs11:token', /not NAME=VALUE/],
    ['pkcs11:token=a;', /not NAME=VALUE/],
    ['pkcs11:token=', /token has not 1 to 32 bytes/],
    [`pkcs11:token=${'a'.repeat(33)}`, /token has not 1 to 32 bytes/],
    ['pkcs11:token=%ff', /token is not text/],
    ['pkcs11:token=%00', /token is not text/],
    ['pkcs11:token=a b', /token has a character/],
    ['pkcs11:token=%4', /token has a character/],
    ['pkcs11:type=public', /type is another than private/],
    ['pkcs11:id=', /id has not 1 to 255 bytes/],
    ['pkcs11:slot-id=-1', /slot-id is not a number/],
    ['pkcs11:slot-id=18446744073709551616', /slot-id is not a number/],
    ['pkcs11:?module-path=lib.so', /module-path is not an absolute path/],
    ['pkcs11:?pin-source=%7Cprogram', /pin-source is not file:/],
    ['pkcs11:?pin-source=file:relative', /pin-source is not file:/],
    ['pkcs11:?pin-source=file://host/p', /pin-source is not file:/],
    ['pkcs11:?pin-value=1&pin-source=/p', /both pin-value and pin-source/],
    [`pkcs11:object=${'a'.repeat(limits.keyReferenceChars)}`, /more than 2000 characters/],
  ] as const)
    assert.throws(() => parsePkcs11Uri(text), { code: invalid, message: why }, text);
});

test('PKCS #11 URI: what is shown names the key and holds no PIN, and reads as the same', () => {
  const uri = parsePkcs11Uri('pkcs11:token=a%3Bb;id=%01%FF;object=x%20y;slot-id=7?pin-value=secret99');
  const shown = formatPkcs11Uri(uri);
  assert.equal(shown, 'pkcs11:token=a%3Bb;slot-id=7;object=x%20y;id=%01%ff');
  const { pin: _, ...named } = uri;
  assert.deepEqual({ ...parsePkcs11Uri(shown) }, named);
  assert.throws(
    () => parsePkcs11Uri('pkcs11:?pin-value=secret99&pin-value=secret99'),
    (error: Error) => !error.message.includes('secret99'),
  );
});

test('PKCS #11 URI: any text is read or refused with its code, and names come back as they were', () => {
  const parts = fc.constantFrom(
    'token=',
    'id=',
    '%',
    ';',
    '?',
    '&',
    '=',
    'pin-value=',
    'a',
    '/',
    '%41',
    '\0',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 30 }).map((some) => some.join('')),
  );
  fc.assert(
    fc.property(text, (rest) => {
      try {
        parsePkcs11Uri(`pkcs11:${rest}`);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: invalid }), String(error));
      }
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (object) => {
      if (object.includes('\0') || !object.isWellFormed()) return;
      assert.equal(parsePkcs11Uri(formatPkcs11Uri({ object })).object, object);
    }),
  );
});
