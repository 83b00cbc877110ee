import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { PlimsollError } from '../../kit/error.ts';
import type { Http } from '../net/http.ts';
import { testForge } from './contract-suite.ts';
import { forgeErrors } from './errors.ts';
import { openGithub } from './github.ts';
import { MARKER, NOW, openScene } from './scene.fixture.ts';

testForge('github', openGithub);

test('github: who the token is gets asked beside the API, on github.com and on an own server', async () => {
  for (const [apiUrl, graphql] of [
    ['https://api.github.com', 'https://api.github.com/graphql'],
    ['https://api.github.com/', 'https://api.github.com/graphql'],
    ['https://git.example.org/api/v3', 'https://git.example.org/api/graphql'],
    ['https://git.example.org/api/v3/', 'https://git.example.org/api/graphql'],
  ] as const) {
    const asked: string[] = [];
    const http: Http = {
      async request(wanted) {
        asked.push(`${wanted.method} ${wanted.url}`);
        const text = asked.length === 1 ? '{"data":{"viewer":{"id":1}}}' : '[]';
        return { status: 200, headers: {}, body: Readable.from([Buffer.from(text)]), url: new URL(apiUrl) };
      },
      requestWithRetry: () => assert.fail('not used'),
      allowsPlaintext: () => false,
      async [Symbol.asyncDispose]() {},
    };
    const random = { uuid: () => '', bytes: (sizeBytes: number) => new Uint8Array(sizeBytes) };
    const forge = openGithub(
      { apiUrl, project: 'team/app', number: 3 },
      { http, clock: { now: () => NOW }, random, token: 'x' },
    );
    assert.deepEqual(await forge.listComments(MARKER), []);
    const list = `${apiUrl.replace(/\/$/, '')}/repos/team/app/issues/3/comments?per_page=100&page=1`;
    assert.deepEqual(asked, [`POST ${graphql}`, `GET ${list}`]);
  }
});

test('github: a secondary limit without headers is a limit, not a fork', async (t) => {
  const { forge, server } = await openScene(t, 'github', openGithub);
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  server.fail('POST', { kind: 'answer', status: 403, body: JSON.stringify({ message }) }, '/comments');
  await assert.rejects(forge.createComment('x'), { code: forgeErrors.rate_limited.code });
});

test('github: a server that does not say who the token is lists nothing', async (t) => {
  const { forge, server } = await openScene(t, 'github', openGithub);
  server.add(`${MARKER}\none`);
  const body = '{"data":null,"errors":[{"type":"INSUFFICIENT_SCOPES","message":"Your token lacks a scope"}]}';
  server.fail('POST', { kind: 'answer', status: 200, body }, '/graphql');
  await assert.rejects(forge.listComments(MARKER), (error: PlimsollError) => {
    assert.equal(error.code, forgeErrors.answer_invalid.code);
    assert.match(error.message, /does not say who it is \(Your token lacks a scope\)$/);
    return true;
  });
});
