import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackHost } from './loopback.ts';

test('this machine and nothing that only looks like it', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
    assert.equal(isLoopbackHost(host), true, host);
  for (const host of ['127.0.0.1.example.org', 'localhost.example.org', '1127.0.0.1', '0.0.0.0', '::2', ''])
    assert.equal(isLoopbackHost(host), false, host);
});
