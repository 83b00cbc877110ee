import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { cryptoErrors } from './errors.ts';
import { createNoteSigner, formatNoteKey, parseNoteKey, verifyNote } from './note.ts';
import { goKey, goNote } from './vector.fixture.ts';

const name = 'registry.example.org/tlog';
const signer = createNoteSigner(name, new Uint8Array(32).fill(7));
const key = parseNoteKey(goKey);

test('note: key, id and signature are those of golang.org/x/mod/sumdb/note', () => {
  assert.equal(formatNoteKey(signer.key), goKey);
  const text = verifyNote(goNote, key);
  const checkpoint = parseCheckpoint(text);
  assert.equal(checkpoint.size, 300);
  assert.equal(checkpoint.origin, name);
  assert.equal(formatCheckpoint(checkpoint), text);
  assert.equal(signer.sign(text), goNote);
});

test('note: a changed text, another key and a cut signature are not believed', () => {
  const untrusted = { code: cryptoErrors.note_untrusted.code, kind: 'untrusted' };
  assert.throws(() => verifyNote(goNote.replace('300', '301'), key), untrusted);
  const other = createNoteSigner(name, new Uint8Array(32).fill(8));
  assert.throws(() => verifyNote(other.sign('text\n'), key), untrusted);
  assert.throws(
    () => verifyNote(other.sign('text\n'), key),
    new RegExp(`not signed by ${name.replaceAll('.', '\\.')}\\+0ace45c4 but by`),
  );
  const short = goNote.replace(/(— \S+ )\S+\n$/, (_, start: string) => `${start}Cs5FxJwSQTQC\n`);
  assert.throws(() => verifyNote(short, key), untrusted);
});

test('note: lines of other keys are left aside, a line of the key that does not hold is not', () => {
  const witness = createNoteSigner('witness.example.org', new Uint8Array(32).fill(9)).sign(
    verifyNote(goNote, key),
  );
  const line = witness.slice(witness.indexOf('— '));
  assert.equal(verifyNote(goNote + line, key), verifyNote(goNote, key));
  const forged = signer.sign('another\n');
  assert.throws(() => verifyNote(goNote + forged.slice(forged.indexOf('— ')), key), {
    code: cryptoErrors.note_untrusted.code,
  });
});

test('note: the last empty line divides text from signatures', () => {
  const text = 'one\n\ntwo\n\n\nthree\n';
  assert.equal(verifyNote(signer.sign(text), key), text);
});

test('note: what is no note, no key and no checkpoint is said to be none', () => {
  const invalid = { code: cryptoErrors.note_invalid.code };
  for (const bad of [
    '',
    '\n\n',
    'text\n',
    'text\n\n',
    `${goNote}x`,
    'a\tb\n\n— a AAAAAAAA\n',
    'text\n\n— a\n',
  ])
    assert.throws(() => verifyNote(bad, key), invalid, JSON.stringify(bad));
  assert.throws(() => verifyNote('x'.repeat(limits.noteChars + 1), key), invalid);
  assert.throws(() => verifyNote('x'.repeat(limits.noteChars), key), invalid);
  assert.throws(() => signer.sign('no line feed'), invalid);
  const keyInvalid = { code: cryptoErrors.key_invalid.code };
  for (const bad of [
    '',
    'a+b+c',
    goKey.replace('0ace45c4', '0ace45c5'),
    goKey.replace('+Aep', '+Bep'),
    `${goKey}=`,
  ])
    assert.throws(() => parseNoteKey(bad), keyInvalid, bad);
  assert.throws(() => createNoteSigner('a name', new Uint8Array(32)), keyInvalid);
  assert.throws(() => createNoteSigner('name', new Uint8Array(31)), keyInvalid);
  const root = Buffer.alloc(32).toString('base64');
  for (const bad of [
    '',
    'o\n1\n',
    `o\n01\n${root}\n`,
    `\n1\n${root}\n`,
    `o\n1\n${root}`,
    `o\n-1\n${root}\n`,
    `o\n1\nAAAA\n`,
    `o\n1\n${root}\n\n`,
    `o\n9999999999999999\n${root}\n`,
  ])
    assert.throws(() => parseCheckpoint(bad), { code: cryptoErrors.checkpoint_invalid.code }, bad);
  assert.equal(parseCheckpoint(`o\n1\n${root}\nextension\n`).size, 1);
});

test('note: hostile text never fails but by its code', () => {
  const piece = fc.constantFrom(
    '\n',
    '\n\n',
    '— ',
    name,
    goKey,
    goNote,
    '+',
    ' ',
    'AAAAAAAAAAAA',
    '\u0000',
    '\ud800',
  );
  const hostile = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ unit: 'binary' }))).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      for (const read of [() => verifyNote(text, key), () => parseNoteKey(text), () => parseCheckpoint(text)])
        try {
          read();
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
    }),
    { numRuns: 500 },
  );
});
