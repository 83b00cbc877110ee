import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNoSuchHost, netFailure } from './failure.ts';

const failed = (code: string) =>
  netFailure(Object.assign(new Error('text'), { code }), 'https://x.example.org');

test('a name that has no address is told from a name server that does not answer', () => {
  assert.ok(isNoSuchHost(failed('ENOTFOUND')));
  for (const code of ['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'])
    assert.ok(!isNoSuchHost(failed(code)), code);
  assert.ok(!isNoSuchHost(new Error('of another kind')));
});
