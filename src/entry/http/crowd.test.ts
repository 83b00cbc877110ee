// Every kind of patience, by real sockets and short settings: what is late or stands still is ended, what moves is not,
// and where there are too many, the idle ones make room and the rest is told so.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../../kit/log.ts';
import { type RunningServer, type ServerParts, startServer } from './server.ts';

type Patience = NonNullable<ServerParts['patience']>;

/** Takes a body to its end, and answers with as many bytes as the path asks for. */
function start(patience: Patience, registry?: ServerParts['registry']): Promise<RunningServer> {
  return startServer({
    host: '127.0.0.1',
    port: 0,
    site: () => new Response('site'),
    log: silentLog,
    drainMs: 1,
    patience,
    registry:
      registry ??
      (async (request, response) => {
        await request.forEach(() => {}).catch(() => {});
        response.end(Buffer.alloc(Number(request.url?.slice('/v2/'.length) || 0)));
      }),
  });
}

async function open(server: RunningServer, text = ''): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

const ask = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** All that the server sends until it closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await closeOf(socket);
  return text;
}

/** The head and body of the next answer on a kept connection. */
async function readAnswer(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

const never = 60_000;
const patient: Patience = { headMs: never, idleMs: never, most: 100, pace: { bytes: 1, windowMs: never } };

test('a connection that says nothing, and a head that never ends, are closed', async () => {
  await using server = await start({ ...patient, headMs: 40 });
  const silent = await open(server);
  const endless = await open(server, 'GET /v2/ HTTP/1.1\r\nHost: x\r\n');
  // A line of the head each moment: what keeps a connection open where only its silence is bounded.
  const drip = setInterval(() => endless.write('X-A: b\r\n'), 5);
  const [said] = await Promise.all([readAll(silent), closeOf(endless)]);
  clearInterval(drip);
  assert.match(said, /^HTTP\/1\.1 408 /);
});

test('a connection without a request is closed when its time is up', async () => {
  await using server = await start({ ...patient, idleMs: 20 });
  const socket = await open(server, ask('/v2/'));
  assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
});

test('a body that drips is ended, whatever its length', async () => {
  await using server = await start({ ...patient, pace: { bytes: 1_000, windowMs: 80 } });
  const socket = await open(server, 'PUT /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
  const drip = setInterval(() => socket.write('a'), 5);
  assert.equal(await readAll(socket), '');
  clearInterval(drip);
  assert.equal(server.ended.stalled, 1);
});

test('a body that is slow but moves comes in whole', async () => {
  await using server = await start({ ...patient, pace: { bytes: 1, windowMs: 40 } });
  const length = 4_000;
  const socket = await open(server, `PUT /v2/7 HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  let sent = 0;
  const drip = setInterval(() => {
    socket.write('a'.repeat(100));
    sent += 100;
    if (sent === length) clearInterval(drip);
  }, 5);
  const answer = await readAnswer(socket);
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(server.ended.stalled, 0);
  socket.destroy();
});

test('who asks for much and reads nothing is ended, and so is who reads next to nothing', async () => {
  await using server = await start({ ...patient, pace: { bytes: 1_000_000, windowMs: 80 } });
  const size = 50_000_000;
  const deaf = await open(server, ask(`/v2/${size}`));
  deaf.pause();
  const slow = await open(server, ask(`/v2/${size}`));
  slow.pause();
  // A few bytes at a time, so that the connection is never silent.
  const sip = setInterval(() => slow.read(10), 5);
  await ended(server, 'stalled', 2);
  clearInterval(sip);
  deaf.destroy();
  slow.destroy();
});

test('who waits for the server is not ended for it, and who sends what nobody reads yet neither', async () => {
  const go = Promise.withResolvers<void>();
  await using server = await start(
    { ...patient, pace: { bytes: 1_000, windowMs: 40 } },
    async (request, response) => {
      if (request.url === '/v2/drip') await request.forEach(() => {}).catch(() => {});
      else await go.promise;
      response.end('late');
    },
  );
  const asking = await open(server, ask('/v2/'));
  const sending = await open(server, 'PUT /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
  // Two that stall, one after the other, are the clock.
  for (const count of [1, 2]) {
    await open(server, 'PUT /v2/drip HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
    await ended(server, 'stalled', count);
  }
  const answers = Promise.all([asking, sending].map(readAnswer));
  go.resolve();
  for (const text of await answers) assert.match(text, /late$/);
  for (const socket of [asking, sending]) socket.destroy();
});

test('a refused body that drips on after its answer is ended too', async () => {
  await using server = await start(
    { ...patient, pace: { bytes: 1_000, windowMs: 40 } },
    async (request, response) => {
      request.resume();
      response.end('no');
    },
  );
  const socket = await open(server, 'PUT /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  const drip = setInterval(() => socket.write('a'), 5);
  assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  clearInterval(drip);
  assert.equal(server.ended.stalled, 1);
});

test('above the limit those that were idle longest make room', async () => {
  await using server = await start({ ...patient, most: 2, settledMs: 0 });
  const first = await open(server, ask('/v2/'));
  await readAnswer(first);
  const second = await open(server, ask('/v2/'));
  await readAnswer(second);
  const third = await open(server, ask('/v2/'));
  const closed = closeOf(first.resume());
  assert.match(await readAnswer(third), /^HTTP\/1\.1 200 /);
  await closed;
  assert.deepEqual(server.ended, { idle: 1, stalled: 0, refused: 0 });
  second.write(ask('/v2/'));
  assert.match(await readAnswer(second), /^HTTP\/1\.1 200 /);
  for (const socket of [second, third]) socket.destroy();
});

test('where all are at work a new one is told to come back', async () => {
  const arrived = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await using server = await start({ ...patient, most: 1 }, async (_request, response) => {
    arrived.resolve();
    await go.promise;
    response.end('done');
  });
  const busy = await open(server, ask('/v2/'));
  await arrived.promise;
  const v2 = await readAll(await open(server, ask('/v2/')));
  assert.match(
    v2,
    /^HTTP\/1\.1 503 [\s\S]*Retry-After: 5\r\n[\s\S]*"code":"UNAVAILABLE","message":"1 connections are open/,
  );
  const page = await readAll(await open(server, ask('/')));
  assert.match(
    page,
    /^HTTP\/1\.1 503 [\s\S]*Connection: close[\s\S]*1 connections are open, which is the limit here/,
  );
  assert.equal(server.ended.refused, 2);
  go.resolve();
  assert.match(await readAnswer(busy), /^HTTP\/1\.1 200 /);
  busy.destroy();
});

/** Until so many connections were ended for that reason. */
async function ended(server: RunningServer, why: keyof RunningServer['ended'], count: number): Promise<void> {
  while (server.ended[why] < count) await new Promise((resolve) => setTimeout(resolve, 10));
}
