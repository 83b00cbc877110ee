import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import { imageErrors } from './errors.ts';
import { createInstanceClient, type InstanceClient } from './instance.ts';

/** An instance that answers as told, and what it was asked. */
async function withInstance(
  answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string },
  use: (client: InstanceClient, asked: readonly IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
  });
  try {
    const { port } = server.address() as AddressInfo;
    const login = {
      kind: 'password' as const,
      username: 'somebody',
      password: 'pass:word',
      source: 'a test',
    };
    await use(createInstanceClient(`127.0.0.1:${port}`, { http, credential: async () => login }), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('instance: what is sent has the login of the host, and the answer is its bytes', () =>
  withInstance({ status: 200, body: 'yes' }, async (client, asked) => {
    const bytes = await client.send({ method: 'PATCH', path: '/api/x', body: { a: 1 }, limitBytes: 10 });
    assert.equal(Buffer.from(bytes).toString(), 'yes');
    const last = asked.at(-1);
    assert.equal(last?.method, 'PATCH');
    assert.equal(last?.url, '/api/x');
    assert.equal(
      last?.headers.authorization,
      `Basic ${Buffer.from('somebody:pass:word').toString('base64')}`,
    );
    await assert.rejects(client.send({ path: '/', limitBytes: 2 }), { code: 'net.answer_too_large' });
  }));

test('instance: its refusals are coded, in its own words', async () => {
  for (const [status, code] of [
    [400, imageErrors.registry_refused],
    [401, imageErrors.unauthenticated],
    [403, imageErrors.denied],
    [404, imageErrors.missing],
  ] as const)
    await withInstance({ status, body: JSON.stringify({ detail: 'because of this' }) }, async (client) => {
      const asked = client.send({ path: '/api/v1/x?y', limitBytes: 1_000 });
      await assert.rejects(asked, {
        code: code.code,
        message: /^\/api\/v1\/x: 127\.0\.0\.1:\d+ answers \d+: because of this$/,
      });
    });
});

test('instance: it cannot send the login elsewhere', () =>
  withInstance({ status: 302, headers: { location: 'http://127.0.0.1:9/' } }, async (client) => {
    await assert.rejects(client.send({ path: '/', limitBytes: 10 }), {
      code: imageErrors.registry_failed.code,
      message: /leads elsewhere, with 302/,
    });
  }));
