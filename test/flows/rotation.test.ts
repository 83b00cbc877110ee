// Promise: an administrator sees how old every key is, and renews the instance's keys by one command while it serves
// and signs; the root's key is needed for certificates alone, and is nowhere near the server.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writePlugin, writePluginKey } from '../../src/io/keys/plugin.fixture.ts';
import { runCommand } from '../world/command.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const DAY = 24 * 60 * 60 * 1000;

interface Report {
  readonly keys: readonly {
    readonly purpose: string;
    readonly name: string;
    readonly state: string;
    readonly why?: string;
    readonly renewal: string;
  }[];
  readonly counts: Readonly<Record<string, number>>;
}

function at(folder: string, world: ProductWorld) {
  return (argv: readonly string[], stdin = '') =>
    runCommand([...argv, ...(isOffline(argv) ? [] : ['--host', world.host])], { home: folder, stdin });
}

const isOffline = (argv: readonly string[]): boolean =>
  ['certify', 'root', 'refresh'].includes(argv[1] ?? '');

async function login(folder: string, world: ProductWorld) {
  const run = at(folder, world);
  const ended = await runCommand(['login', world.host, '-u', 'admin', '--password-stdin'], {
    home: folder,
    stdin: password,
  });
  assert.equal(ended.exitCode, 0, ended.stderr);
  return run;
}

async function rootSize(world: ProductWorld): Promise<readonly number[]> {
  const root = (await (await world.send('GET', '/trust/trusted_root.json')).json()) as Record<
    string,
    readonly unknown[]
  >;
  return ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'].map(
    (name) => root[name]?.length ?? 0,
  );
}

test('keys: every purpose is told with its age, by the command, the API, the metrics and the health', async () => {
  using folder = temporaryFolder();
  let skewMs = 0;
  await using world = await bootProduct({ clock: { now: () => Date.now() + skewMs } });
  const run = await login(folder.path, world);
  const { secret } = await world.get<{ secret: string }>('/api/v1/tokens', {
    method: 'POST',
    isAdmin: true,
    body: { name: 'laptop' },
    status: 201,
  });
  const fresh = await run(['keys', '--format', 'json']);
  assert.equal(fresh.exitCode, 0, fresh.stderr);
  const report = JSON.parse(fresh.stdout) as Report;
  const states = new Map(report.keys.map(({ purpose, state }) => [purpose, state]));
  for (const purpose of ['root', 'issuing', 'stamping', 'certificate-log', 'log', 'access-token'])
    assert.equal(states.get(purpose), 'fine', purpose);
  assert.equal(fresh.stdout.includes(secret), false);
  await world.problem('/api/v1/keys', 401);
  skewMs = 340 * DAY;
  const due = await run(['keys', '--due']);
  assert.equal(due.exitCode, 0);
  assert.match(due.stdout, /due: log [0-9a-f]{16}\n {2}plimsoll trust rotate log\n/);
  skewMs = 366 * DAY;
  const late = await run(['keys']);
  assert.equal(late.exitCode, 2);
  assert.match(late.stdout, /overdue: access-token admin: laptop\n {2}plimsoll token create/);
  assert.match(late.stdout, /fine +root /);
  const metrics = await (
    await world.send('GET', '/metrics', {
      headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
    })
  ).text();
  assert.match(metrics, /plimsoll_key_age_seconds\{purpose="log"\} 316224\d\d/);
  assert.match(metrics, /plimsoll_keys\{state="overdue"\} [1-9]/);
  const ready = await world.get<{ checks: { name: string; isReady: boolean; warning?: string }[] }>(
    '/readyz',
  );
  const said = ready.checks.find(({ name }) => name === 'keys');
  assert.equal(said?.isReady, true, 'a server with old keys serves');
  assert.match(said?.warning ?? '', /\d overdue, \d due; plimsoll keys lists them/);
});

test('trust rotate: all keys of a running server, certified where the root’s key is, and none by a token', async () => {
  using folder = temporaryFolder();
  let skewMs = 0;
  await using world = await bootProduct({ clock: { now: () => Date.now() + skewMs } });
  const run = await login(folder.path, world);
  // What was logged in with before goes on, whatever its key.
  const bearer = await world.token('registry:catalog:*');
  const stick = join(folder.path, 'stick');
  renameSync(join(world.data, 'trust', 'offline'), stick);
  const file = join(folder.path, 'renewal.json');
  const begun = await run(['trust', 'rotate', 'all', file]);
  assert.equal(begun.exitCode, 0, begun.stderr);
  for (const purpose of ['certificate-log', 'log', 'identity', 'bearer-token'])
    assert.match(begun.stdout, new RegExp(`^${purpose}: the new key`, 'm'));
  assert.match(begun.stderr, /trust certify/);
  assert.deepEqual(await rootSize(world), [2, 2, 1, 1], 'known before they sign');
  const logKeys = await (await world.send('GET', '/trust/log/key')).text();
  assert.match(logKeys, /^log \S+\n# the next key, which signs from \d{4}-\S+\nlog \S+\n$/);
  const answer = await world.send('GET', '/v2/', { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal(answer.status, 200);

  const unasked = await run(['trust', 'certify', file, '--root-folder', stick]);
  assert.equal(unasked.exitCode, 1, 'nobody said yes');
  const early = await run(['trust', 'rotate', '--certified', file]);
  assert.match(early.stderr, /trust\.renewal_unknown/);
  const certified = await run(['trust', 'certify', file, '--root-folder', stick, '--yes']);
  assert.equal(certified.exitCode, 0, certified.stderr);
  assert.match(certified.stderr, /issuing key, SHA-256 [0-9a-f]{64}/);
  const applied = await run(['trust', 'rotate', '--certified', file]);
  assert.equal(applied.exitCode, 0, applied.stderr);
  assert.deepEqual(await rootSize(world), [2, 2, 2, 2]);
  const again = await run(['trust', 'rotate', 'log']);
  assert.match(again.stderr, /trust\.rotation_pending/);

  skewMs = 2 * 60 * 60 * 1000;
  const signing = await (await world.send('GET', '/trust/log/key')).text();
  assert.equal(signing, `${logKeys.trimEnd().split('\n').at(-1)}\n`);
  const report = JSON.parse((await run(['keys', '--format', 'json'])).stdout) as Report;
  assert.equal(report.keys.filter(({ purpose }) => purpose === 'log').length, 1, 'the former one is past');

  const { secret } = await world.get<{ secret: string }>('/api/v1/tokens', {
    method: 'POST',
    isAdmin: true,
    body: { name: 'script' },
    status: 201,
  });
  const byToken = await world.send('POST', '/api/v1/keys/rotations', {
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ purposes: ['log'] }),
  });
  assert.equal(byToken.status, 403);
  writeFileSync(file, readFileSync(file, 'utf8').replace('renewal.v1', 'renewal.v9'));
  assert.match((await run(['trust', 'rotate', '--certified', file])).stderr, /x509\.renewal_invalid/);
  const actions = world.rows("select action, target from audit where action like 'key.%' order by seq");
  assert.deepEqual(
    actions.map(({ action, target }) => `${action} ${target}`),
    [
      'key.request issuing',
      'key.request stamping',
      'key.rotate certificate-log',
      'key.rotate log',
      'key.rotate identity',
      'key.rotate bearer-token',
      'key.rotate issuing',
      'key.rotate stamping',
    ],
  );
});

test('trust rotate tuf: the key that signs the repository, by a root that is signed far from the server', async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct();
  const run = await login(folder.path, world);
  const root = Buffer.from(await (await world.send('GET', '/trust/tuf/1.root.json')).arrayBuffer());
  const checksum = `sha256:${createHash('sha256').update(root).digest('hex')}`;
  const added = await runCommand(['trust', 'add', 'here', world.url, '--root-checksum', checksum], {
    home: folder.path,
  });
  assert.equal(added.exitCode, 0, added.stderr);
  const stick = join(folder.path, 'stick');
  renameSync(join(world.data, 'trust', 'offline'), stick);
  const file = join(folder.path, 'next-root.json');
  const begun = await run(['trust', 'rotate', 'tuf', file]);
  assert.equal(begun.exitCode, 0, begun.stderr);
  assert.match(begun.stderr, /^Root 2 takes the place of root 1/);
  for (const role of ['targets', 'snapshot', 'timestamp'])
    assert.match(
      begun.stderr,
      new RegExp(`[0-9a-f]{12} signs ${role}, online\\. [0-9a-f]{12} signs ${role} no more`),
    );
  const waiting = JSON.parse((await run(['keys', '--format', 'json'])).stdout) as Report;
  assert.match(
    waiting.keys.find(({ purpose }) => purpose === 'tuf-request')?.renewal ?? '',
    /^plimsoll trust root sign FILE/,
  );

  const key = join(stick, readdirSync(stick).find((name) => name.startsWith('tuf-root-')) ?? '');
  const passphrase = readFileSync(join(stick, 'passphrase'), 'utf8');
  const sign = ['trust', 'root', 'sign', file, '--key', key, '--yes', '--passphrase-stdin'];
  assert.match((await run(sign, passphrase)).stdout, /is signed by/);
  const apply = await runCommand(['trust', 'root', 'apply', file], {
    home: folder.path,
    flags: { '--data': world.data },
  });
  assert.match(apply.stdout, /^root 2 is accepted/, apply.stderr);
  assert.match((await run(['trust', 'rotate', 'tuf'])).stderr, /trust\.rotation_pending/);
  // The minute in which the server looks for it is not waited for: any renewal publishes.
  assert.equal((await run(['trust', 'rotate', 'certificate-log'])).exitCode, 0);
  const followed = await run(['trust', 'refresh', 'here']);
  assert.match(followed.stdout, /here +root 2 /, followed.stderr);
  const settled = JSON.parse((await run(['keys', '--format', 'json'])).stdout) as Report;
  const states = settled.keys.filter(({ purpose }) => purpose.startsWith('tuf'));
  assert.deepEqual(states.map(({ purpose, state }) => `${purpose} ${state}`).toSorted(), [
    'tuf fine',
    'tuf-root fine',
    'tuf-root fine',
  ]);
  const [second] = world.rows(
    "select valid_until from trust_key where purpose = 'tuf' and valid_until is null",
  );
  assert.ok(second !== undefined);
});

test('trust rotate root: another root where the former one’s key is, and the next certificates by a key in a place', async (t) => {
  using folder = temporaryFolder();
  let skewMs = 0;
  await using world = await bootProduct({ clock: { now: () => Date.now() + skewMs } });
  const run = await login(folder.path, world);
  const stick = join(folder.path, 'stick');
  renameSync(join(world.data, 'trust', 'offline'), stick);
  const file = join(folder.path, 'renewal.json');
  const certify = ['trust', 'certify', file, '--yes'];
  assert.equal((await run(['trust', 'rotate', 'all', file])).exitCode, 0);
  assert.match(
    (await run([...certify, '--new-root', '--root-folder', stick])).stderr,
    /asks for no new root/,
  );

  skewMs = 2 * 60 * 60 * 1000;
  const begun = await run(['trust', 'rotate', 'root', file]);
  assert.equal(begun.exitCode, 0, begun.stderr);
  assert.match(begun.stderr, /trust certify \S+ --new-root --root-folder FOLDER/);
  for (const [line, why] of [
    [['--root-folder', stick], /give --new-root/],
    [['--new-root'], /takes --root-folder/],
    [['--new-root', '--new-root-key', 'x'], /give --new-root/],
    [['--new-root-key', 'x'], /endorses the new one/],
  ] as const)
    assert.match((await run([...certify, ...line])).stderr, why, line.join(' '));
  const certified = await run([...certify, '--new-root', '--root-folder', stick]);
  assert.equal(certified.exitCode, 0, certified.stderr);
  assert.match(certified.stderr, /asks for a new root in place of its root, SHA-256 [0-9a-f]{64}/);
  assert.match(
    certified.stdout,
    /^The new root has SHA-256 [0-9a-f]{64}, its key is file:root-[0-9a-f]{8}\.pem\./,
  );
  assert.match(certified.stdout, /The former root’s key endorses it\./);
  const applied = await run(['trust', 'rotate', '--certified', file]);
  assert.match(applied.stdout, /^root: the new key [0-9a-f]{16} signs from/, applied.stderr);
  assert.deepEqual(await rootSize(world), [2, 2, 2, 2]);

  // The new root's key is in a service that a plug-in speaks for.
  skewMs = 4 * 60 * 60 * 1000;
  const asked = await run(['trust', 'rotate', 'issuing', file]);
  assert.equal(asked.exitCode, 0, asked.stderr);
  const reference = JSON.parse(readFileSync(file, 'utf8')).rootReference.replace('file:', '');
  const passphrase = readFileSync(join(stick, 'passphrase'), 'utf8').trim();
  const key = createPrivateKey({ key: readFileSync(join(stick, reference), 'utf8'), passphrase });
  const plugin = writePlugin(t);
  writePluginKey(plugin, key);
  const certifyThere = (...line: readonly string[]) =>
    runCommand([...certify, ...line], { home: folder.path, env: { PATH: plugin.env.PATH ?? '' } });
  assert.match((await certifyThere()).stderr, /cli\.usage/);
  assert.match((await certifyThere('--root-key', 'a', '--root-folder', 'b')).stderr, /cli\.usage/);
  const there = await certifyThere('--root-key', plugin.reference);
  assert.equal(there.exitCode, 0, there.stderr);
  assert.equal((await run(['trust', 'rotate', '--certified', file])).exitCode, 0);
  assert.deepEqual(await rootSize(world), [2, 2, 3, 2]);

  // And where a root's key is lost, only a person's word counts.
  skewMs = 8 * 60 * 60 * 1000;
  assert.equal((await run(['trust', 'rotate', 'root', file])).exitCode, 0);
  const other = join(folder.path, 'other');
  const alone = await run([...certify, '--new-root', '--root-folder', other, '--without-endorsement']);
  assert.match(alone.stdout, /Nothing endorses it\./, alone.stderr);
  const [sha256] = /[0-9a-f]{64}/.exec(alone.stdout) ?? [];
  const bring = ['trust', 'rotate', '--certified', file];
  assert.match((await run(bring)).stderr, /trust\.root_unendorsed/);
  assert.match((await run([...bring, '--without-endorsement'])).stderr, /cli\.nothing_to_ask/);
  assert.match((await run([...bring, '--without-endorsement', 'abc'])).stderr, /cli\.option_invalid/);
  const taken = await run([...bring, '--without-endorsement', `sha256:${sha256}`]);
  assert.equal(taken.exitCode, 0, taken.stderr);
  const [audit] = world.rows("select detail_json from audit where target = 'root' order by seq desc limit 1");
  assert.match(String(audit?.detail_json), /"isEndorsed":false/);
});
