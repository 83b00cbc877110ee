import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stranger } from '../../../test/world/forges.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { testForge } from './contract-suite.ts';
import { forgeErrors } from './errors.ts';
import { openForgejo } from './forgejo.ts';
import { MARKER, openScene } from './scene.fixture.ts';

testForge('forgejo', openForgejo);

test('forgejo: a server without pages answers with all comments once, and is asked once', async (t) => {
  const { forge, server } = await openScene(t, 'forgejo', openForgejo);
  for (let at = 0; at < 120; at += 1) server.add('talk', stranger);
  const own = server.add(`${MARKER}\none`);
  assert.deepEqual(
    (await forge.listComments(MARKER)).map(({ id }) => id),
    [String(own.id)],
  );
  assert.equal(server.requests.filter((line) => line.includes('/comments')).length, 1);
});

test('forgejo: a server that repeats its one page whatever is asked ends all the same', async (t) => {
  const { forge, server } = await openScene(t, 'forgejo', openForgejo);
  server.add(`${MARKER}\none`);
  const headers = { 'x-total-count': '5' };
  const { id } = (await forge.listComments(MARKER))[0] ?? {};
  const html_url = 'https://forge.invalid/c';
  const body = JSON.stringify([{ id: Number(id), body: `${MARKER}\none`, user: { id: -2 }, html_url }]);
  for (let at = 0; at < 2; at += 1)
    server.fail('GET', { kind: 'answer', status: 200, headers, body }, '/comments');
  assert.deepEqual(await forge.listComments(MARKER), [{ id, body: `${MARKER}\none`, url: html_url }]);
});

test('forgejo: a token that may not say whose it is gets told which scopes it needs', async (t) => {
  const { forge, server } = await openScene(t, 'forgejo', openForgejo);
  const message = 'token does not have at least one of required scope(s): [read:user]';
  server.fail('GET', { kind: 'answer', status: 403, body: JSON.stringify({ message }) }, '/user');
  await assert.rejects(forge.listComments(MARKER), (error: PlimsollError) => {
    assert.equal(error.code, forgeErrors.denied.code);
    assert.match(error.message, /required scope\(s\): \[read:user\].*scopes write:issue and read:user/);
    return true;
  });
});
