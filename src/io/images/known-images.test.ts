import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { openTestHttp } from '../net/http.fixture.ts';
import { askInstance } from './known-images.ts';

const layer = digestOf(Buffer.from('a layer'));
const known = { digest: layer, indexDigests: [], layers: 2, references: ['images.example.org/base:12'] };

/** Asks a loopback server that answers every request with this. */
async function ask(t: TestContext, status: number, body: string, layers = [layer]) {
  const seen: URL[] = [];
  const server = http.createServer((request, response) => {
    seen.push(new URL(request.url ?? '', 'http://x'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = openTestHttp();
  t.after(async () => {
    await client[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, answer: await askInstance(client, origin, layers).catch((error: PlimsollError) => error) };
}

test('an instance is asked for digests of layers alone, as many as it takes, and for none nothing', async (t) => {
  const many = Array.from({ length: limits.askedDiffIds + 1 }, () => layer);
  const { seen, answer } = await ask(t, 200, JSON.stringify({ images: [known] }), many);
  assert.deepEqual(answer, [known]);
  assert.deepEqual(
    seen.map(({ pathname, searchParams }) => [
      pathname,
      [...new Set(searchParams.keys())],
      searchParams.size,
    ]),
    [['/api/v1/images/by-layers', ['diff_id'], limits.askedDiffIds]],
  );
  assert.deepEqual((await ask(t, 200, '', [])).answer, []);
});

test('what is no image, or has no name that may be shown, is left out', async (t) => {
  const images = [
    null,
    { ...known, digest: 'sha256:short' },
    { ...known, layers: 0 },
    { ...known, layers: '2' },
    { ...known, references: [] },
    { ...known, references: ['images.example.org/base:12\u001b[31m', 7] },
    { ...known, indexDigests: [layer, 'x'], references: ['\n', 'images.example.org/base:12'] },
  ];
  const { answer } = await ask(t, 200, JSON.stringify({ images }));
  assert.deepEqual(answer, [{ ...known, indexDigests: [layer] }]);
});

test('an answer that is none is told with its place', async (t) => {
  for (const [status, body, message] of [
    [404, '{}', /^http:\/\/127\.0\.0\.1:\d+ answered 404 to what it knows of these layers$/],
    [200, '<html>', /is not a Plimsoll instance, or one of another version$/],
    [200, '{"images":{}}', /is not a Plimsoll instance, or one of another version$/],
  ] as const) {
    const { answer } = await ask(t, status, body);
    assert.equal((answer as PlimsollError).code, 'images.registry_failed');
    assert.match((answer as PlimsollError).message, message);
  }
});
