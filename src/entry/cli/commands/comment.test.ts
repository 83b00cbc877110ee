import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgeErrors } from '../../../io/forges/errors.ts';
import type { Forge, ForgeComment, ForgeTarget } from '../../../io/forges/forge.ts';
import { limits } from '../../../kit/limits.ts';
import { createFakeWorld, type FakeWorldOptions } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';

const ARGS = ['comment', '--forge', 'github', '--project', 'team/app', '--pull', '7', '--key', 'inspect'];
const MARKER = '<!-- plimsoll:comment inspect -->';

/** A pull request in memory, its comments, and which one was opened. */
function pullWorld(options: FakeWorldOptions = {}, world: Partial<CliWorld> = {}) {
  const comments: ForgeComment[] = [];
  const opened: { kind: string; target: ForgeTarget }[] = [];
  let lastId = 0;
  const put = (id: string, body: string): ForgeComment => {
    const comment = { id, body, url: `https://forge.invalid/7#${id}` };
    const at = comments.findIndex((one) => one.id === id);
    comments.splice(at < 0 ? comments.length : at, 1, comment);
    return comment;
  };
  const forge: Forge = {
    name: 'GitHub',
    maxCommentChars: 2_000,
    listComments: async (marker) => comments.filter(({ body }) => body.startsWith(marker)),
    createComment: async (body) => put(`${++lastId}`, body),
    updateComment: async (id, body) => put(id, body),
    deleteComment: async (id) =>
      void comments.splice(
        comments.findIndex((one) => one.id === id),
        1,
      ),
  };
  const fake = createFakeWorld({
    stdin: '# Report\n',
    ...options,
    world: {
      async openForge(kind, target) {
        opened.push({ kind, target });
        return forge;
      },
      ...world,
    },
  });
  return { ...fake, comments, opened, put };
}

test('standard input becomes the comment, its address goes to standard output', async () => {
  const { run, comments, opened } = pullWorld();
  assert.deepEqual(await run(...ARGS), {
    exitCode: 0,
    stdout: 'https://forge.invalid/7#1\n',
    stderr: 'Wrote a new comment\n',
  });
  assert.deepEqual(opened, [
    { kind: 'github', target: { apiUrl: 'https://api.github.com', project: 'team/app', number: 7 } },
  ]);
  assert.equal(comments[0]?.body, `${MARKER}\n# Report\n`);
  assert.equal((await run(...ARGS)).stderr, 'The comment says this already; nothing was written\n');
});

test('a file becomes the comment; earlier ones of the key are updated or deleted, or kept', async () => {
  const { run, files, comments, put } = pullWorld();
  files.set('report.md', 'from a file');
  put('a', `${MARKER}\nold`);
  put('b', `${MARKER}\nolder race`);
  const { stderr, stdout } = await run(...ARGS, '--body-file', 'report.md');
  assert.equal(stderr, 'Updated the comment; deleted 1 older one of its key\n');
  assert.equal(stdout, 'https://forge.invalid/7#a\n');
  await run(...ARGS, '--body-file', 'report.md', '--keep-previous');
  await run(...ARGS, '--body-file', 'report.md', '--keep-previous');
  assert.deepEqual(
    comments.map(({ body }) => body.split('\n')[0]),
    [MARKER, ...Array<string>(2).fill('<!-- plimsoll:comment inspect kept -->')],
  );
});

test('each forge has its API, Forgejo’s has to be named', async () => {
  const { run, opened } = pullWorld();
  const at = (...words: string[]) =>
    run('comment', '--project', 'a/b', '--pull', '7', '--key', 'k', ...words);
  await at('--forge', 'gitlab');
  await at('--forge', 'forgejo', '--api-url', 'https://codeberg.org/api/v1');
  assert.deepEqual(
    opened.map(({ target }) => target.apiUrl),
    ['https://gitlab.com/api/v4', 'https://codeberg.org/api/v1'],
  );
  const { exitCode, stderr } = await at('--forge', 'forgejo');
  assert.equal(exitCode, 1);
  assert.match(
    stderr,
    /--api-url is needed for forgejo: write https:\/\/HOST\/api\/v1\n.*\[cli\.option_invalid\]/,
  );
});

test('what is cut leads to the link, or to the job’s summary', async () => {
  const { run, comments } = pullWorld({ stdin: 'word '.repeat(1_000) });
  await run(...ARGS, '--link', 'https://ci.example.org/jobs/1');
  assert.match(comments[0]?.body ?? '', /\[All of it\]\(https:\/\/ci\.example\.org\/jobs\/1\)\n$/);
  await run(...ARGS);
  assert.match(comments[0]?.body ?? '', /All of it is in the job’s summary\.\n$/);
});

test('arguments that cannot be are refused before a forge is opened', async () => {
  const { run, opened, files } = pullWorld();
  files.set('empty.md', ' \n');
  for (const [words, told] of [
    [['--forge', 'bitbucket'], /--forge is github, gitlab, forgejo; "bitbucket" is none of them/],
    [['--pull', '0'], /--pull is the number of the pull request; "0" is none/],
    [['--pull', '7x'], /"7x" is none/],
    [['--pull', '12345678901234567'], /is none/],
    [['--key', ' '], /--key is a name of 1 to 200 characters/],
    [['--key', 'k'.repeat(201)], /--key is a name/],
    [['--link', 'javascript:alert(1)'], /--link is a web address of at most 2000 characters/],
    [['--link', `https://x.example/${'a'.repeat(2_000)}`], /--link is a web address/],
    [['--body-file', 'empty.md'], /takes the comment’s text from empty\.md, which is empty/],
  ] as const) {
    const { exitCode, stderr, stdout } = await run(...ARGS, ...words);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, told);
    assert.match(stderr, /\[cli\.option_invalid\]/);
  }
  const { stderr } = await run('comment', '--forge', 'github');
  assert.match(stderr, /required option '--project <project>' not specified/);
  assert.deepEqual(opened, []);
});

test('an empty standard input and a file that is no text are refused; both are read within one bound', async () => {
  const bounds: unknown[] = [];
  const { run } = pullWorld(
    {},
    {
      async readDocument(file, maxBytes) {
        bounds.push(maxBytes);
        return file === '-' ? Uint8Array.of(10) : Uint8Array.of(0xff, file.length);
      },
    },
  );
  assert.match((await run(...ARGS)).stderr, /from standard input, which is empty/);
  assert.match((await run(...ARGS, '--body-file', 'x.bin')).stderr, /x\.bin is not UTF-8 text/);
  assert.deepEqual(bounds, [limits.inputTextBytes, limits.inputTextBytes]);
});

test('exit codes: 3 where it may not or is not there, 1 for anything else', async () => {
  for (const [factory, exitCode] of [
    [forgeErrors.denied, 3],
    [forgeErrors.unauthenticated, 3],
    [forgeErrors.target_missing, 3],
    [forgeErrors.rate_limited, 1],
    [forgeErrors.unavailable, 1],
    [forgeErrors.body_refused, 1],
  ] as const) {
    const { run } = pullWorld(
      {},
      {
        openForge: async () => {
          throw factory('told');
        },
      },
    );
    const ended = await run(...ARGS);
    assert.deepEqual([ended.exitCode, ended.stdout], [exitCode, '']);
    assert.ok(ended.stderr.startsWith('plimsoll: told\n') && ended.stderr.includes(`[${factory.code}]`));
  }
});

test('the help says which rights a token needs and what a fork means', async () => {
  const { stdout, exitCode } = await pullWorld().run('comment', '--help');
  assert.equal(exitCode, 0);
  for (const words of [
    'PLIMSOLL_FORGE_TOKEN',
    'pull-requests: write',
    'write:issue and read:user',
    'from a fork',
  ])
    assert.ok(stdout.includes(words), words);
});
