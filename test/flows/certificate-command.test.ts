// Promise: client certificates are registered, listed and removed by the command, and the command itself reaches an
// instance with a private authority and by its client certificate, from the folders that docker's and podman's users have.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLayout } from '../interop/layout.ts';
import { createAuthority } from '../world/authority.ts';
import { runCommand } from '../world/command.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const [folder, admin, machine] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
const authority = createAuthority();
const people = createAuthority('people');
const trust = join(folder.path, 'ca.crt');
let world: ProductWorld;

before(async () => {
  const server = authority.issue({ commonName: 'server', addresses: ['127.0.0.1'] });
  const files = server.write(folder.path, 'server');
  writeFileSync(trust, authority.certificate);
  const bundle = join(folder.path, 'people.crt');
  writeFileSync(bundle, people.certificate);
  world = await bootProduct({
    flags: [
      ['--tls-certificate', files.certificate],
      ['--tls-key', files.key],
      ['--tls-client-authority', bundle],
    ],
  });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  for (const one of [folder, admin, machine]) one[Symbol.dispose]();
});

async function plimsoll(
  argv: readonly string[],
  options: { exitCode?: number; stdin?: string; home?: string } = {},
) {
  const { exitCode = 0, stdin = '', home = admin.path } = options;
  const flags: Record<string, string> = home === admin.path ? { '--tls-trust': trust } : {};
  const ended = await runCommand(argv, { home, stdin, flags });
  assert.equal(ended.exitCode, exitCode, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

test('an instance with a private authority is reached where the authority is named, and not otherwise', async () => {
  const login = ['login', world.host, '-u', 'admin', '--password-stdin'];
  const refused = await plimsoll(login, { exitCode: 1, stdin: password, home: machine.path });
  assert.match(refused.stderr, /net\.certificate_untrusted/);
  assert.match(refused.stderr, /--tls-trust/);
  await plimsoll(login, { stdin: password });
});

test('certificates are added by file and by name, listed and removed', async () => {
  const host = ['--host', world.host];
  await plimsoll(['org', 'create', 'acme', '--owner', 'admin', ...host]);
  await plimsoll(['org', 'create-robot', 'acme', 'ci', ...host]);
  const laptop = createAuthority().issue({ commonName: 'laptop' }).write(folder.path, 'laptop');
  const byFile = await plimsoll(['certificate', 'add', laptop.certificate, '--expires', '30d', ...host]);
  const robot = ['--robot', 'acme+ci', ...host];
  const name = ['--uri', 'spiffe://acme.test/ci', '--name', 'pipeline', '--allow', 'acme/*:pull,push'];
  const byName = await plimsoll(['certificate', 'add', ...name, ...robot]);
  const listed = await plimsoll(['certificate', 'list', ...host]);
  assert.match(listed.stdout, /laptop +sha256:[0-9a-f]{64} +all +never +\d{4}-/);
  const ofRobot = await plimsoll(['certificate', 'list', ...robot]);
  assert.match(
    ofRobot.stdout,
    /pipeline +uri:spiffe:\/\/acme\.test\/ci +acme\/\*:pull,push +never +when removed/,
  );
  await plimsoll(['certificate', 'remove', byFile.stdout.trim(), ...host]);
  await plimsoll(['certificate', 'remove', byName.stdout.trim(), ...robot]);
  await plimsoll(['certificate', 'remove', byName.stdout.trim(), ...robot], { exitCode: 3 });
  assert.match(
    (await plimsoll(['certificate', 'list', ...host])).stderr,
    /There are no registered certificates/,
  );
  const other = await plimsoll([
    'certificate',
    'add',
    '--email',
    'x@acme.test',
    '--account',
    'admin',
    ...host,
  ]);
  const json = await plimsoll(['certificate', 'list', '--account', 'admin', '--format', 'json', ...host]);
  assert.equal(JSON.parse(json.stdout).certificates[0].id, other.stdout.trim());
});

test('what cannot be meant is said', async () => {
  const host = ['--host', world.host];
  const key = join(folder.path, 'server.key');
  for (const [argv, about] of [
    [['add'], /name one: a PEM file, --uri/],
    [['add', trust, '--uri', 'a:b'], /name one: a PEM file, --uri/],
    [['add', '--dns', 'a', '--email', 'b@c'], /name one/],
    [['add', key], /there is no PEM certificate in it/],
    [['add', trust, '--robot', 'a+b', '--account', 'c'], /--robot or --account/],
    [['remove'], /the id of the certificate is missing/],
  ] as const)
    assert.match((await plimsoll(['certificate', ...argv, ...host], { exitCode: 1 })).stderr, about);
});

test('who has a certificate in certs.d needs no login and no setting', async () => {
  const certificates = join(machine.path, '.config', 'containers', 'certs.d', world.host);
  mkdirSync(certificates, { recursive: true });
  const own = people.issue({ commonName: 'machine 7' });
  writeFileSync(join(certificates, 'ca.crt'), authority.certificate);
  writeFileSync(join(certificates, 'client.cert'), own.certificate);
  writeFileSync(join(certificates, 'client.key'), own.key);
  const anonymous = ['token', 'list', '--host', world.host];
  await plimsoll(anonymous, { exitCode: 3, home: machine.path });
  const add = ['certificate', 'add', '--common-name', 'machine 7', '--host', world.host];
  const { stdout } = await plimsoll(add);
  assert.match((await plimsoll(anonymous, { home: machine.path })).stderr, /There are no access tokens/);
  const layout = join(folder.path, 'layout');
  makeLayout(layout, [Buffer.from('hello')]);
  const reference = `${world.host}/acme/app:1`;
  await plimsoll(['copy', `oci:${layout}:a`, reference], { home: machine.path });
  await plimsoll(['certificate', 'remove', stdout.trim(), '--host', world.host]);
  const refused = await plimsoll(['copy', `oci:${layout}:a`, `${world.host}/acme/app:2`], {
    exitCode: 3,
    home: machine.path,
  });
  assert.match(refused.stderr, /stands for no login here|does not allow push/);
});
