// `plimsoll part` on a real machine's world: joining, what is shown, leaving, and a command that renews on its way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { runCli } from '../entry/cli/run.ts';
import { INVITATION, startInstance } from '../io/parts/instance.fixture.ts';
import { systemRandom } from '../kit/clock.ts';
import { limits } from '../kit/limits.ts';
import { silentLog } from '../kit/log.ts';
import { createCliWorld } from './cli-world.ts';
import { readConfig, readPlaces } from './config.ts';

const MINUTE = 60_000;

async function open(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'plimsoll-part-'));
  t.after(() => rmSync(home, { recursive: true }));
  const clock = { at: Date.now(), now: () => clock.at };
  const fake = await startInstance(t, clock.now);
  async function run(
    argv: readonly string[],
    stdin = '',
    flags: readonly (readonly [string, string])[] = [],
  ) {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const world = createCliWorld({
      config: await readConfig(new Map(flags), {}),
      places: readPlaces({ HOME: home }),
      surroundings: { clock, random: systemRandom, log: silentLog, version: '1.2.3' },
      signal: new AbortController().signal,
      stdin: Readable.from([stdin], { objectMode: false }),
      ...streams,
      serve: async () => 0,
      serveGate: async () => 0,
    });
    const exitCode = await runCli(argv, world);
    return { exitCode, stdout: await text(streams.stdout.end()), stderr: await text(streams.stderr.end()) };
  }
  return { home, clock, fake, run };
}

test('part: joins by an invitation from a file or standard input, never from the command line', async (t) => {
  const { home, fake, run } = await open(t);
  const file = join(home, 'invitation');
  writeFileSync(file, `${INVITATION}\n`);
  const joined = await run(['part', 'join', fake.instance, '--invitation', file]);
  assert.equal(joined.exitCode, 0, joined.stderr);
  assert.match(joined.stderr, /^Joined 127\.0\.0\.1:\d+ as spiffe:\/\/images\.example\.org\/gate\/prod\n/);
  const again = await run(['part', 'join', fake.instance, '--invitation', '-'], INVITATION);
  assert.match(again.stderr, /partfiles\.host_taken/);
  assert.equal(again.exitCode, 1);
  const once = await run(['part', 'join', fake.instance, '--invitation', '/nowhere', '--once']);
  assert.deepEqual([once.exitCode, fake.asked], [0, ['join']]);
  assert.match(once.stderr, /already/);
  const elsewhere = [['--part-folder', join(home, 'elsewhere')]] as const;
  const second = await run(
    ['part', 'join', fake.instance, '--invitation', '-', '--once'],
    `${INVITATION}\n`,
    elsewhere,
  );
  assert.equal(second.exitCode, 0, second.stderr);
  assert.match((await run(['part', 'show'], '', elsewhere)).stdout, /gate\/prod/);
});

test('part: what is no invitation is said before anybody is asked', async (t) => {
  const { fake, run } = await open(t);
  for (const [argv, stdin, about] of [
    [[], '', /cli\.nothing_to_ask/],
    [['--invitation', '-'], '\n', /cli\.option_invalid/],
    [['--invitation', '-'], 'two words', /cli\.option_invalid/],
    [['--invitation', '-'], 'x'.repeat(limits.partInvitationBytes + 1), /app\.document_too_large/],
    [['--invitation', '/nowhere'], '', /app\.file_unreadable/],
  ] as const) {
    const { exitCode, stderr } = await run(['part', 'join', fake.instance, ...argv], stdin);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, about);
  }
  assert.match((await run(['part', 'join', 'ftp://x'])).stderr, /partfiles\.address_invalid/);
  assert.match((await run(['part', 'join'])).stderr, /cli\.usage/);
  assert.match(
    (await run(['part', 'join', 'http://images.example.org', '--invitation', '-'], INVITATION)).stderr,
    /net\.plaintext_refused/,
  );
  assert.deepEqual(fake.asked, []);
});

test('part: what is held is shown with what is wrong, and left', async (t) => {
  const { home, clock, fake, run } = await open(t);
  assert.match((await run(['part', 'show'])).stderr, /a part of no instance/);
  await run(['part', 'join', fake.instance, '--invitation', '-'], INVITATION);
  const state = async () => JSON.parse((await run(['part', 'show', '-f', 'json'])).stdout).parts[0].state;
  const began = clock.at;
  for (const [at, word] of [
    [0, 'good'],
    [31 * MINUTE, 'due'],
    [61 * MINUTE, 'ended'],
    [limits.partLapseMs + 61 * MINUTE, 'lapsed'],
  ] as const) {
    clock.at = began + at;
    assert.equal(await state(), word);
  }
  const path = join(home, '.local/state/plimsoll/parts', `${fake.host.replace(':', '_')}.json`);
  writeFileSync(path, '{}');
  assert.match((await run(['part', 'show'])).stdout, /damaged: .*version is not 1/);
  const left = await run(['part', 'leave', fake.instance]);
  assert.match(left.stderr, /Forgot the certificate for 127.*\n {2}plimsoll part remove KIND\/NAME/);
  assert.match((await run(['part', 'leave', fake.instance])).stderr, /partfiles\.host_unknown/);
});

test('part: a command asks as the part, renews on its way, and says so where that fails', async (t) => {
  const { clock, fake, run } = await open(t);
  const own = fake.workload.issue({ uris: ['spiffe://images.example.org/instance'] });
  const seen: (string | undefined)[] = [];
  const listener = createServer(
    { cert: own.certificate, key: own.key, ca: fake.workload.certificate, requestCert: true },
    (request, response) => {
      const peer = (request.socket as import('node:tls').TLSSocket).getPeerX509Certificate();
      seen.push(`${peer?.subjectAltName} ${request.headers.authorization ?? 'no login'} ${request.url}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: 'a/b', tags: ['1'] }));
    },
  ).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const address = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  fake.mend = (answer) => ({ ...answer, address });
  // TLS goes by the machine's own clock: what is shown must hold by both.
  fake.lifeMs = 100 * MINUTE;
  clock.at -= 55 * MINUTE;
  await run(['part', 'join', fake.instance, '--invitation', '-'], INVITATION);
  const ask = () => run(['org', 'list', '--host', fake.host]);
  const first = await ask();
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(seen.at(-1) ?? '', /^URI:spiffe:\/\/images\.example\.org\/gate\/prod no login \/api\//);
  clock.at += 51 * MINUTE;
  await ask();
  assert.deepEqual(fake.asked, ['join', 'renew']);
  clock.at += 51 * MINUTE;
  fake.refusal = { status: 503, body: '' };
  const failed = await ask();
  assert.equal(failed.exitCode, 0, 'the one of before still holds');
  assert.match(failed.stderr, /^127.*: the certificate of a part could not be renewed.*answers 503/);
  clock.at += 51 * MINUTE;
  const ended = await ask();
  assert.deepEqual([ended.exitCode, /partfiles\.unavailable/.test(ended.stderr)], [1, true], ended.stderr);
});
