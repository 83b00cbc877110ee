import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PlimsollError } from '../../kit/error.ts';
import { runCredentialHelper } from './credential/program.ts';
import { eraseCredential, writeCredential } from './credential-store.ts';
import { readCredentials } from './credentials.ts';

const code = (wanted: string) => (error: PlimsollError) => error.code === wanted;
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

async function home(t: TestContext, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-login-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const put = async (path: string, value: unknown): Promise<string> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };
  const PATH = join(folder, 'bin');
  return { folder, put, places: { home: folder, env: { PATH, ...env } } };
}

/** A helper that keeps logins in a JSON file beside itself, or misbehaves as told. */
async function installHelper(
  at: Awaited<ReturnType<typeof home>>,
  name: string,
  body = KEEPING,
): Promise<void> {
  const file = await at.put(`bin/docker-credential-${name}`, `#!${process.execPath}\n${body}`);
  await chmod(file, 0o755);
}

const KEEPING = `
const fs = require('node:fs');
const file = __filename + '.json';
const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
const input = fs.readFileSync(0, 'utf8');
const verb = process.argv[2];
if (verb === 'store') { const login = JSON.parse(input); kept[login.ServerURL] = login; }
if (verb === 'erase') delete kept[input];
if (verb === 'get' && kept[input] === undefined) { console.log('credentials not found in native keychain'); process.exit(1); }
if (verb === 'get') console.log(JSON.stringify(kept[input]));
fs.writeFileSync(file, JSON.stringify(kept));
`;

test("docker's auths: hosts, old spellings, Docker Hub's key, passwords with colons, tokens", async (t) => {
  const at = await home(t);
  const file = await at.put('.docker/config.json', {
    auths: {
      'r.example:5000': auth('ann:p:w'),
      'https://old.example/v1/': auth('old:pw\0\0'),
      'https://index.docker.io/v1/': auth('hub:pw'),
      'plain.example': { username: 'u', password: 'p' },
      'id.example': { ...auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      'token.example': { registrytoken: 'bearer' },
      'empty.example': {},
      'odd.example': 'no object',
    },
  });
  const read = (host: string) => readCredentials(host, at.places);
  assert.deepEqual(await read('r.example:5000'), {
    kind: 'password',
    username: 'ann',
    password: 'p:w',
    source: file,
  });
  assert.deepEqual(await read('old.example'), {
    kind: 'password',
    username: 'old',
    password: 'pw',
    source: file,
  });
  assert.deepEqual(await read('docker.io'), {
    kind: 'password',
    username: 'hub',
    password: 'pw',
    source: file,
  });
  assert.deepEqual(await read('plain.example'), {
    kind: 'password',
    username: 'u',
    password: 'p',
    source: file,
  });
  assert.deepEqual(await read('id.example'), { kind: 'identity-token', token: 'refresh', source: file });
  assert.deepEqual(await read('token.example'), { kind: 'registry-token', token: 'bearer', source: file });
  for (const host of ['empty.example', 'odd.example', 'r.example', '__proto__'])
    assert.equal(await read(host), undefined);
});

test("podman's auth.json: the most specific key, in each of its places", async (t) => {
  const at = await home(t);
  const keys = {
    'q.example': auth('all:1'),
    'q.example/team': auth('team:2'),
    'q.example/team/app': auth('app:3'),
  };
  await at.put('.config/containers/auth.json', { auths: keys });
  const user = async (repository?: string, env: Record<string, string> = {}) => {
    const found = await readCredentials('q.example', { ...at.places, env }, repository);
    return found?.kind === 'password' ? found.username : undefined;
  };
  assert.equal(await user('team/app'), 'app');
  assert.equal(await user('team/other/deep'), 'team');
  assert.equal(await user('teamwork/app'), 'all');
  assert.equal(await user(), 'all');
  await at.put('run/containers/auth.json', { auths: { 'q.example': auth('session:1') } });
  assert.equal(await user('team/app', { XDG_RUNTIME_DIR: join(at.folder, 'run') }), 'session');
  const named = await at.put('named.json', { auths: { 'q.example': auth('named:1') } });
  assert.equal(await user('team/app', { REGISTRY_AUTH_FILE: named }), 'named');
  const text = JSON.stringify({ auths: { 'q.example': auth('variable:1') } });
  assert.equal(await user('team/app', { DOCKER_AUTH_CONFIG: text }), 'variable');
});

test('files that are not JSON are named, not skipped', async (t) => {
  const at = await home(t);
  const file = await at.put('.docker/config.json', '{ broken');
  await assert.rejects(readCredentials('r.example', at.places), (error: PlimsollError) => {
    assert.equal(error.code, 'images.credentials_unreadable');
    assert.ok(error.message.includes(file));
    return true;
  });
  await assert.rejects(
    writeCredential('r.example', { username: 'a', password: 'b' }, at.places),
    code('images.credentials_unreadable'),
  );
  assert.equal(await readFile(file, 'utf8'), '{ broken');
});

test('helpers: for one host, for all, identity tokens, and on to the next place where they have none', async (t) => {
  const at = await home(t);
  await installHelper(at, 'one', `console.log(JSON.stringify({ Username: '<token>', Secret: 'idt' }))`);
  await installHelper(at, 'all');
  await at.put('.docker/config.json', {
    credHelpers: { 'one.example': 'one' },
    credsStore: 'all',
    auths: { 'file.example': auth('file:pw') },
  });
  assert.deepEqual(await readCredentials('one.example', at.places), {
    kind: 'identity-token',
    token: 'idt',
    source: 'docker-credential-one',
  });
  const file = await readCredentials('file.example', at.places);
  assert.equal(file?.kind === 'password' && file.username, 'file');
  assert.equal(
    await writeCredential('docker.io', { username: 'h', password: 's' }, at.places),
    'docker-credential-all',
  );
  const hub = await readCredentials('docker.io', at.places);
  assert.equal(hub?.kind === 'password' && hub.password, 's');
  const config = JSON.parse(await readFile(join(at.folder, '.docker/config.json'), 'utf8'));
  assert.deepEqual(config.auths['https://index.docker.io/v1/'], {});
  assert.equal(await eraseCredential('docker.io', at.places), true);
  assert.equal(await readCredentials('docker.io', at.places), undefined);
  assert.equal(await eraseCredential('docker.io', at.places), false);
});

test('helpers that are absent, misnamed, failing, endless, mute, or answer nonsense', async (t) => {
  const at = await home(t);
  await installHelper(at, 'failing', `console.log('secret'); process.exit(3)`);
  await installHelper(
    at,
    'endless',
    `const s = 'x'.repeat(60_000); setInterval(() => process.stdout.write(s), 1)`,
  );
  await installHelper(at, 'mute', 'setInterval(() => {}, 1000)');
  await installHelper(at, 'nonsense', `console.log('{}')`);
  const get = { verb: 'get', address: 'r.example' } as const;
  for (const name of ['absent', '../evil', '', 'UPPER', 'failing', 'endless', 'nonsense'])
    await assert.rejects(runCredentialHelper(name, get, at.places), (error: PlimsollError) => {
      assert.equal(error.code, 'images.credential_helper_failed');
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  await assert.rejects(
    runCredentialHelper('mute', get, at.places, 50),
    code('images.credential_helper_failed'),
  );
});

test('a login is written with mode 0600 beside what was there, through a link, and erased again', async (t) => {
  const at = await home(t);
  const real = await at.put('dotfiles/docker.json', {
    currentContext: 'x',
    auths: { 'https://r.example/v1/': auth('o:o') },
  });
  await mkdir(join(at.folder, '.docker'));
  await symlink(real, join(at.folder, '.docker/config.json'));
  const where = await writeCredential('r.example', { username: 'ann', password: 'pw' }, at.places);
  assert.equal(where, join(at.folder, '.docker/config.json'));
  assert.ok((await lstat(where)).isSymbolicLink());
  assert.equal((await stat(real)).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(await readFile(real, 'utf8')), {
    currentContext: 'x',
    auths: { 'r.example': auth('ann:pw') },
  });
  assert.equal(await eraseCredential('r.example', at.places), true);
  assert.deepEqual(JSON.parse(await readFile(real, 'utf8')), { currentContext: 'x', auths: {} });
  assert.equal(await eraseCredential('r.example', at.places), false);
});

test('a folder that cannot be written', async (t) => {
  const at = await home(t);
  await at.put('.docker', 'a file where the folder should be');
  await assert.rejects(
    writeCredential('r.example', { username: 'a', password: 'b' }, at.places),
    code('images.place_unwritable'),
  );
});
