import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineErrors, type ErrorKind } from '../../kit/error.ts';
import { commands } from './all.ts';
import { cliErrors } from './errors.ts';
import { createFakeWorld, type FakeWorld } from './world.fixture.ts';

/** A world in which opening an image fails. */
function failing(error: unknown, more: Partial<FakeWorld['world']> = {}): FakeWorld {
  return createFakeWorld({
    world: {
      openSource: async () => {
        throw error;
      },
      ...more,
    },
  });
}

function errorOf(kind: ErrorKind, detail = 'the thing is not as it should be') {
  return defineErrors('test', { broken: { kind, meaning: 'It is broken.', hint: 'Mend it.' } }).broken(
    detail,
  );
}

test('help and version are data: standard output, exit 0', async () => {
  const { run } = createFakeWorld();
  for (const argv of [['--version'], ['-V'], ['version']])
    assert.deepEqual(await run(...argv), { exitCode: 0, stdout: 'plimsoll 1.2.3\n', stderr: '' });
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const { exitCode, stdout, stderr } = await run(...argv);
    assert.deepEqual([exitCode, stderr], [0, '']);
    for (const { name, summary } of commands) assert.match(stdout, new RegExp(`  ${name} +${summary}`));
  }
  assert.equal((await run()).exitCode, 1, 'no command is not a success');
});

test('every command says its own help, by both spellings, within 80 columns', async () => {
  const { run } = createFakeWorld();
  for (const { name } of commands) {
    const spelled = await run('help', name);
    assert.deepEqual(await run(name, '--help'), spelled);
    assert.equal(spelled.exitCode, 0);
    assert.match(spelled.stdout, new RegExp(`^Usage: plimsoll ${name}`));
    const help = spelled.stdout.split('\nExample')[0] as string;
    assert.deepEqual(
      help.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});

test('docker’s plugin is called `docker plimsoll` by help, usage and hints', async () => {
  const { run } = createFakeWorld({ world: { program: 'docker plimsoll' } });
  assert.match(
    (await run('--help')).stdout,
    /^Usage: docker plimsoll COMMAND[\s\S]*`docker plimsoll COMMAND --help`/,
  );
  for (const { name } of commands) {
    const { stdout } = await run(name, '--help');
    assert.match(stdout, new RegExp(`^Usage: docker plimsoll ${name}`));
    assert.doesNotMatch(stdout, /(?<!docker )plimsoll [a-z]/, name);
    assert.doesNotMatch(stdout, /docker docker/, name);
  }
  assert.match(
    (await run('inspekt')).stderr,
    /^plimsoll: .*\n {2}Run `docker plimsoll help`, or `docker plimsoll/,
  );
  assert.equal((await run('--version')).stdout, 'plimsoll 1.2.3\n');
});

test('what cannot be understood is cli.usage, in one line that says what there is', async () => {
  const { run } = createFakeWorld();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['inspekt'], /there is no command "inspekt"; there are serve, inspect, compare/],
    [['help', 'inspekt'], /there is no command "inspekt"/],
    [['inspect', '--formt', 'json', 'x'], /unknown option '--formt' \(Did you mean --format\?\)/],
    [['inspect'], /missing required argument 'image'/],
    [['inspect', 'a', 'b'], /too many arguments/],
    [['copy', 'a'], /missing required argument 'target'/],
    [['inspect', 'a', '--format'], /argument missing/],
  ];
  for (const [argv, said] of cases) {
    const { exitCode, stdout, stderr } = await run(...argv);
    assert.deepEqual([exitCode, stdout], [1, ''], argv.join(' '));
    assert.match(stderr, said);
    assert.match(stderr, /^plimsoll: [^\n]+\n {2}Run `plimsoll help`[^\n]+ \[cli\.usage\]\n$/);
    assert.ok(stderr.includes(`[${cliErrors.usage.code}]`));
  }
});

test('the kind of a failure decides the exit code', async () => {
  const kinds: Readonly<Record<ErrorKind, number>> = {
    invalid: 1,
    unauthenticated: 3,
    denied: 3,
    missing: 3,
    conflict: 1,
    limited: 1,
    unsupported: 1,
    untrusted: 1,
    unavailable: 1,
    bug: 1,
  };
  for (const [kind, exitCode] of Object.entries(kinds)) {
    const { run } = failing(errorOf(kind as ErrorKind));
    assert.equal((await run('inspect', 'app')).exitCode, exitCode, kind);
  }
});

test('a failure says what, what to do and its code, never a stack, and sends no control code', async () => {
  const { run } = failing(errorOf('unavailable', 'the registry said "\u001b[2J\u0007gone"\nTraceback'));
  const { stdout, stderr } = await run('inspect', 'app');
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    'plimsoll: the registry said "\\e[2J\\u0007gone"\\u000aTraceback\n  Mend it. [test.broken]\n',
  );
});

test('a failure without a code is said to be a defect, still without a stack', async () => {
  const { exitCode, stderr } = await failing(new TypeError('x is not a function')).run('inspect', 'app');
  assert.equal(exitCode, 1);
  assert.equal(stderr, 'plimsoll: x is not a function\n  This is a defect of Plimsoll: please report it.\n');
});

test('being told to stop is no defect', async () => {
  const controller = new AbortController();
  controller.abort();
  const { exitCode, stderr } = await failing(controller.signal.reason, { signal: controller.signal }).run(
    'inspect',
    'app',
  );
  assert.deepEqual([exitCode, stderr], [1, 'plimsoll: stopped before the end\n']);
});

test('serve ends with the exit code of the server', async () => {
  const { run } = createFakeWorld({ world: { serve: async () => 1 } });
  assert.deepEqual(await run('serve'), { exitCode: 1, stdout: '', stderr: '' });
});
