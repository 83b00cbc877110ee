import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKeys, judgeKeyAge, type KnownKey } from './key-age.ts';

const DAY = 24 * 60 * 60 * 1000;
const key = (more: Partial<KnownKey>): KnownKey => ({ purpose: 'log', name: 'a', renewal: 'again', ...more });
const stateAt = (now: number, more: Partial<KnownKey>): string => judgeKeyAge(key(more), now).state;

test('key age: due for the last tenth of its time, overdue from its end on', () => {
  const token = { madeAt: 0, maxAgeMs: 100 * DAY };
  assert.equal(stateAt(89 * DAY, token), 'fine');
  assert.equal(stateAt(90 * DAY, token), 'due');
  assert.equal(stateAt(100 * DAY - 1, token), 'due');
  assert.equal(stateAt(100 * DAY, token), 'overdue');
  const root = { madeAt: 0, maxAgeMs: 3_650 * DAY };
  assert.equal(stateAt(3_619 * DAY, root), 'fine', 'a month is enough, however long it lives');
  assert.equal(stateAt(3_620 * DAY, root), 'due');
});

test('key age: its own end counts where that is sooner, and alone where there is no limit', () => {
  assert.equal(stateAt(50 * DAY, { madeAt: 0, maxAgeMs: 100 * DAY, endsAt: 50 * DAY }), 'overdue');
  assert.equal(stateAt(50 * DAY, { endsAt: 60 * DAY }), 'due');
  assert.equal(stateAt(20 * DAY, { endsAt: 60 * DAY }), 'fine');
  assert.equal(stateAt(0.95 * DAY, { madeAt: 0, endsAt: DAY }), 'due', 'an hour of a day');
});

test('key age: what nobody wrote down is unknown, and never fine', () => {
  assert.equal(stateAt(1, {}), 'unknown');
  assert.equal(stateAt(1, { maxAgeMs: DAY }), 'unknown');
  assert.equal(stateAt(1, { madeAt: 0 }), 'unknown', 'without a limit nothing is known of it');
  assert.equal(
    stateAt(1, { maxAgeMs: DAY, endsAt: 900 * DAY }),
    'unknown',
    'a far end says nothing of its age',
  );
  assert.equal(stateAt(900 * DAY, { maxAgeMs: DAY, endsAt: 900 * DAY }), 'overdue', 'but a past one does');
});

test('key age: what is to be done first stands first, and unknown before fine', () => {
  const names = [
    judgeKeyAge(key({ name: 'fine', madeAt: 0, maxAgeMs: 1000 * DAY }), 50 * DAY),
    judgeKeyAge(key({ name: 'unknown' }), 50 * DAY),
    judgeKeyAge(key({ name: 'late', endsAt: 2 * DAY }), 50 * DAY),
    judgeKeyAge(key({ name: 'due', endsAt: 51 * DAY }), 50 * DAY),
    judgeKeyAge(key({ name: 'later', endsAt: 3 * DAY }), 50 * DAY),
  ]
    .toSorted(compareKeys)
    .map(({ name }) => name);
  assert.deepEqual(names, ['late', 'later', 'due', 'unknown', 'fine']);
});
