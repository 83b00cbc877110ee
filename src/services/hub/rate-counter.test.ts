import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createPullLimits } from './pull-limits.ts';
import { createRateCounter } from './rate-counter.ts';

let now = 1_000_000;
const clock = { now: () => now };
const rate = { count: 3, windowMs: 60_000 };
beforeEach(() => {
  now = 1_000_000;
});

test('rate counter: as many as the rate says, then none until the window ends', () => {
  const counter = createRateCounter(rate, { clock });
  const taken = [1, 2, 3, 4, 5].map(() => counter.take('a'));
  assert.deepEqual(
    taken.map(({ isWithin, remaining }) => [isWithin, remaining]),
    [
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ],
  );
  now += 59_000;
  assert.deepEqual(counter.peek('a'), { isWithin: false, remaining: 0, resetMs: 1_000 });
  assert.equal(counter.take('b').isWithin, true, 'another has its own');
  now += 1_000;
  assert.deepEqual(counter.take('a'), { isWithin: true, remaining: 2, resetMs: 60_000 });
});

test('rate counter: who has used theirs up stays counted while thousands come once each', () => {
  const counter = createRateCounter(rate, { clock, most: 100 });
  for (let at = 0; at < 3; at += 1) counter.take('greedy');
  for (let at = 0; at < 10_000; at += 1) counter.take(`other ${at}`);
  assert.equal(counter.peek('greedy').isWithin, false);
});

test('rate counter: what has ended makes room first', () => {
  const counter = createRateCounter(rate, { clock, most: 2 });
  counter.take('a');
  now += 30_000;
  counter.take('b');
  now += 40_000;
  counter.take('c');
  assert.deepEqual([counter.peek('b').remaining, counter.peek('c').remaining], [2, 2]);
});

test('pull limits: an account by its name, all others by address, a /64 of IPv6 as one', () => {
  const limits = createPullLimits({ anonymous: rate, account: { count: 5, windowMs: 60_000 } }, { clock });
  const pull = (address: string, account?: string) =>
    limits.ask({ repository: 'team/app', account, address }, true);
  for (const last of ['1', '2', '3']) assert.equal(pull(`2001:db8:0:1::${last}`)?.isWithin, true);
  assert.deepEqual(
    [pull('2001:db8:0:1:ff::1')?.isWithin, pull('2001:db8:0:2::1')?.isWithin, pull('192.0.2.1')?.source],
    [false, true, '192.0.2.1'],
  );
  assert.deepEqual([pull('2001:db8:0:1::1', 'ada')?.remaining, pull('192.0.2.9', 'ada')?.remaining], [4, 3]);
});

test('pull limits: nothing is said where there is none, or where the namespace is exempt', () => {
  const limits = createPullLimits({ anonymous: rate, exempt: ['library'] }, { clock });
  const who = { account: undefined, address: '192.0.2.1' };
  assert.equal(limits.ask({ ...who, account: 'ada', repository: 'team/app' }, true), undefined);
  assert.equal(limits.ask({ ...who, repository: 'library/app' }, true), undefined);
  assert.equal(limits.ask({ ...who, repository: 'library2/app' }, true)?.remaining, 2);
});

test('pull limits: a refusal says how long to wait, and is counted', () => {
  const limits = createPullLimits({ account: { count: 1, windowMs: 5_000 } }, { clock });
  const ask = () => limits.ask({ repository: 'a/b', account: 'ada', address: '' }, true);
  assert.equal(ask()?.isWithin, true);
  now += 500;
  const over = ask();
  assert.ok(over !== undefined && !over.isWithin);
  assert.throws(() => limits.refuse(over), {
    code: 'hub.pulls_limited',
    message: 'ada has pulled 1 images within 5 s, which is the limit here; try again in 5 s',
  });
  assert.equal(limits.refused, 1);
});
