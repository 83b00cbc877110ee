// Promise: an administrator invites, sees and sends away parts by the command.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PartCertificate } from '../../src/entry/http/contract-part.ts';
import { runCommand } from '../world/command.ts';
import { askAsPart, createPartKey, joinBody } from '../world/part.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const home = temporaryFolder();
let world: ProductWorld;

before(async () => {
  world = await bootProduct({ flags: [['--parts-listen', '127.0.0.1:0']] });
  await plimsoll(['login', world.host, '-u', 'admin', '--password-stdin'], { stdin: password });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

async function plimsoll(argv: readonly string[], { exitCode = 0, stdin = '' } = {}) {
  const host = argv[0] === 'login' ? [] : ['--host', world.host];
  const ended = await runCommand([...argv, ...host], { home: home.path, stdin });
  assert.equal(ended.exitCode, exitCode, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

test('an invitation is printed once, and who joined with it is listed until it is removed', async () => {
  assert.match((await plimsoll(['part', 'list'])).stderr, /There are no parts/);
  await plimsoll(['org', 'create', 'acme', '--owner', 'admin']);
  await plimsoll(['org', 'create-robot', 'acme', 'gate']);
  const narrow = ['--robot', 'acme+gate', '--allow', 'acme/*:pull'];
  const invited = await plimsoll(['part', 'invite', 'gate/prod', ...narrow, '--uses', '2', '--valid', '1h']);
  assert.match(invited.stderr, /may join as gate\/prod, 2 times, until \d{4}-/);
  assert.match(
    (await plimsoll(['part', 'list'])).stdout,
    /gate\/prod +acme\+gate +acme\/\*:pull +nobody has joined/,
  );
  const secret = invited.stdout.trim();
  const [one, other] = [createPartKey(), createPartKey()];
  const join = (key: typeof one) =>
    world.get<PartCertificate>('/api/v1/parts/join', {
      method: 'POST',
      body: joinBody(world.host, secret, key),
    });
  const [told] = [await join(one), await join(other)];
  const self = JSON.parse((await askAsPart({ key: one, told }, { path: '/api/v1/self' })).text);
  assert.deepEqual([self.kind, self.name], ['robot', 'acme+gate']);
  const listed = JSON.parse((await plimsoll(['part', 'list', '--format', 'json'])).stdout);
  const [{ holders }] = listed.parts as [{ holders: { id: string }[] }];
  assert.equal(holders.length, 2);
  await plimsoll(['part', 'remove', 'gate/prod', '--holder', holders[0]?.id ?? '']);
  const rows = (await plimsoll(['part', 'list'])).stdout.trim().split('\n');
  assert.equal(rows.length, 2, 'a head and one holder');
  assert.match((await plimsoll(['keys'])).stdout, /fine +part +gate\/prod [0-9a-f]{8}/);
  await plimsoll(['part', 'remove', 'gate/prod']);
  assert.match((await plimsoll(['part', 'remove', 'gate/prod'], { exitCode: 3 })).stderr, /parts\.missing/);
});

test('what cannot be invited is said, and makes nothing', async () => {
  assert.match(
    (await plimsoll(['part', 'invite', 'toaster/one'], { exitCode: 1 })).stderr,
    /parts\.name_invalid/,
  );
  const both = ['part', 'invite', 'gate/x', '--robot', 'acme+gate', '--account', 'admin'];
  assert.match((await plimsoll(both, { exitCode: 1 })).stderr, /--robot or --account/);
  const often = ['part', 'invite', 'gate/x', '--uses', '1000'];
  assert.match((await plimsoll(often, { exitCode: 1 })).stderr, /--uses is a number from 1 to 100/);
  assert.match((await plimsoll(['part', 'list'])).stderr, /There are no parts/);
});

test('the authority of parts is renewed by the command', async () => {
  const { stdout } = await plimsoll(['trust', 'rotate', 'workload']);
  assert.match(stdout, /^workload: the new key [0-9a-f]{16} signs from \d{4}-/);
});
