import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCosigner, formatCosignerKey } from '../../formats/crypto/cosignature.ts';
import { formatNoteKey, verifyNote } from '../../formats/crypto/note.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { witnessErrors } from './errors.ts';
import { formatWitnessPolicy, parseWitnessPolicy } from './policy.ts';
import { judgeQuorum } from './quorum.ts';
import { createLog, NOW } from './witness.fixture.ts';

const log = createLog();
const cosigners = Object.fromEntries(
  ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name, at) => [
    name,
    createCosigner(
      `${name.toLowerCase()}.example.org`,
      at % 2 === 0 ? 'ed25519' : 'ml-dsa-44',
      new Uint8Array(32).fill(20 + at),
    ),
  ]),
);
const keyOf = (name: string): string =>
  formatCosignerKey((cosigners[name] as (typeof cosigners)[string]).key);

const POLICY = `# the example of the specification
log ${formatNoteKey(log.signer.key)} https://log.example.org/
witness X1 ${keyOf('X1')}
\twitness X2   ${keyOf('X2')} https://x2.example.org/
witness X3 ${keyOf('X3')}
group X-witnesses 2 X1 X2 X3

witness Y1 ${keyOf('Y1')}
witness Y2 ${keyOf('Y2')}
witness Y3 ${keyOf('Y3')}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

function noteOf(names: readonly string[]): string {
  const text = verifyNote(log.checkpoint(9), log.signer.key);
  return log.checkpoint(9) + names.map((name) => cosigners[name]?.cosign(text, NOW)).join('');
}

test('witness policy: the specification’s example is read, and written as what is read again', () => {
  const policy = parseWitnessPolicy(POLICY, 'witnesses.txt');
  assert.equal(policy.witnesses.length, 6);
  assert.equal(policy.witnesses[1]?.url, 'https://x2.example.org');
  assert.equal(policy.logs[0]?.key.id, log.signer.key.id);
  assert.deepEqual(parseWitnessPolicy(formatWitnessPolicy(policy), 'again'), policy);
});

test('witness policy: two of the X and one of the Y, as groups say it', () => {
  const policy = parseWitnessPolicy(POLICY, 'witnesses.txt');
  for (const [names, isReached] of [
    [['X1', 'X3', 'Y2'], true],
    [['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'], true],
    [['X1', 'X2', 'X3'], false],
    [['X1', 'Y1', 'Y2', 'Y3'], false],
    [[], false],
  ] as const)
    assert.equal(judgeQuorum(noteOf(names), policy).isReached, isReached, names.join());
  const { words, sentence } = judgeQuorum(noteOf(['X1', 'Y2']), policy);
  assert.deepEqual(words[0], { name: 'X1', kind: 'held', at: new Date(NOW) });
  assert.equal(sentence, 'X1, Y2 cosigned the checkpoint; X-and-Y is not reached.');
});

test('witness policy: a forged line is told and does not count', () => {
  const policy = parseWitnessPolicy(`witness X1 ${keyOf('X1')}\nquorum X1\n`, 'f');
  const forged = noteOf(['X1']).replace('\n9\n', '\n8\n');
  const { isReached, words, sentence } = judgeQuorum(forged, policy);
  assert.deepEqual([isReached, words[0]?.kind], [false, 'forged']);
  assert.match(sentence, /a line of X1 does not hold; X1 is not reached/);
});

test('witness policy: none is asked for where it says so', () => {
  const policy = parseWitnessPolicy('quorum none\n', 'f');
  assert.equal(judgeQuorum(noteOf([]), policy).isReached, true);
});

test('witness policy: a fault is told with its line', () => {
  const one = `witness X1 ${keyOf('X1')}`;
  for (const [text, why] of [
    ['', /f has no line "quorum"/],
    [`${one}\nquorum X2\n`, /^f:2: "X2" is defined on no line before$/],
    [`${one}\nwitness X9 ${keyOf('X1')}\n`, /^f:2: its key is on a line before$/],
    [`${one}\n${one.replace('X1', 'X1')}\n`, /^f:2: its key/],
    [`${one}\nwitness X1 ${keyOf('X2')}\n`, /^f:2: "X1" is defined already$/],
    [`${one}\ngroup g 2 X1\n`, /^f:2: "2" is none of all, any, and 1 to 1$/],
    [`${one}\ngroup g 1 X1\ngroup h 1 X1\n`, /^f:3: "X1" is a member already/],
    [`${one}\ngroup g all\n`, /^f:2: it is not "group NAME/],
    [`witness none ${keyOf('X1')}\n`, /^f:1: "none" is no name/],
    [`witness X1 ${keyOf('X1')} ftp://x\n`, /^f:1: "ftp:\/\/x" is no address/],
    ['log key\n', /^f:1: "key" is not NAME\+ID\+KEY/],
    ['log\n', /^f:1: it is not "log KEY/],
    ['witness X1\n', /^f:1: it is not "witness NAME/],
    ['quorum none\nquorum none\n', /^f:2: there is a quorum already$/],
    ['quorum\n', /^f:1: it is not "quorum NAME"$/],
    ['what is this\n', /^f:1: "what" is none of log/],
    ['#'.repeat(600_001), /^f has over 600000 characters$/],
  ] as const)
    assert.throws(() => parseWitnessPolicy(text, 'f'), {
      code: witnessErrors.policy_invalid.code,
      message: why,
    });
});

test('witness policy: hostile files are refused in a coded way', () => {
  const word = fc.constantFrom(
    'log',
    'witness',
    'group',
    'quorum',
    'none',
    'X1',
    'all',
    '1',
    keyOf('X1'),
    '\n',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 10 }))), (words) => {
      try {
        parseWitnessPolicy(words.join(' '), 'f');
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
  );
});
