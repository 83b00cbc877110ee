import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../kit/error.ts';
import { readDockerCall } from './docker-call.ts';

const call = (line: string, env: Record<string, string> = {}) =>
  readDockerCall(line.split(' ').filter(Boolean), env);

test('docker’s call: the plugin’s name goes, what follows it stays word for word', () => {
  for (const line of [
    'inspect --format json x',
    'compare -c x --to y',
    'inspect -- plimsoll',
    '',
    '--version',
  ])
    for (const before of [
      'plimsoll',
      '-D plimsoll',
      '--debug -l debug plimsoll',
      '--log-level=info plimsoll',
    ])
      assert.deepEqual(call(`${before} ${line}`), { argv: line.split(' ').filter(Boolean), env: {} }, line);
  assert.deepEqual(call('inspect --policy p.yaml x').argv, ['inspect', '--policy', 'p.yaml', 'x']);
  assert.deepEqual(call('plimsoll plimsoll').argv, ['plimsoll']);
});

test('docker’s call: help is asked for before the plugin’s name too', () => {
  for (const line of ['help plimsoll', '--help plimsoll', '-h plimsoll', 'plimsoll help', '-Dh plimsoll'])
    assert.deepEqual(call(line).argv, ['help'], line);
  for (const line of ['help plimsoll inspect', '--help plimsoll inspect x', 'plimsoll help inspect'])
    assert.deepEqual(call(line).argv, ['help', 'inspect'], line);
});

test('docker’s global flags become its variables, in every way of writing them', () => {
  const cases: readonly [string, object][] = [
    ['--host unix:///x.sock', { DOCKER_HOST: 'unix:///x.sock' }],
    ['--host=tcp://box:2375', { DOCKER_HOST: 'tcp://box:2375' }],
    ['-H box:2375', { DOCKER_HOST: 'tcp://box:2375' }],
    ['-H=:2375', { DOCKER_HOST: 'tcp://127.0.0.1:2375' }],
    ['-DHunix:///x.sock', { DOCKER_HOST: 'unix:///x.sock' }],
    ['--context build', { DOCKER_CONTEXT: 'build', DOCKER_HOST: undefined }],
    ['-Dc build', { DOCKER_CONTEXT: 'build', DOCKER_HOST: undefined }],
    ['--config /etc/docker', { DOCKER_CONFIG: '/etc/docker' }],
    ['--tlsverify', { DOCKER_TLS_VERIFY: '1' }],
    ['--tls', { DOCKER_TLS_VERIFY: '1' }],
    ['--tls=0', {}],
    [
      '--tls --tlscacert /c/ca.pem --tlscert=/c/cert.pem --tlskey /c/key.pem',
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/c' },
    ],
    ['--tlscacert ca.pem', { DOCKER_CERT_PATH: '.' }],
  ];
  for (const [flags, env] of cases)
    assert.deepEqual(call(`${flags} plimsoll inspect x`), { argv: ['inspect', 'x'], env }, flags);
});

test('a context that is named goes before DOCKER_HOST, docker’s default does not', () => {
  const env = { DOCKER_HOST: 'unix:///x.sock', HOME: '/home/somebody' };
  assert.deepEqual(call('-c build plimsoll qv', env).env, {
    DOCKER_CONTEXT: 'build',
    DOCKER_HOST: undefined,
    HOME: '/home/somebody',
  });
  assert.deepEqual(call('-c default plimsoll qv', env).env, { ...env, DOCKER_CONTEXT: 'default' });
  assert.deepEqual(call('plimsoll qv', env).env, env);
});

test('a flag that cannot be followed is said in a sentence', () => {
  const unsupported = (message: RegExp) => ({ code: 'app.docker_flag_unsupported', message });
  assert.throws(
    () => call('--tlsverify=false plimsoll qv'),
    unsupported(/--tlsverify=false is not followed/),
  );
  for (const flags of ['--tlscacert /c/own.pem', '--tlscacert /c/ca.pem --tlskey /d/key.pem'])
    assert.throws(
      () => call(`${flags} plimsoll qv`),
      unsupported(/--tlscacert: certificates are read as ca\.pem, cert\.pem and key\.pem of one folder/),
    );
  for (const [line, message] of [
    ['--tls=maybe plimsoll', /--tls: "maybe" is neither true nor false/],
    ['--context', /--context needs a value/],
    ['-DH', /--host needs a value/],
  ] as const)
    assert.throws(() => call(line), { code: 'app.setting_invalid', message });
});

test('any words are a call or a coded refusal', () => {
  const word = fc.oneof(
    fc.string(),
    fc.stringMatching(/^-{0,2}(c|H|l|D|h|tls|tlsverify|host|help|plimsoll|tlskey)(=.{0,5})?$/),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      try {
        assert.ok(readDockerCall(argv, {}).argv.length <= argv.length);
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
  );
});
