// distribution-spec: pushing blobs, whole, in one request, in chunks, by mount; status and cancel.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as rawRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { type Answer, bootRegistry, digestFor, pushBlob, type RegistryWorld } from '../world/registry.ts';

const repository = 'repo/one';
const uploads = `/v2/${repository}/blobs/uploads/`;
let world: RegistryWorld;

before(async () => {
  world = await bootRegistry();
});
after(() => world[Symbol.asyncDispose]());

async function start(query = ''): Promise<string> {
  const answer = await world.send('POST', uploads + query);
  assert.equal(answer.status, 202);
  assert.match(answer.headers.get('location') ?? '', /[0-9a-f-]{36}/);
  assert.equal(answer.headers.get('range'), '0-0');
  return answer.headers.get('location') as string;
}

function patch(location: string, body: string, range?: string): Promise<Answer> {
  const headers: Record<string, string> = range === undefined ? {} : { 'content-range': range };
  return world.send('PATCH', location, { body, headers });
}

async function assertStored(bytes: string, algorithm?: string): Promise<void> {
  const found = await world.send('GET', `/v2/${repository}/blobs/${digestFor(bytes, algorithm)}`);
  assert.deepEqual([found.status, found.text], [200, bytes]);
}

test('end-4a, end-6 POST then PUT: 201, Location, digest', async () => {
  const digest = digestFor('whole');
  const ended = await world.send('PUT', `${await start()}?digest=${digest}`, { body: 'whole' });
  assert.equal(ended.status, 201);
  assert.equal(ended.headers.get('location'), `/v2/${repository}/blobs/${digest}`);
  assert.equal(ended.headers.get('docker-content-digest'), digest);
  await assertStored('whole');
});

test('end-4b POST with ?digest=: 201 at once', async () => {
  const ended = await world.send('POST', `${uploads}?digest=${digestFor('single')}`, { body: 'single' });
  assert.equal(ended.status, 201);
  assert.equal(ended.headers.get('docker-content-digest'), digestFor('single'));
  await assertStored('single');
});

test('end-4b a wrong digest: 400 DIGEST_INVALID, and nothing is left', async () => {
  const before = await countUploads();
  const answer = await world.send('POST', `${uploads}?digest=${digestFor('a')}`, { body: 'b' });
  assert.deepEqual([answer.status, answer.code], [400, 'DIGEST_INVALID']);
  assert.equal(await countUploads(), before);
  assert.equal((await world.send('HEAD', `/v2/${repository}/blobs/${digestFor('b')}`)).status, 404);
});

test('end-4c, end-6 sha512, announced or not', async () => {
  for (const query of ['?digest-algorithm=sha512', '']) {
    const bytes = `long digest ${query}`;
    const digest = digestFor(bytes, 'sha512');
    const ended = await world.send('PUT', `${await start(query)}?digest=${digest}`, { body: bytes });
    assert.equal(ended.status, 201, ended.text);
    await assertStored(bytes, 'sha512');
  }
});

test('end-4, end-6 digests that are none or of an unknown algorithm: 400 on every way', async () => {
  for (const digest of ['sha256:short', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'x', '']) {
    const single = await world.send('POST', `${uploads}?digest=${digest}`, { body: 'x' });
    assert.deepEqual([single.status, single.code], [400, 'DIGEST_INVALID'], digest);
    const ended = await world.send('PUT', `${await start()}?digest=${digest}`, { body: 'x' });
    assert.deepEqual([ended.status, ended.code], [400, 'DIGEST_INVALID'], digest);
    const mounted = await world.send('POST', `${uploads}?mount=${digest}&from=repo/two`);
    assert.deepEqual([mounted.status, mounted.code], [400, 'DIGEST_INVALID'], digest);
  }
  assert.equal((await world.send('POST', `${uploads}?digest-algorithm=md5`)).status, 400);
  assert.equal((await world.send('PUT', await start(), { body: 'x' })).code, 'DIGEST_INVALID');
});

test('end-6 a wrong digest after chunks: 400, nothing served', async () => {
  const location = await start();
  await patch(location, 'abc', '0-2');
  const answer = await world.send('PUT', `${location}?digest=${digestFor('other')}`);
  assert.deepEqual([answer.status, answer.code], [400, 'DIGEST_INVALID']);
  assert.equal((await world.send('HEAD', `/v2/${repository}/blobs/${digestFor('abc')}`)).status, 404);
});

test('end-5 chunks: 202, the next Location, Range 0-<end>; then PUT without and with the last chunk', async () => {
  for (const last of ['', 'ghi']) {
    let location = await start();
    for (const [chunk, range, end] of [
      ['abc', '0-2', '0-2'],
      ['def', '3-5', '0-5'],
    ] as const) {
      const answer = await patch(location, chunk, range);
      assert.deepEqual([answer.status, answer.headers.get('range')], [202, end]);
      location = answer.headers.get('location') as string;
    }
    const bytes = `abcdef${last}`;
    const headers: Record<string, string> = last === '' ? {} : { 'content-range': '6-8' };
    const body = last === '' ? {} : { body: last };
    const ended = await world.send('PUT', `${location}?digest=${digestFor(bytes)}`, { headers, ...body });
    assert.equal(ended.status, 201, ended.text);
    await assertStored(bytes);
  }
});

test('end-5 a stream without Content-Range (docker’s way): 202, and again where it ended', async () => {
  const location = await start();
  const stream = ReadableStream.from(['one ', 'two '].map((text) => Buffer.from(text)));
  const first = await world.send('PATCH', location, { body: stream as ReadableStream<Uint8Array> });
  assert.deepEqual([first.status, first.headers.get('range')], [202, '0-7']);
  assert.equal((await patch(location, 'three')).headers.get('range'), '0-12');
  const ended = await world.send('PUT', `${location}?digest=${digestFor('one two three')}`);
  assert.equal(ended.status, 201);
});

test('end-5, end-6 out of order: 416, also on the closing PUT; end-13 then tells where to go on', async () => {
  const location = await start();
  assert.equal((await patch(location, 'def', '3-5')).status, 416);
  await patch(location, 'abc', '0-2');
  for (const range of ['0-2', '4-6', '6-8'])
    assert.equal((await patch(location, 'xyz', range)).status, 416, range);
  const put = { body: 'xyz', headers: { 'content-range': '9-11' } };
  assert.equal((await world.send('PUT', `${location}?digest=${digestFor('abcxyz')}`, put)).status, 416);
  const status = await world.send('GET', location);
  assert.deepEqual([status.status, status.headers.get('range')], [204, '0-2']);
  assert.equal(status.headers.get('location'), location);
  await patch(location, 'def', '3-5');
  assert.equal((await world.send('PUT', `${location}?digest=${digestFor('abcdef')}`)).status, 201);
});

test('end-5 a Content-Range that cannot be read: 416; that disagrees with the length: 400 SIZE_INVALID', async () => {
  const location = await start();
  for (const range of ['bytes 0-2/3', 'x', '2-0'])
    assert.equal((await patch(location, 'abc', range)).status, 416);
  const answer = await patch(location, 'abc', '0-7');
  assert.deepEqual([answer.status, answer.code], [400, 'SIZE_INVALID']);
});

test('end-13, end-14 an unknown upload: 404 BLOB_UPLOAD_UNKNOWN', async () => {
  for (const id of ['0b6f1e9c-1111-4222-8333-444455556666', 'not-an-id', '..%2F..%2Fetc']) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await world.send(method, uploads + id);
      assert.equal(answer.status, 404, `${method} ${id}`);
    }
  }
  const answer = await patch(`${uploads}0b6f1e9c-1111-4222-8333-444455556666`, 'abc');
  assert.deepEqual([answer.status, answer.code], [404, 'BLOB_UPLOAD_UNKNOWN']);
});

test('end-5 an upload belongs to its repository', async () => {
  const location = await start();
  const elsewhere = location.replace(repository, 'repo/two');
  assert.equal((await patch(elsewhere, 'abc')).code, 'BLOB_UPLOAD_UNKNOWN');
});

test('end-14 cancel: 204, then the upload is gone', async () => {
  const location = await start();
  await patch(location, 'abc');
  assert.equal((await world.send('DELETE', location)).status, 204);
  assert.equal((await world.send('GET', location)).status, 404);
});

test('end-11 mount: 201 from a repository that has it, else 202 and an upload', async () => {
  const { digest } = await pushBlob(world, 'repo/two', 'to be mounted');
  const absent = await world.send('POST', `${uploads}?mount=${digestFor('absent')}&from=repo/two`);
  assert.equal(absent.status, 202);
  assert.ok(absent.headers.get('location'));
  for (const from of ['no/such', 'Not A Name'])
    assert.equal((await world.send('POST', `${uploads}?mount=${digest}&from=${from}`)).status, 202, from);
  const mounted = await world.send('POST', `${uploads}?mount=${digest}&from=repo/two`);
  assert.equal(mounted.status, 201);
  assert.equal(mounted.headers.get('location'), `/v2/${repository}/blobs/${digest}`);
  assert.equal(mounted.headers.get('docker-content-digest'), digest);
  await assertStored('to be mounted');
});

test('end-11 mount without from: 201 where a public repository has it', async () => {
  const { digest } = await pushBlob(world, 'repo/two', 'mounted from anywhere');
  assert.equal((await world.send('POST', `${uploads}?mount=${digest}`)).status, 201);
  assert.equal((await world.send('POST', `${uploads}?mount=${digestFor('nowhere')}`)).status, 202);
});

test('a client that vanishes leaves what arrived, and goes on from there', async () => {
  const location = await start();
  await patch(location, 'abc', '0-2');
  const { port } = world.server;
  const authorization = await authorizationOf();
  const headers = { authorization, 'content-length': 100 };
  const client = rawRequest({ host: '127.0.0.1', port, path: location, method: 'PATCH', headers });
  const closed = new Promise((resolve) => client.on('error', () => {}).on('close', resolve));
  client.write('def');
  await until(async () => (await world.blobs.uploadSize(location.slice(-36))) === 6);
  client.destroy();
  await closed;
  // The cut request may still hold the upload for a moment.
  let answer = await patch(location, 'ghi', '6-8');
  for (let tries = 0; answer.status !== 202 && tries < 50; tries += 1)
    answer = await patch(location, 'ghi', '6-8');
  assert.equal(answer.headers.get('range'), '0-8');
  assert.equal((await world.send('PUT', `${location}?digest=${digestFor('abcdefghi')}`)).status, 201);
});

test('Expect: 100-continue: the body is asked for only where it is wanted', async () => {
  for (const [digest, status, isWanted] of [
    [digestFor('expected'), 201, true],
    ['sha256:bad', 400, false],
  ] as const) {
    const location = await start();
    const headers = { authorization: await authorizationOf(), expect: '100-continue', 'content-length': 8 };
    const path = `${location}?digest=${digest}`;
    const client = rawRequest({ host: '127.0.0.1', port: world.server.port, path, method: 'PUT', headers });
    let isAsked = false;
    client.on('continue', () => {
      isAsked = true;
      client.end('expected');
    });
    client.flushHeaders();
    const [response] = await once(client, 'response');
    response.resume();
    await once(response, 'end');
    client.destroy();
    assert.deepEqual([response.statusCode, isAsked], [status, isWanted]);
  }
});

async function authorizationOf(): Promise<string> {
  const basic = Buffer.from('admin:correct horse').toString('base64');
  const scope = `repository:${repository}:pull,push`;
  const headers = { authorization: `Basic ${basic}` };
  const { token } = (await world.send('GET', `/token?scope=${scope}`, { headers })).json();
  return `Bearer ${token}`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 10_000; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('the condition never came true');
}

async function countUploads(): Promise<number> {
  return (await world.database.query.selectFrom('upload').select('id').execute()).length;
}
