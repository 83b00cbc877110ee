// What goes to responders and lists, and what comes of answers that are none; the server is on loopback.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { collectBytes } from '../../kit/bytes.ts';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { silentLog } from '../../kit/log.ts';
import { netErrors } from '../net/errors.ts';
import { createHttp } from '../net/fetch.ts';
import { createRevocationClient } from './client.ts';
import { revocationErrors } from './errors.ts';

async function serve(t: TestContext, answer: RequestListener, signal = new AbortController().signal) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttp({ clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'test' });
  t.after(async () => {
    await http[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { client: createRevocationClient({ http, signal }), url };
}

test('revocation: OCSP is a POST, a list a GET, and each question is sent once', async (t) => {
  const seen: string[] = [];
  const { client, url } = await serve(t, async (request, response) => {
    const body = await collectBytes(request, 1000, netErrors.answer_too_large);
    const type = request.headers['content-type'] ?? '';
    seen.push(`${request.method} ${request.url} ${type} ${Buffer.from(body).toString()}`);
    response.end(`answer ${seen.length}`);
  });
  const ask = async (text: string): Promise<string> =>
    Buffer.from(await client.askOcsp(url, Buffer.from(text))).toString();
  assert.deepEqual(await Promise.all([ask('a'), ask('a')]), ['answer 1', 'answer 1']);
  assert.equal(await ask('b'), 'answer 2');
  await client.fetchList(`${url}list`);
  await client.fetchList(`${url}list`);
  assert.deepEqual(seen, [
    'POST / application/ocsp-request a',
    'POST / application/ocsp-request b',
    'GET /list  ',
  ]);
});

test('revocation: anything but a 200 of a fair size is no answer, and nothing is followed elsewhere', async (t) => {
  const seen: string[] = [];
  const { client, url } = await serve(t, (request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (request.url === '/large') response.end(Buffer.alloc(limits.ocspAnswerBytes + 1));
    else response.writeHead(503).end();
  });
  const { code } = revocationErrors.unanswered;
  await assert.rejects(client.fetchList(`${url}moved`), { code, message: /moved answered 302/ });
  await assert.rejects(client.fetchList(`${url}busy`), { code, message: /busy answered 503/ });
  await assert.rejects(client.askOcsp(`${url}large`, Uint8Array.of(1)), {
    code: netErrors.answer_too_large.code,
  });
  assert.deepEqual(seen, ['/moved', '/busy', '/large']);
});

test('revocation: a person who stops waiting stops the question', async (t) => {
  const stop = new AbortController();
  const { client, url } = await serve(t, () => stop.abort(new Error('stopped')), stop.signal);
  await assert.rejects(client.fetchList(url), /stopped/);
});
