import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { listenForDockersEnd } from './docker-end.ts';

const unnamed = process.platform === 'linux' ? [`@plimsoll_test_${process.pid}`] : [];
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-docker-end-'));
test.after(() => rmSync(folder, { recursive: true }));

for (const address of [join(folder, 'cli.sock'), ...unnamed])
  test(`docker’s socket ${address.startsWith('@') ? 'without a file' : 'with a file'}: its close is the end`, async () => {
    const server = createServer().listen(address.replace(/^@/, '\0'));
    await once(server, 'listening');
    const ended = Promise.withResolvers<void>();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    listenForDockersEnd({ DOCKER_CLI_PLUGIN_SOCKET: address }, ended.resolve);
    const [socket] = await connected;
    socket.end();
    await ended.promise;
    server.close();
  });

test('no socket, or one where nobody listens, ends nothing', async () => {
  const end = (): never => assert.fail('nobody ended');
  listenForDockersEnd({}, end);
  listenForDockersEnd({ DOCKER_CLI_PLUGIN_SOCKET: join(folder, 'gone.sock') }, end);
  // One that does answer, asked later, has answered: the other has failed by then.
  const server = createServer().listen(join(folder, 'other.sock'));
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  listenForDockersEnd({ DOCKER_CLI_PLUGIN_SOCKET: join(folder, 'other.sock') }, () => {});
  (await connected)[0].destroy();
  server.close();
});
