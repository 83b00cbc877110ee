import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { createPullMemory } from './pull-memory.ts';

const ask = (puller: string, tag: string) => ({
  repository: 'app',
  tag,
  digest: digestOf(tag),
  isIndex: true,
  isSent: false,
  puller,
});
const fetchOf = (puller: string, tag: string) => ({
  ...ask(puller, tag),
  tag: undefined,
  isIndex: false,
  isSent: true,
});

test('the memory of pulls is bounded: the puller and the tag that came first are forgotten first', () => {
  const memory = createPullMemory({ pullers: 2, each: 2 });
  for (const puller of ['a', 'b', 'c']) memory.see(ask(puller, 'one'), 0);
  const reference = (puller: string, tag: string) => memory.see(fetchOf(puller, tag), 0)?.reference;
  assert.deepEqual(
    ['a', 'b', 'c'].map((puller) => reference(puller, 'one')),
    [digestOf('one'), 'one', 'one'].map(String),
  );
  for (const tag of ['two', 'three']) memory.see(ask('c', tag), 0);
  assert.deepEqual([reference('c', 'three'), reference('c', 'one')], ['three', digestOf('one')]);
});

test('the memory of pulls is of one repository and of minutes', () => {
  const memory = createPullMemory();
  memory.see(ask('a', 'one'), 0);
  assert.equal(memory.see({ ...fetchOf('a', 'one'), repository: 'other' }, 0)?.reference, digestOf('one'));
  assert.equal(memory.see(fetchOf('a', 'one'), 60_000)?.reference, 'one');
  assert.equal(memory.see(fetchOf('a', 'one'), 60 * 60_000)?.reference, digestOf('one'));
});
