import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { issue } from './certificate.fixture.ts';
import { notationErrors } from './errors.ts';
import { createName, isPartOf, parseName } from './name.ts';

const shown = (text: string) => Object.fromEntries(parseName(text));

test('name: RFC 4514 with its escapes, S for ST, spaces around', () => {
  assert.deepEqual(shown(' C=US, S=WA,L=Seattle , O=wabbit-networks.io'), {
    C: 'US',
    ST: 'WA',
    L: 'Seattle',
    O: 'wabbit-networks.io',
  });
  assert.deepEqual(shown('C=DE,ST=x,O=M\\C3\\BCller\\, S\\C3\\B6hne \\+ Co\\20'), {
    C: 'DE',
    ST: 'x',
    O: 'Müller, Söhne + Co ',
  });
  assert.equal(shown('C=DE,ST=x,O=東京\\ ').O, '東京 ');
});

test('name: what two readers could take differently is refused, and says what', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /is not ATTRIBUTE=VALUE/],
    ['C=DE,ST=x', /has no O; C, ST and O must be there/],
    ['c=DE,ST=x,O=y', /has no C;/],
    ['C=DE,ST=x,O=', /has no O;/],
    ['C=DE,ST=x,O=y,O=z', /has O twice/],
    ['C=DE,ST=x,S=x,O=y', /has ST twice/],
    ['C=DE,ST=x,O=y+OU=z', /joins attributes with \+/],
    ['C=DE,ST=x,O=#0401', /in hexadecimal/],
    ['C=DE,ST=x,O="y"', /an escape that is none/],
    ['C=DE,ST=x,O=a\\zz', /an escape that is none/],
    ['C=DE,ST=x,O', /"O" in ".*" is not ATTRIBUTE=VALUE/],
    ['x'.repeat(limits.nameChars + 1), /at most 4096 characters/],
  ];
  for (const [text, why] of cases)
    assert.throws(
      () => parseName(text),
      (error) =>
        isPlimsollError(error, { code: notationErrors.name_invalid.code }) && why.test(error.message),
      text.slice(0, 50),
    );
});

test('name: one is part of another when each attribute of it is there with the same value', () => {
  const whole = parseName('C=DE,ST=Hamburg,O=Example,CN=Signer');
  assert.ok(isPartOf(parseName('O=Example,C=DE,ST=Hamburg'), whole));
  assert.ok(!isPartOf(whole, parseName('O=Example,C=DE,ST=Hamburg')));
  assert.ok(!isPartOf(parseName('C=DE,ST=Hamburg,O=example'), whole));
});

test('name: a certificate’s is read as it stands; one with an attribute without a short name compares to nothing', () => {
  const { subject, subjectText } = issue({ subject: 'C=DE,ST=Hamburg,O=Müller,CN=Signer' }).certificate;
  assert.ok(isPartOf(parseName('C=DE,ST=Hamburg,O=Müller'), createName(subject, subjectText)));
  const mail = issue({ subject: 'C=DE,ST=Hamburg,O=Example,E=a@example.org' }).certificate;
  assert.throws(() => createName(mail.subject, 'it'), /1\.2\.840\.113549\.1\.9\.1, which identities are not/);
});

test('name: any text is read or refused with the code', () => {
  const text = fc.string({
    unit: fc.constantFrom('C', 'S', 'T', 'O', '=', ',', '\\', '+', ' ', '#', '2', 'é', '"'),
  });
  fc.assert(
    fc.property(text, (value) => {
      try {
        parseName(value);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: notationErrors.name_invalid.code }), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
