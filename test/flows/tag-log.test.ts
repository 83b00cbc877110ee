// Promise: what a tag pointed to, who moved it and when is in a log that nobody can rewrite unnoticed; a release
// stays what it is. An independent verifier, which knows HTTP and the formats alone, comes to the same.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TagHistory, TagLogFacts, TagMove, TagRule } from '../../src/entry/http/contract-tag.ts';
import { formatCheckpoint, parseCheckpoint } from '../../src/formats/crypto/checkpoint.ts';
import { emptyEdge, growEdge, hashLeaf, isSameHash, rootOfEdge } from '../../src/formats/crypto/merkle.ts';
import { createNoteSigner, formatNoteKey, parseNoteKey, verifyNote } from '../../src/formats/crypto/note.ts';
import { isIncluded } from '../../src/formats/crypto/proof.ts';
import { parseBundle } from '../../src/formats/crypto/tile.ts';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, queryRows, temporaryFolder } from '../world/product.ts';

let world: ProductWorld;
let home: ReturnType<typeof temporaryFolder>;
const one = debianImage(['bash 5.2-1']);
const two = debianImage(['bash 5.2-2']);
const clock = { time: Date.parse('2026-11-20T12:00:00Z'), now: () => clock.time };

before(async () => {
  home = temporaryFolder();
  world = await bootProduct({ clock });
  await world.push('team/app', 'latest', one);
  clock.time += 60_000;
  await world.push('team/app', 'latest', two);
  await world.push('team/app', '1.2.3', one);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

const command = (...argv: string[]) => runCommand(argv, { home: home.path });
const history = (reference: string): Promise<TagHistory> =>
  world.get(`/api/v1/repositories/team/app/-/history/${reference}`);

async function fetchBytes(path: string): Promise<Uint8Array> {
  const response = await world.send('GET', path);
  assert.equal(response.status, 200, path);
  return new Uint8Array(await response.arrayBuffer());
}

test('an independent verifier comes from the key to every entry, by HTTP alone', async () => {
  const { key, origin, size } = await world.get<TagLogFacts>('/api/v1/tag-log');
  const response = await world.send('GET', '/tlog/checkpoint');
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  const note = await response.text();
  const head = parseCheckpoint(verifyNote(note, parseNoteKey(key)));
  assert.deepEqual({ origin: head.origin, size: head.size }, { origin, size });
  assert.equal(size, 3);
  const entries = parseBundle(await fetchBytes('/tlog/tile/entries/000.p/3'), 3);
  const edge = entries.reduce((grown, entry) => growEdge(grown, hashLeaf(entry)).edge, emptyEdge);
  assert.ok(isSameHash(rootOfEdge(edge), head.root));
  const proof = await (await world.send('GET', '/api/v1/tag-log/proof?leaf=1')).text();
  const path = proof.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  const leaf = hashLeaf(entries[1] as Uint8Array);
  const hashes = path.map((line) => Buffer.from(line, 'base64'));
  assert.ok(isIncluded({ leaf, index: 1, size, proof: hashes, root: head.root }));
  assert.equal((await world.problem('/api/v1/tag-log/proof?leaf=3', 404)).code, 'registry.leaf_unknown');
});

test('tiles are kept for ever by caches, entries are compressed where that is taken, the rest is not there', async () => {
  const tile = await world.send('GET', '/tlog/tile/0/000.p/3');
  assert.equal(tile.headers.get('content-type'), 'application/octet-stream');
  assert.equal(tile.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal((await tile.arrayBuffer()).byteLength, 96);
  const plain = await world.send('GET', '/tlog/tile/entries/000.p/2', {
    headers: { 'accept-encoding': 'identity' },
  });
  assert.equal(plain.headers.get('content-encoding'), null);
  const packed = await world.send('GET', '/tlog/tile/entries/000.p/2', {
    headers: { 'accept-encoding': 'gzip' },
  });
  assert.equal(packed.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(await packed.arrayBuffer(), await plain.arrayBuffer());
  assert.equal((await world.send('HEAD', '/tlog/tile/0/000.p/3')).status, 200);
  for (const path of [
    'tile/0/000',
    'tile/0/000.p/4',
    'tile/1/000.p/1',
    'tile/0/0',
    'tile/entries/001.p/1',
    'x',
    '',
  ])
    assert.equal((await world.send('GET', `/tlog/${path}`)).status, 404, path);
  assert.equal((await world.send('POST', '/tlog/checkpoint')).status, 405);
});

test('the history says who, when, from what, to what; and what a tag was at a time', async () => {
  const { moves } = await history('latest');
  assert.deepEqual(
    moves.map(({ leaf, kind, digest, previous, at, by, via }) => ({
      leaf,
      kind,
      digest,
      previous,
      at,
      by,
      via,
    })),
    [
      {
        leaf: 1,
        kind: 'moved',
        digest: two.digest,
        previous: one.digest,
        at: '2026-11-20T12:01:00.000Z',
        by: 'admin',
        via: 'push',
      },
      {
        leaf: 0,
        kind: 'moved',
        digest: one.digest,
        previous: undefined,
        at: '2026-11-20T12:00:00.000Z',
        by: 'admin',
        via: 'push',
      },
    ],
  );
  const then = await history('latest?at=2026-11-20T13:00:30%2B01:00');
  assert.deepEqual(then.at, { at: '2026-11-20T12:00:30.000Z', digest: one.digest, leaf: 0, isHeld: true });
  assert.deepEqual(
    then.moves.map(({ leaf }) => leaf),
    [0],
  );
  const earlier = await history('latest?at=2026-11-19T00:00:00Z');
  assert.deepEqual(earlier.at, { at: '2026-11-19T00:00:00.000Z', isHeld: false });
  assert.deepEqual(earlier.moves, []);
  const first = await history('latest?limit=1');
  assert.equal(first.moves.length, 1);
  const rest = await history(`latest?limit=1&cursor=${first.cursor}`);
  assert.deepEqual(
    rest.moves.map(({ leaf }) => leaf),
    [0],
  );
  assert.equal(rest.cursor, undefined);
  const path = '/api/v1/repositories/team/app/-/history';
  assert.equal((await world.problem(`${path}/never`, 404)).code, 'registry.manifest_unknown');
  assert.equal((await world.problem(`${path}/latest?at=yesterday`, 400)).code, 'http.query_invalid');
});

test('a release does not move: the registry says so and what to do', async () => {
  const bearer = `Bearer ${await world.token('repository:team/app:pull,push,delete')}`;
  const [manifest] = two.manifests;
  const refused = await world.send('PUT', '/v2/team/app/manifests/1.2.3', {
    headers: { authorization: bearer, 'content-type': manifest?.mediaType ?? '' },
    body: manifest?.bytes as Uint8Array<ArrayBuffer>,
  });
  assert.equal(refused.status, 409);
  const { errors } = (await refused.json()) as { errors: { code: string; message: string }[] };
  assert.equal(errors[0]?.code, 'DENIED');
  assert.match(errors[0]?.message ?? '', /^tag 1\.2\.3 of team\/app is a release and stays what it is/);
  for (const reference of ['1.2.3', one.digest]) {
    const path = `/v2/team/app/manifests/${reference}`;
    const kept = await world.send('DELETE', path, { headers: { authorization: bearer } });
    assert.equal(kept.status, 409, reference);
    assert.match(await kept.text(), /plimsoll repository untag HOST\/team\/app:1\.2\.3 --reason/);
  }
  await world.push('team/app', '1.2.3', one);
});

test('deleting a release and changing the rule are for administrators, and need a reason and a rule', async () => {
  const path = '/api/v1/repositories/team/app';
  const tag = `${path}/-/tags/1.2.3`;
  const remove = { method: 'DELETE', body: { reason: 'why not' } };
  assert.equal((await world.problem(tag, 401, remove)).code, 'hub.login_required');
  for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }])
    assert.equal(
      (await world.problem(tag, 400, { ...remove, isAdmin: true, body })).code,
      'http.body_invalid',
    );
  const patch = { method: 'PATCH', body: { immutableTags: ['(a+)+'] } };
  assert.equal((await world.problem(path, 401, patch)).code, 'hub.login_required');
  assert.equal(
    (await world.problem(path, 400, { ...patch, isAdmin: true })).code,
    'registry.tag_pattern_invalid',
  );
  const rule = await world.get<TagRule>(path, {
    ...patch,
    isAdmin: true,
    body: { immutableTags: ['latest'] },
  });
  assert.deepEqual(rule.immutableTags, ['latest']);
  assert.deepEqual(await world.get<TagRule>(`${path}/-/tag-rule`), rule);
  await world.get(path, { ...patch, isAdmin: true, body: { immutableTags: null } });
  const move = await world.get<TagMove>(tag, {
    ...remove,
    isAdmin: true,
    body: { reason: 'a key was in it' },
  });
  assert.equal(move.kind, 'deleted');
  assert.equal(move.reason, 'a key was in it');
  assert.equal(move.previous, one.digest);
  assert.equal(
    (await world.problem(tag, 404, { ...remove, isAdmin: true })).code,
    'registry.manifest_unknown',
  );
});

test('`plimsoll history` shows the moves, and what the tag was', async () => {
  const shown = await command('history', `${world.host}/team/app:latest`);
  assert.equal(shown.exitCode, 0, shown.stderr);
  const [from, to] = [one, two].map(({ digest }) => digest.slice(0, 19));
  const lines = shown.stdout.split('\n');
  assert.match(lines[0] ?? '', /^WHEN +WHO +HOW +FROM → TO +LEAF$/);
  assert.equal(lines[1]?.replace(/ +/g, ' '), `2026-11-20T12:01:00Z admin push ${from} → ${to} 1`);
  const [, older] = lines.filter((line) => line.startsWith('2026-'));
  assert.equal(older?.replace(/ +/g, ' '), `2026-11-20T12:00:00Z admin push (none) → ${from} 0`);
  const then = await command('history', `${world.host}/team/app:latest`, '--at', '2026-11-20T12:00:30Z');
  assert.match(
    then.stdout,
    new RegExp(`was this at 2026-11-20T12:00:30\\.000Z:\n${world.host}/team/app@${one.digest}\n`),
  );
  const absent = await command('history', `${world.host}/team/app:latest`, '--at', '2026-11-20');
  assert.equal(absent.exitCode, 3);
  assert.equal(absent.stdout, 'team/app:latest was not there at 2026-11-20T00:00:00.000Z\n');
  const never = await command('history', `${world.host}/team/app:never`);
  assert.equal(never.exitCode, 3);
  assert.match(never.stderr, /never had a tag never/);
  for (const bad of [
    ['--at', 'soon'],
    ['--limit', '0'],
    ['--log-key', 'x'],
  ])
    assert.equal((await command('history', `${world.host}/team/app:latest`, ...bad)).exitCode, 1);
  assert.equal((await command('history', `${world.host}/team/app@${one.digest}`)).exitCode, 1);
});

test('`plimsoll history --verify` proves it, and remembers what it saw', async () => {
  const first = await command('history', `${world.host}/team/app:latest`, '--verify');
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(
    first.stderr,
    /is trusted by the key it shows now, plimsoll\/[0-9a-f]{16}\+[0-9a-f]{8}; kept in .*tag-logs/,
  );
  assert.match(first.stdout, /● in the log: 2 moves of the tag log plimsoll\/[0-9a-f]{16}, 4 leaves/);
  assert.match(first.stdout, /● served: the registry serves for this tag what its last move says/);
  assert.match(first.stdout, /◌ first look: no earlier checkpoint/);
  assert.match(first.stdout, /● read whole: no other move of this tag/);
  const again = await command(
    'history',
    `${world.host}/team/app:latest`,
    '--verify',
    '--at',
    '2026-11-20T12:00:30Z',
    '-f',
    'json',
  );
  assert.equal(again.stderr, '');
  const { at, moves, proven } = JSON.parse(again.stdout);
  assert.deepEqual(at, { at: '2026-11-20T12:00:30.000Z', digest: one.digest, leaf: 0 });
  assert.equal(moves.length, 1);
  assert.equal(moves[0].by, 'admin');
  assert.equal(proven.grownFrom, 4);
  assert.equal(proven.isWhole, true);
  const folder = join(home.path, '.local/state/plimsoll/tag-logs');
  const [file = ''] = readdirSync(folder);
  const kept = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { key } = await world.get<TagLogFacts>('/api/v1/tag-log');
  assert.equal(kept.key, key);
  assert.match(kept.note, /^plimsoll\/[0-9a-f]{16}\n4\n/);
  const given = await command('history', `${world.host}/team/app:latest`, '--verify', '--log-key', key);
  assert.equal(given.exitCode, 0, given.stderr);
  const other = formatNoteKey(createNoteSigner('other', new Uint8Array(32)).key);
  const refused = await command('history', `${world.host}/team/app:latest`, '--verify', '--log-key', other);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /is trusted; delete .* to trust another/);
  writeFileSync(join(folder, file), '{}');
  const unreadable = await command('history', `${world.host}/team/app:latest`, '--verify');
  assert.equal(unreadable.exitCode, 1);
  assert.match(unreadable.stderr, /cli\.log_memory_unreadable/);
});

test('`plimsoll history --verify` refuses a server that lies, loudly, and does not forget what it saw', async () => {
  const lies: readonly (readonly [RegExp, RegExp, (path: string, text: string) => string])[] = [
    [/checkpoint$/, /crypto\.note_untrusted/, (_, text) => text.replace('\n4\n', '\n3\n')],
    [
      /history/,
      /registry\.log_entry_unproven/,
      (_, text) => text.replaceAll('\\"by\\":\\"admin\\"', '\\"by\\":\\"nobody\\"'),
    ],
    [
      /history/,
      /registry\.log_move_hidden/,
      (_, text) => JSON.stringify({ ...JSON.parse(text), moves: JSON.parse(text).moves.slice(0, 1) }),
    ],
    [/v2\/team\/app\/manifests\/latest$/, /registry\.tag_not_logged/, () => served(one)],
    [
      /entries/,
      /registry\.log_(?:forked|entry_unproven)/,
      (_, text) => text.replace('"by":"admin"', '"by":"ad_in"'),
    ],
  ];
  for (const [where, code, lie] of lies) {
    using server = await startLiar(world.url, where, lie);
    using folder = temporaryFolder();
    const ran = await runCommand(['history', `${server.host}/team/app:latest`, '--verify'], {
      home: folder.path,
    });
    assert.equal(ran.exitCode, 1, String(code));
    assert.match(ran.stderr, code);
    assert.throws(() => readdirSync(join(folder.path, '.local/state/plimsoll/tag-logs')), { code: 'ENOENT' });
  }
});

test('a server that was rolled back or forked is noticed by whoever saw it before', async () => {
  using data = temporaryFolder();
  using user = temporaryFolder();
  const listen = await takePort();
  const run = (...argv: string[]) => runCommand(argv, { home: user.path });
  const reference = `${listen}/team/app:latest`;
  const options = { folder: data.path, listen, clock };
  await using first = await bootProduct(options);
  await first.push('team/app', 'latest', one);
  await first.push('team/app', 'latest', two);
  assert.equal((await run('history', reference, '--verify')).exitCode, 0);
  await first[Symbol.asyncDispose]();
  const rewrite = (...statements: string[]) => {
    for (const statement of statements) queryRows(join(data.path, 'data'), statement);
  };
  // As from a backup that was made before everything; the key is the same.
  rewrite('update tag set leaf = null', 'delete from tag_leaf', `update tag_log set size = 0, edge = x''`);
  await using second = await bootProduct(options);
  const rolledBack = await run('history', reference, '--verify');
  assert.equal(rolledBack.exitCode, 1);
  assert.match(rolledBack.stderr, /had 2 leaves when it was seen last and has 1 now: leaves were taken away/);
  assert.match(rolledBack.stderr, /registry\.log_forked/);
  await second.push('team/app', 'latest', one);
  await second.push('team/app', 'latest', two);
  const forked = await run('history', reference, '--verify');
  assert.equal(forked.exitCode, 1);
  assert.match(forked.stderr, /does not continue the one of 2 that was seen last: its past was changed/);
  assert.match(forked.stderr, /Trust no tag of this server for now/);
});

test('tags of before the log are adopted at the start, before anything is served', async () => {
  using data = temporaryFolder();
  {
    await using before = await bootProduct({ folder: data.path, clock });
    await before.push('team/app', 'old', one);
  }
  const folder = join(data.path, 'data');
  for (const statement of [
    'update tag set leaf = null',
    'delete from tag_leaf',
    `update tag_log set size = 0, edge = x''`,
  ])
    queryRows(folder, statement);
  clock.time += 3_600_000;
  await using after = await bootProduct({ folder: data.path, clock });
  const { moves } = await after.get<TagHistory>('/api/v1/repositories/team/app/-/history/old');
  assert.equal(moves.length, 1);
  assert.equal(moves[0]?.kind, 'adopted');
  assert.equal(moves[0]?.since, '2026-11-20T12:01:00.000Z');
  assert.equal(moves[0]?.by, 'plimsoll');
});

test('of a private repository the log tells nothing, its readers all', async () => {
  await world.push('secret/app', 'first', one);
  world.rows(`update repository set is_public = 0 where name = 'secret/app'`);
  await world.push('secret/app', 'hidden-tag', one);
  const { size } = await world.get<TagLogFacts>('/api/v1/tag-log');
  const text = Buffer.from(await fetchBytes(`/tlog/tile/entries/000.p/${size}`)).toString('latin1');
  assert.doesNotMatch(text, /hidden-tag/);
  const path = '/api/v1/repositories/secret/app/-/history/hidden-tag';
  assert.equal((await world.problem(path, 404)).code, 'hub.repository_missing');
  const { moves } = await world.get<TagHistory>(path, { isAdmin: true });
  assert.match(moves[0]?.salt ?? '', /^[0-9a-f]{64}$/);
  const login = ['login', world.host, '-u', 'admin', '--password-stdin'];
  using user = temporaryFolder();
  const asUser = { home: user.path };
  assert.equal((await runCommand(['history', `${world.host}/secret/app:hidden-tag`], asUser)).exitCode, 3);
  assert.equal((await runCommand(login, { ...asUser, stdin: password })).exitCode, 0);
  const ran = await runCommand(['history', `${world.host}/secret/app:hidden-tag`, '--verify'], asUser);
  assert.equal(ran.exitCode, 0, ran.stderr);
  assert.match(ran.stdout, /● in the log: 1 move/);
});

test('`plimsoll repository` shows and sets the rule, and deletes a release with a reason', async () => {
  using user = temporaryFolder();
  const run = (...argv: string[]) => runCommand(argv, { home: user.path });
  const name = `${world.host}/team/app`;
  assert.match(
    (await run('repository', 'show', name)).stdout,
    /^immutable tags: #\.#\.#, v#\.#\.#\nsentinel: log \(as the server\)\n$/,
  );
  const denied = await run('repository', 'set', name, '--immutable-tags', '');
  assert.equal(denied.exitCode, 3);
  assert.match(denied.stderr, /to change the settings of team\/app needs a login/);
  await runCommand(['login', world.host, '-u', 'admin', '--password-stdin'], {
    home: user.path,
    stdin: password,
  });
  assert.match(
    (await run('repository', 'set', name, '--immutable-tags', '')).stdout,
    /none: every tag may move/,
  );
  await world.push('team/app', '2.0.0', one);
  await world.push('team/app', '2.0.0', two);
  assert.match((await run('repository', 'set', name, '--immutable-tags', 'default')).stdout, /#\.#\.#/);
  assert.equal((await run('repository', 'set', name)).exitCode, 1);
  assert.equal((await run('repository', 'untag', name, '--reason', 'x')).exitCode, 1);
  assert.equal((await run('repository', 'untag', `${name}:2.0.0`)).exitCode, 1);
  const gone = await run('repository', 'untag', `${name}:2.0.0`, '--reason', 'pushed by mistake');
  assert.equal(gone.stdout, `deleted ${name}:2.0.0\n`);
  const [last] = (await history('2.0.0')).moves;
  assert.equal(last?.reason, 'pushed by mistake');
  assert.equal(last?.via, 'api');
});

/** The bytes of an image's root, as the registry sends them. */
function served(image: typeof one): string {
  const root = image.manifests.find(({ digest }) => digest === image.digest);
  return Buffer.from(root?.bytes ?? []).toString('latin1');
}

/** A free port for now, to start again on the same address. */
async function takePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** A proxy that changes what it passes on at one kind of address. */
async function startLiar(
  url: string,
  where: RegExp,
  lie: (path: string, text: string) => string,
): Promise<Disposable & { readonly host: string }> {
  const server: Server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const { authorization, accept } = request.headers;
    const answer = await fetch(new URL(path, url), {
      headers: {
        'accept-encoding': 'identity',
        ...(accept === undefined ? {} : { accept }),
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isChanged = where.test(path.replace(/\?.*$/, ''));
    // Entries are bytes with lengths between: changed without another length.
    const body = isChanged ? Buffer.from(lie(path, bytes.toString('latin1')), 'latin1') : bytes;
    const challenge = answer.headers.get('www-authenticate');
    response
      .writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
        ...(challenge === null ? {} : { 'www-authenticate': challenge }),
      })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a checkpoint that the server never signed is not a checkpoint of its log', async () => {
  const thief = createNoteSigner('plimsoll/0', new Uint8Array(32));
  const note = thief.sign(formatCheckpoint({ origin: 'plimsoll/0', size: 0, root: rootOfEdge(emptyEdge) }));
  const { key } = await world.get<TagLogFacts>('/api/v1/tag-log');
  assert.throws(() => verifyNote(note, parseNoteKey(key)), { code: 'crypto.note_untrusted' });
});
