import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appErrors } from './errors.ts';
import { createLog, type LogOptions } from './log.ts';

function logTo(lines: string[], options: Partial<LogOptions> = {}) {
  const clock = { now: () => Date.parse('2026-03-01T12:34:56.789Z') };
  return createLog({
    level: 'notice',
    format: 'text',
    clock,
    write: (line) => void lines.push(line),
    ...options,
  });
}

test('a line for people: time, mark, message, fields; nothing below the level', () => {
  const lines: string[] = [];
  const log = logTo(lines);
  log.debug('not this');
  log.notice('pushed', { repository: 'a/b', bytes: 12 });
  log.warn('slow');
  assert.deepEqual(lines, ['12:34:56 · pushed  repository=a/b bytes=12\n', '12:34:56 ▲ slow\n']);
});

test('a line for machines is one JSON object', () => {
  const lines: string[] = [];
  logTo(lines, { format: 'json', level: 'debug' }).debug('pushed', { bytes: 12 });
  assert.deepEqual(JSON.parse(lines[0] as string), {
    level: 'debug',
    time: '2026-03-01T12:34:56.789Z',
    bytes: 12,
    msg: 'pushed',
  });
});

test('a coded error is its sentence and code; a defect has its stack', () => {
  const lines: string[] = [];
  const log = logTo(lines);
  log.error('refused', { error: appErrors.setting_invalid('--listen: no') });
  log.error('failed', { error: new TypeError('x is not a function') });
  assert.equal(lines[0], '12:34:56 ● refused  error=--listen: no code=app.setting_invalid\n');
  assert.match(
    lines[1] as string,
    /● failed {2}error=x is not a function\nTypeError: x is not a function\n +at /,
  );
});

test('names from outside cannot write to the terminal', () => {
  const lines: string[] = [];
  logTo(lines).notice('pushed', { tag: '\u001b[2Jgone\nand a second line\u009b1m' });
  assert.equal(lines[0], '12:34:56 · pushed  tag= [2Jgone and a second line 1m\n');
});
