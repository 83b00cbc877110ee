import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageErrors } from '../../../io/images/errors.ts';
import { createFakeWorld } from '../world.fixture.ts';

const HOST = 'registry.example.org';

test('a password from standard input loses its line end and nothing else', async () => {
  const { run, logins, questions } = createFakeWorld({ stdin: ' s3cret \r\n' });
  const { exitCode, stdout, stderr } = await run('login', HOST, '-u', 'robot', '--password-stdin');
  assert.deepEqual([exitCode, stdout], [0, '']);
  assert.deepEqual(logins, [{ host: HOST, username: 'robot', password: ' s3cret ' }]);
  assert.equal(stderr, `Logged in to ${HOST} as robot; kept in /home/somebody/.docker/config.json\n`);
  assert.deepEqual(questions, []);
});

test('at a terminal both are asked, the password as a secret; neither is said again', async () => {
  const { run, logins, questions } = createFakeWorld({ answers: ['robot', 's3cret'] });
  const { stderr } = await run('login', HOST);
  assert.deepEqual(questions, ['Username: ', 'Password: (secret)']);
  assert.deepEqual(logins, [{ host: HOST, username: 'robot', password: 's3cret' }]);
  assert.ok(!stderr.includes('s3cret'));
});

test('without a terminal it says which option to use', async () => {
  const { run, logins } = createFakeWorld();
  const name = await run('login', HOST);
  assert.equal(name.exitCode, 1);
  assert.match(name.stderr, /Username is needed: .* use --username\n.*\[cli\.nothing_to_ask\]/);
  const password = await run('login', HOST, '-u', 'robot');
  assert.match(password.stderr, /Password is needed: .* use --password-stdin\n.*\[cli\.nothing_to_ask\]/);
  assert.deepEqual(logins, []);
});

test('an empty standard input is no password', async () => {
  const { run, logins } = createFakeWorld({ stdin: '\n' });
  const { stderr } = await run('login', HOST, '-u', 'robot', '--password-stdin');
  assert.match(stderr, /standard input, which is empty\n.*\[cli\.option_invalid\]/);
  assert.deepEqual(logins, []);
});

test('a password is not an option: others could read it', async () => {
  const { stderr } = await createFakeWorld().run('login', HOST, '-u', 'robot', '--password', 's3cret');
  assert.match(stderr, /unknown option '--password'/);
});

test('a login that the registry refuses exits with 3', async () => {
  const { run } = createFakeWorld({
    stdin: 'wrong',
    world: {
      login: async () => {
        throw imageErrors.unauthenticated(`${HOST} does not accept this login`);
      },
    },
  });
  const { exitCode, stderr } = await run('login', HOST, '-u', 'robot', '--password-stdin');
  assert.equal(exitCode, 3);
  assert.match(stderr, /does not accept this login/);
});

test('logout says from where, or that there was nothing', async () => {
  const { run } = createFakeWorld({ stdin: 's3cret' });
  assert.deepEqual(await run('logout', HOST), {
    exitCode: 0,
    stdout: '',
    stderr: `There was no login for ${HOST}\n`,
  });
  await run('login', HOST, '-u', 'robot', '--password-stdin');
  assert.equal(
    (await run('logout', HOST)).stderr,
    `Forgot the login for ${HOST} in /home/somebody/.docker/config.json\n`,
  );
});

test('a host is a host, not an address: nothing is asked or sent for another', async () => {
  const { run, logins, questions } = createFakeWorld({ answers: ['robot', 's3cret'] });
  for (const host of [`https://${HOST}`, `${HOST}/team`, 'two words', '-', ''])
    for (const command of ['login', 'logout']) {
      const { exitCode, stderr } = await run(command, '--', host);
      assert.equal(exitCode, 1, host);
      assert.match(stderr, /is not a registry host: write HOST or HOST:PORT.*\n.*\[cli\.option_invalid\]/);
    }
  assert.deepEqual([logins, questions], [[], []]);
});
