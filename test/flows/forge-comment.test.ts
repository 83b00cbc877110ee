// Promise: a job writes its report into a pull request as one comment, on GitHub, GitLab and Forgejo, and updates
// it from then on; from a fork, where it may not, it says so and exits with 3. The command as it is installed, a
// process of its own, against servers that answer as the forges do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ForgeKind, forgeKinds } from '../../src/io/forges/forge.ts';
import { root } from '../house.ts';
import {
  type ForgeOptions,
  type ForgeServer,
  project,
  pullNumber,
  startForge,
  stranger,
} from '../world/forges.ts';
import { temporaryFolder } from '../world/product.ts';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function serve(t: TestContext, kind: ForgeKind, options: ForgeOptions = {}): Promise<ForgeServer> {
  const server = await startForge(kind, options);
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

/** `plimsoll comment` with a token in its environment and the body on standard input. */
async function comment(
  server: ForgeServer,
  body: string,
  more: readonly string[] = [],
  token = server.token,
): Promise<Ended> {
  const target = ['--forge', server.kind, '--api-url', server.apiUrl, '--project', project];
  const child = spawn(
    process.execPath,
    [
      join(root, 'bin/plimsoll.js'),
      'comment',
      ...target,
      '--pull',
      `${pullNumber}`,
      '--key',
      'scan',
      ...more,
    ],
    { env: { HOME: '/nonexistent', PLIMSOLL_FORGE_TOKEN: token }, stdio: 'pipe' },
  );
  child.stdin.on('error', () => {});
  child.stdin.end(body);
  const ended = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      ended[name] += text;
    });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  assert.ok(!`${ended.stdout}${ended.stderr}`.includes('s3cret'), 'the token is never said');
  return { exitCode, ...ended };
}

const MARKER = '<!-- plimsoll:comment scan -->';

for (const kind of forgeKinds)
  test(`${kind}: one comment is written, found again among many and updated`, async (t) => {
    const server = await serve(t, kind, { pageSize: 30 });
    for (let at = 0; at < 40; at += 1) server.add(`talk ${at}`, stranger);
    server.add(`${MARKER}\nforged`, stranger);
    const first = await comment(server, '# One\n');
    assert.deepEqual([first.exitCode, first.stderr], [0, 'Wrote a new comment\n']);
    for (let at = 0; at < 40; at += 1) server.add(`more talk ${at}`, stranger);
    const second = await comment(server, '# Two\n');
    assert.deepEqual([second.exitCode, second.stderr], [0, 'Updated the comment\n']);
    assert.equal(second.stdout, first.stdout);
    assert.ok(URL.canParse(first.stdout.trim()));
    const mine = server.comments.filter(({ author }) => author.id === server.me.id);
    assert.deepEqual(
      mine.map(({ body }) => body),
      [`${MARKER}\n# Two\n`],
    );
    const answerLost = kind === 'gitlab' ? 'PUT' : 'PATCH';
    server.fail(answerLost, { kind: 'lost' });
    assert.equal((await comment(server, '# Three\n')).exitCode, 0);
  });

test('a fork’s token: nothing is written, the reason is told, the exit code is 3', async (t) => {
  const server = await serve(t, 'github', { isReadOnly: true });
  const { exitCode, stdout, stderr } = await comment(server, '# One\n');
  assert.deepEqual([exitCode, stdout], [3, '']);
  assert.match(stderr, /Resource not accessible by integration/);
  assert.match(stderr, /the pull request comes from a fork, whose token may not write/);
  assert.match(stderr, /the answer is in the job’s summary[\s\S]*\[forges\.denied\]/);
  assert.deepEqual(server.comments, []);
});

test('no token, a wrong one, and a pull request that is not there: 3, with the reason', async (t) => {
  const server = await serve(t, 'gitlab');
  const none = await comment(server, 'x', [], '');
  assert.equal(none.exitCode, 3);
  assert.match(none.stderr, /no token is set for gitlab.*\n.*\[forges\.unauthenticated\]/);
  assert.deepEqual(server.requests, []);
  const wrong = await comment(server, 'x', [], 's3cret-wrong');
  assert.equal(wrong.exitCode, 3);
  assert.match(wrong.stderr, /401 Unauthorized.*\n.*\[forges\.unauthenticated\]/);
  const absent = await comment(server, 'x', ['--pull', '8']);
  assert.equal(absent.exitCode, 3);
  assert.match(absent.stderr, /comments of team\/app!8: .*answers 404.*\n.*\[forges\.target_missing\]/);
});

test('an answer that was lost makes no second comment', async (t) => {
  const server = await serve(t, 'forgejo');
  server.fail('POST', { kind: 'lost' });
  const { exitCode } = await comment(server, '# One\n');
  assert.equal(exitCode, 0);
  assert.deepEqual(
    server.comments.map(({ body }) => body),
    [`${MARKER}\n# One\n`],
  );
});

test('a report of megabytes from a file is cut to what the forge takes, with a way to all of it', async (t) => {
  const server = await serve(t, 'github');
  using folder = temporaryFolder();
  const file = join(folder.path, 'report.md');
  const section = `<details><summary>Packages</summary>\n\n${'a package\n'.repeat(20_000)}\n</details>\n`;
  writeFileSync(file, `# The answer\n\n${section.repeat(10)}`);
  const { exitCode } = await comment(server, '', ['--body-file', file, '--link', 'https://ci.example.org/1']);
  assert.equal(exitCode, 0);
  assert.equal(
    server.comments[0]?.body,
    `${MARKER}\n# The answer\n\nCut to what GitHub takes (65,536 characters). [All of it](https://ci.example.org/1)\n`,
  );
  writeFileSync(file, 'x'.repeat(4 * 1024 * 1024 + 1));
  const tooLong = await comment(server, '', ['--body-file', file]);
  assert.equal(tooLong.exitCode, 1);
  assert.match(tooLong.stderr, /has more than 4\.2 MB\n.*\[app\.document_too_large\]/);
});

test('a rate limit of an hour ends the command with the time at which it ends', async (t) => {
  const server = await serve(t, 'github');
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' };
  server.fail('GET', { kind: 'answer', status: 403, headers, body: '{"message":"API rate limit exceeded"}' });
  const { exitCode, stderr } = await comment(server, 'x');
  assert.equal(exitCode, 1);
  assert.match(stderr, /asks to wait until 2100-01-01T00:00:00\.000Z.*\n.*\[forges\.rate_limited\]/);
});
