import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlimsollError } from '../../kit/error.ts';
import { testForge } from './contract-suite.ts';
import { forgeErrors } from './errors.ts';
import { openGitlab } from './gitlab.ts';
import { putComment } from './put-comment.ts';
import { MARKER, openScene } from './scene.fixture.ts';

testForge('gitlab', openGitlab);

test('gitlab: a job token is sent as one, and its refusal says which token is needed', async (t) => {
  const { forge, server } = await openScene(t, 'gitlab', openGitlab, { sentToken: 'glcbt-64_s3cret' });
  for (const attempt of [() => forge.listComments(MARKER), () => forge.createComment('x')])
    for (const status of [401, 403, 404]) {
      server.fail('GET', { kind: 'answer', status, body: '{"message":"no"}' });
      server.fail('POST', { kind: 'answer', status, body: '{"message":"no"}' });
      await assert.rejects(attempt(), (error: PlimsollError) => {
        assert.equal(error.code, forgeErrors.denied.code);
        assert.match(error.message, /a job token may not write comments; set PLIMSOLL_FORGE_TOKEN/);
        return true;
      });
    }
  assert.equal(server.requests[0], 'GET /job');
});

test('gitlab: a project is its number, or its path below any groups, as one step', async (t) => {
  for (const [project, step] of [
    ['278964', '278964'],
    ['group/sub.group/my_app', 'group%2Fsub.group%2Fmy_app'],
  ] as const) {
    const { forge, server } = await openScene(t, 'gitlab', openGitlab, { target: { project } });
    await assert.rejects(forge.createComment('x'), { code: forgeErrors.target_missing.code });
    assert.deepEqual(server.requests, [`POST /projects/${step}/merge_requests/7/notes`]);
  }
});

test('gitlab: a line that begins with a slash is text, not an order', async (t) => {
  const { forge, server } = await openScene(t, 'gitlab', openGitlab);
  await putComment(forge, { key: 'k', markdown: '/approve\n\n/usr/bin/x', keepPrevious: false });
  assert.match(server.comments[0]?.body ?? '', /\n\\\/approve\n\n\\\/usr\/bin\/x\n$/);
});

test('gitlab: a merge request without an address is refused, a second verb asks again', async (t) => {
  const { forge, server } = await openScene(t, 'gitlab', openGitlab);
  server.fail(
    'GET',
    { kind: 'answer', status: 200, body: '{"web_url":"data:text/html,x"}' },
    '/merge_requests/',
  );
  await assert.rejects(forge.createComment('x'), { code: forgeErrors.answer_invalid.code });
  assert.match((await forge.createComment('x')).url, /\/team\/app\/-\/merge_requests\/7#note_\d+$/);
});
