import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { guardOutputs } from './output.ts';

function guarded(): { stdout: EventEmitter; stderr: EventEmitter; lines: string[] } {
  const lines: string[] = [];
  const outputs = { stdout: new EventEmitter(), stderr: new EventEmitter(), lines };
  guardOutputs({ ...outputs, fail: (line) => void lines.push(line) });
  return outputs;
}

test('a reader that left does not turn an answer into another', () => {
  const { stdout, lines } = guarded();
  stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  assert.deepEqual(lines, []);
});

test('data that is lost to a full disk is a failure; a log that is lost is not', () => {
  const { stdout, stderr, lines } = guarded();
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  stderr.emit('error', full);
  assert.deepEqual(lines, []);
  stdout.emit('error', full);
  assert.deepEqual(lines, ['plimsoll: the output cannot be written: no space left on device\n']);
});
