// What every forge's adapter must do, against a server that answers as the real one documents it; each adapter's
// test runs it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ForgeServer, pullNumber, startForge, stranger } from '../../../test/world/forges.ts';
import { formatMarker } from '../../formats/markdown/marker.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { forgeErrors } from './errors.ts';
import type { Forge, ForgeKind } from './forge.ts';
import { putComment } from './put-comment.ts';
import {
  code,
  type ForgeScene,
  MARKER,
  NOW,
  type OpenForge,
  openScene,
  type SceneOptions,
} from './scene.fixture.ts';

/** Registers the contract's tests for one adapter. */
export function testForge(kind: ForgeKind, open: OpenForge): void {
  const scene: MakeScene = (t, options = {}) => openScene(t, kind, open, options);
  testVerbs(kind, scene);
  testRefusals(kind, scene);
  testFaults(kind, scene);
  testPut(kind, scene);
}

type MakeScene = (t: TestContext, options?: SceneOptions) => Promise<ForgeScene>;

function testVerbs(kind: ForgeKind, scene: MakeScene): void {
  test(`${kind}: a comment is created, found by its marker, changed and deleted`, async (t) => {
    const { forge, server } = await scene(t);
    assert.deepEqual(await forge.listComments(MARKER), []);
    const made = await forge.createComment(`${MARKER}\none “é” 🚢`);
    assert.match(made.id, /^\d+$/);
    assert.match(made.url, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/team/app/.*${pullNumber}#.*${made.id}$`));
    assert.deepEqual(await forge.listComments(MARKER), [made]);
    const changed = await forge.updateComment(made.id, `${MARKER}\ntwo`);
    assert.deepEqual(changed, { ...made, body: `${MARKER}\ntwo` });
    assert.equal(server.comments[0]?.body, `${MARKER}\ntwo`);
    await forge.deleteComment(made.id);
    assert.deepEqual(server.comments, []);
    await forge.deleteComment(made.id);
    await assert.rejects(forge.updateComment(made.id, 'x'), code(forgeErrors.target_missing));
  });

  test(`${kind}: only one's own comments that begin with the marker, over all pages, oldest first`, async (t) => {
    const { forge, server } = await scene(t, { pageSize: 10 });
    const wanted: string[] = [];
    for (let at = 0; at < 37; at += 1) {
      server.add(`talk ${at}`, stranger);
      if (at % 9 === 0) wanted.push(String(server.add(`${MARKER}\r\nreport ${at}`).id));
    }
    server.add(`${MARKER}\ncopied by somebody`, stranger);
    server.add(`> ${MARKER}\nquoted`);
    server.add(`${formatMarker('inspect-2', false)}\nof another job`);
    server.comments.reverse();
    const found = await forge.listComments(MARKER);
    assert.deepEqual(
      found.map(({ id }) => id),
      wanted,
    );
    const pages = server.requests.filter((line) => line.includes('&page='));
    assert.equal(pages.length, Math.ceil(server.comments.length / 10), server.requests.join('\n'));
  });

  test(`${kind}: a list that does not end is refused after its bound`, async (t) => {
    const { forge, server } = await scene(t, { pageSize: 1 });
    for (let at = 0; at < limits.forgePages; at += 1) server.add('talk', stranger);
    assert.deepEqual(await forge.listComments(MARKER), []);
    server.add('one more', stranger);
    await assert.rejects(forge.listComments(MARKER), code(forgeErrors.answer_invalid));
  });
}

function testRefusals(kind: ForgeKind, scene: MakeScene): void {
  test(`${kind}: a wrong token is unauthenticated, one that may only read is denied and told of forks`, async (t) => {
    const wrong = await scene(t, { sentToken: 's3cret-other' });
    await assert.rejects(wrong.forge.listComments(MARKER), code(forgeErrors.unauthenticated));
    const { forge } = await scene(t, { isReadOnly: true });
    assert.deepEqual(await forge.listComments(MARKER), []);
    for (const attempt of [forge.createComment('x'), forge.updateComment('1', 'x'), forge.deleteComment('1')])
      await assert.rejects(attempt, (error: PlimsollError) => {
        code(forgeErrors.denied)(error);
        assert.match(error.message, /answers 403 .*comes from a fork.*the answer is in the job’s summary$/);
        return true;
      });
  });

  test(`${kind}: another pull request or project is missing`, async (t) => {
    const target = { number: pullNumber + 1 };
    const { forge } = await scene(t, { target });
    await assert.rejects(forge.listComments(MARKER), code(forgeErrors.target_missing));
    await assert.rejects(forge.createComment('x'), code(forgeErrors.target_missing));
    const other = await scene(t, { target: { project: 'team/other' } });
    await assert.rejects(other.forge.listComments(MARKER), code(forgeErrors.target_missing));
  });

  test(`${kind}: targets that cannot be are refused before anything is sent`, async (t) => {
    for (const target of [
      { project: 'team' },
      { project: 'team/../app' },
      { project: 'team/app?x' },
      { project: '' },
      { project: '../..' },
      { number: 0 },
      { number: 1.5 },
      { number: Number.NaN },
      { apiUrl: 'forge.invalid' },
      { apiUrl: 'ftp://forge.invalid' },
      { apiUrl: 'https://me:s3cret@forge.invalid' },
      { apiUrl: 'https://forge.invalid/?token=s3' },
    ])
      await assert.rejects(scene(t, { target }), code(forgeErrors.target_invalid), JSON.stringify(target));
  });

  test(`${kind}: a body that is too long is refused in the forge's words`, async (t) => {
    const { forge } = await scene(t);
    const attempt = forge.createComment('x'.repeat(forge.maxCommentChars + 1));
    await assert.rejects(attempt, (error: PlimsollError) => {
      code(forgeErrors.body_refused)(error);
      assert.match(error.message, /too long/);
      return true;
    });
    await forge.createComment('x'.repeat(forge.maxCommentChars));
  });

  test(`${kind}: a redirect is not followed: the token stays`, async (t) => {
    const { forge, server } = await scene(t);
    const other = await startForge(kind);
    t.after(() => other[Symbol.asyncDispose]());
    const moved = { kind: 'answer', status: 307, headers: { location: `${other.apiUrl}/x` } } as const;
    for (const method of ['GET', 'POST']) server.fail(method, moved);
    await assert.rejects(forge.listComments(MARKER), code(forgeErrors.target_missing));
    await assert.rejects(async () => {
      await forge.createComment('x');
      await forge.listComments(MARKER);
    }, code(forgeErrors.target_missing));
    assert.deepEqual(other.requests, []);
  });
}

function testFaults(kind: ForgeKind, scene: MakeScene): void {
  test(`${kind}: reading is tried again after failures, cut answers and silence, and given up in the end`, async (t) => {
    const { forge, server, waits } = await scene(t);
    const own = server.add(`${MARKER}\none`);
    const html = '<html><body>Bad gateway</body></html>';
    server.fail('GET', { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' }, body: html });
    server.fail('GET', { kind: 'cut' });
    server.fail('GET', { kind: 'silent' });
    assert.equal((await forge.listComments(MARKER))[0]?.id, String(own.id));
    assert.deepEqual(waits, [500, 1000, 2000]);
    for (let at = 0; at < 20; at += 1) server.fail('GET', { kind: 'answer', status: 500, body: html });
    await assert.rejects(forge.listComments(MARKER), (error: PlimsollError) => {
      code(forgeErrors.unavailable)(error);
      assert.doesNotMatch(error.message, /html/);
      return true;
    });
  });

  test(`${kind}: changing is tried again; creating is not, since it may have been done`, async (t) => {
    const { forge, server } = await scene(t);
    const own = server.add(`${MARKER}\none`);
    const method = kind === 'gitlab' ? 'PUT' : 'PATCH';
    server.fail(method, { kind: 'lost' });
    server.fail(method, { kind: 'answer', status: 503 });
    assert.equal((await forge.updateComment(String(own.id), `${MARKER}\ntwo`)).body, `${MARKER}\ntwo`);
    server.fail('DELETE', { kind: 'lost' });
    await forge.deleteComment(String(own.id));
    for (const mishap of [{ kind: 'lost' }, { kind: 'answer', status: 500 }, { kind: 'cut' }] as const) {
      server.fail('POST', mishap, 's');
      const before = server.requests.length;
      await assert.rejects(forge.createComment('x'), code(forgeErrors.unavailable));
      assert.equal(server.requests.length, before + 1);
    }
  });

  test(`${kind}: a short rate limit is waited for, also by what creates; a long one is told with its end`, async (t) => {
    const { forge, server, waits } = await scene(t);
    server.fail('POST', { kind: 'answer', status: 429, headers: { 'retry-after': '7' }, body: '{}' });
    const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 60) };
    server.fail('POST', { kind: 'answer', status: 403, headers: reset, body: '{}' });
    await forge.createComment('x');
    assert.deepEqual(waits, [7_000, 60_000]);
    assert.equal(server.comments.length, 1);
    const later = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 61) };
    server.fail('POST', { kind: 'answer', status: 403, headers: later, body: '{}' });
    await assert.rejects(forge.createComment('x'), (error: PlimsollError) => {
      code(forgeErrors.rate_limited)(error);
      assert.match(error.message, /asks to wait until 2026-03-01T12:01:01\.000Z/);
      return true;
    });
    for (let at = 0; at < 4; at += 1) server.fail('POST', { kind: 'answer', status: 429 });
    await assert.rejects(forge.createComment('x'), code(forgeErrors.rate_limited));
    assert.equal(server.comments.length, 1);
  });

  test(`${kind}: answers that are none of the API's are told, and never read as an empty list`, async (t) => {
    const { forge, server } = await scene(t);
    server.add(`${MARKER}\none`);
    const part = kind === 'gitlab' ? '/notes' : '/comments';
    for (const body of [
      '<html>sign in</html>',
      '{}',
      '',
      'null',
      '"text"',
      '[1]',
      '[{"id":"1"}]',
      '[{"id":-1}]',
      '[{"id":1}]',
      '[{"id":1,"body":5}]',
      '[{"id":1e300,"body":""}]',
      '[{"id":1,"body":"","user":{"id":1},"html_url":"javascript:alert(1)"}',
    ]) {
      server.fail('GET', { kind: 'answer', status: 200, body }, part);
      await assert.rejects(forge.listComments(MARKER), code(forgeErrors.answer_invalid), body);
    }
    server.fail('POST', { kind: 'answer', status: 201, body: '{"id":1}' }, part);
    await assert.rejects(forge.createComment('x'), code(forgeErrors.answer_invalid));
  });

  test(`${kind}: an answer larger than its bound is given up`, async (t) => {
    const { forge, server } = await scene(t);
    const body = `[${' '.repeat(limits.forgeAnswerBytes)}]`;
    server.fail('GET', { kind: 'answer', status: 200, body }, kind === 'gitlab' ? '/notes' : '/comments');
    await assert.rejects(forge.listComments(MARKER), code(forgeErrors.answer_invalid));
  });

  test(`${kind}: a refusal that says the token back is told without it`, async (t) => {
    const { forge, server } = await scene(t);
    const body = JSON.stringify({ message: `bad header ${server.token}\u001b[2J\n${'x'.repeat(1_000)}` });
    server.fail('POST', { kind: 'answer', status: 400, body });
    await assert.rejects(forge.createComment('x'), (error: PlimsollError) => {
      code(forgeErrors.body_refused)(error);
      assert.match(error.message, /bad header … \[2J x{200,}…\)$/);
      return true;
    });
  });

  test(`${kind}: aborting throws the signal's reason`, async (t) => {
    const reason = new Error('no longer wanted');
    const { forge } = await scene(t, { signal: AbortSignal.abort(reason) });
    await assert.rejects(forge.listComments(MARKER), reason);
  });
}

function testPut(kind: ForgeKind, scene: MakeScene): void {
  const wish = { key: 'inspect', markdown: '# Report', keepPrevious: false };
  const bodies = (server: ForgeServer) => server.comments.map(({ body }) => body);

  test(`${kind}: put creates once, says when nothing changed, and updates from then on`, async (t) => {
    const { forge, server } = await scene(t);
    const first = await putComment(forge, wish);
    assert.deepEqual([first.kind, first.deleted], ['created', 0]);
    assert.deepEqual({ ...(await putComment(forge, wish)) }, { ...first, kind: 'unchanged' });
    const writes = server.requests.filter((line) => /^(?:POST|PUT|PATCH) .*(?:comments|notes)/.test(line));
    assert.equal(writes.length, 1);
    const next = await putComment(forge, { ...wish, markdown: '# Other' });
    assert.deepEqual(next, { ...first, kind: 'updated' });
    assert.deepEqual(bodies(server), [`${MARKER}\n# Other\n`]);
    await putComment(forge, { ...wish, key: 'other job' });
    assert.equal(server.comments.length, 2);
  });

  test(`${kind}: put after a race keeps the oldest and deletes the others, never a stranger's`, async (t) => {
    const { forge, server } = await scene(t);
    server.add(`${MARKER}\nforged`, stranger);
    const oldest = server.add(`${MARKER}\none`);
    server.add(`${MARKER}\ntwo`);
    server.add(`${MARKER}\nthree`);
    const result = await putComment(forge, wish);
    assert.deepEqual([result.kind, result.deleted], ['updated', 2]);
    assert.match(result.url, new RegExp(`${oldest.id}$`));
    assert.deepEqual(bodies(server), [`${MARKER}\nforged`, `${MARKER}\n# Report\n`]);
  });

  test(`${kind}: put leaves one comment whatever becomes of the answer to its request`, async (t) => {
    const part = kind === 'gitlab' ? '/notes' : '/comments';
    const mishaps = [
      { kind: 'lost' },
      { kind: 'cut' },
      { kind: 'silent' },
      { kind: 'answer', status: 500 },
      { kind: 'answer', status: 200, body: '<html>' },
    ] as const;
    for (const mishap of mishaps)
      for (const keepPrevious of [false, true]) {
        const { forge, server } = await scene(t);
        server.fail('POST', mishap, part);
        const result = await putComment(forge, { ...wish, keepPrevious });
        assert.equal(result.kind, 'created', mishap.kind);
        assert.equal(server.comments.length, 1, mishap.kind);
        assert.match(result.url, new RegExp(`${server.comments[0]?.id}$`));
      }
  });

  test(`${kind}: put gives up where creating never works`, async (t) => {
    const { forge, server } = await scene(t);
    const part = kind === 'gitlab' ? '/notes' : '/comments';
    for (let at = 0; at < 10; at += 1) server.fail('POST', { kind: 'answer', status: 500 }, part);
    await assert.rejects(putComment(forge, wish), code(forgeErrors.unavailable));
    assert.deepEqual(server.comments, []);
  });

  test(`${kind}: put creates anew where the comment was deleted under its hands`, async (t) => {
    const { forge, server } = await scene(t);
    server.add(`${MARKER}\none`);
    const gone: Forge = {
      ...forge,
      async updateComment(id, body) {
        server.comments.length = 0;
        return forge.updateComment(id, body);
      },
    };
    assert.equal((await putComment(gone, wish)).kind, 'created');
    assert.deepEqual(bodies(server), [`${MARKER}\n# Report\n`]);
  });

  test(`${kind}: put keeps earlier comments where asked, and never touches them later`, async (t) => {
    const { forge, server } = await scene(t);
    for (const markdown of ['one', 'one', 'two'])
      assert.equal((await putComment(forge, { ...wish, markdown, keepPrevious: true })).kind, 'created');
    await putComment(forge, wish);
    await putComment(forge, { ...wish, markdown: 'three' });
    const kept = formatMarker('inspect', true);
    assert.deepEqual(
      bodies(server),
      ['one', 'one', 'two'].map((text) => `${kept}\n${text}\n`).concat(`${MARKER}\nthree\n`),
    );
  });

  test(`${kind}: put cuts what is too long and says where all of it is`, async (t) => {
    const { forge, server } = await scene(t);
    const rows = Array.from({ length: 90_000 }, (_, at) => `| CVE-2024-${at} | high |`).join('\n');
    const markdown = `# Report\n\n| id | severity |\n|---|---|\n${rows}`;
    await putComment(forge, { ...wish, markdown, link: 'https://ci.example.org/1' });
    const [body = ''] = bodies(server);
    assert.ok(body.length <= forge.maxCommentChars && body.length > forge.maxCommentChars - 200);
    assert.ok(body.startsWith(`${MARKER}\n# Report\n`));
    assert.match(body, /\| … \d+ more rows are left out \| \|\n/);
    assert.match(
      body,
      new RegExp(`Cut to what ${forge.name} takes .*\\[All of it\\]\\(https://ci\\.example\\.org/1\\)\n$`),
    );
    assert.equal(
      (await putComment(forge, { ...wish, markdown, link: 'https://ci.example.org/1' })).kind,
      'unchanged',
    );
  });
}
