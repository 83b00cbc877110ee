import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseEngineAddress } from './endpoint.ts';

test('an engine’s address is read as docker writes it', () => {
  const cases: readonly [string, object][] = [
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://127.0.0.1:1234', { kind: 'tcp', host: '127.0.0.1', port: 1234 }],
    ['tcp://box.example.org', { kind: 'tcp', host: 'box.example.org', port: 2375 }],
    ['tcp://[::1]:99/', { kind: 'tcp', host: '::1', port: 99 }],
    ['tcp://[fe80::1]', { kind: 'tcp', host: 'fe80::1', port: 2375 }],
    ['http://box', { kind: 'tcp', host: 'box', port: 2375 }],
    ['https://box', { kind: 'tcp', host: 'box', port: 2376, tls: {} }],
  ];
  for (const [address, route] of cases) assert.deepEqual(parseEngineAddress(address), { route }, address);
  const tls = { ca: 'pem' };
  assert.deepEqual(parseEngineAddress('tcp://box', tls), {
    route: { kind: 'tcp', host: 'box', port: 2376, tls },
  });
});

test('any text is an address, one that is not spoken, or none', () => {
  const address = fc.oneof(fc.string(), fc.stringMatching(/^(unix|tcp|https?|ssh|fd):\/\/[^ ]{0,40}$/));
  fc.assert(
    fc.property(address, (text) => {
      const reading = parseEngineAddress(text);
      if ('problem' in reading) assert.ok(reading.problem.length > 0 && reading.problem.length < 300);
      else if (reading.route.kind === 'tcp') assert.ok(reading.route.port > 0 && reading.route.port < 65_536);
    }),
  );
  for (const text of ['', 'box:2375', 'unix://', 'tcp://', 'tcp://box:0', 'tcp://box:99999', 'tcp://a b'])
    assert.ok('problem' in parseEngineAddress(text), text);
});
