// distribution-spec: pulling and deleting blobs. One case a rule, over real HTTP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, bootRegistry, digestFor, pushBlob, type RegistryWorld } from '../world/registry.ts';

const repository = 'repo/one';
const bytes = 'the bytes of a blob, forty-two in number..';
const digest = digestFor(bytes);
const path = `/v2/${repository}/blobs/${digest}`;
let world: RegistryWorld;

before(async () => {
  world = await bootRegistry();
  await pushBlob(world, repository, bytes);
});
after(() => world[Symbol.asyncDispose]());

test('end-2 GET of a blob: 200, the bytes, digest and length', async () => {
  const { status, headers, text } = await world.send('GET', path, { isAnonymous: true });
  assert.equal(status, 200);
  assert.equal(text, bytes);
  assert.equal(headers.get('docker-content-digest'), digest);
  assert.equal(headers.get('content-length'), String(bytes.length));
  assert.equal(headers.get('docker-distribution-api-version'), 'registry/2.0');
});

test('end-2 HEAD of a blob: 200, digest and length, no body', async () => {
  const { status, headers, text } = await world.send('HEAD', path);
  assert.equal(status, 200);
  assert.equal(text, '');
  assert.equal(headers.get('docker-content-digest'), digest);
  assert.equal(headers.get('content-length'), String(bytes.length));
});

test('end-2 an absent blob and one of another repository: 404 BLOB_UNKNOWN', async () => {
  const absent = await world.send('GET', `/v2/${repository}/blobs/${digestFor('absent')}`);
  assert.deepEqual([absent.status, absent.code], [404, 'BLOB_UNKNOWN']);
  assert.equal((await world.send('HEAD', `/v2/${repository}/blobs/${digestFor('absent')}`)).status, 404);
  await pushBlob(world, 'repo/two', 'another');
  const elsewhere = await world.send('GET', `/v2/repo/two/blobs/${digest}`);
  assert.deepEqual([elsewhere.status, elsewhere.code], [404, 'BLOB_UNKNOWN']);
});

test('end-2 a digest that is none: 400 DIGEST_INVALID', async () => {
  for (const text of ['sha256:baddigest', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'nodigest', 'sha256:'])
    assert.equal((await world.send('GET', `/v2/${repository}/blobs/${text}`)).code, 'DIGEST_INVALID', text);
});

test('end-2 Range (RFC 9110 14): a-b, a-, -n, a clipped end: 206 with Content-Range', async () => {
  const last = bytes.length - 1;
  for (const [range, start, end] of [
    ['0-3', 0, 3],
    ['10-', 10, last],
    ['-5', bytes.length - 5, last],
    ['40-4000', 40, last],
  ] as const) {
    const { status, headers, text } = await world.send('GET', path, { headers: { range: `bytes=${range}` } });
    assert.equal(status, 206, range);
    assert.equal(text, bytes.slice(start, end + 1), range);
    assert.equal(headers.get('content-range'), `bytes ${start}-${end}/${bytes.length}`);
    assert.equal(headers.get('content-length'), String(end - start + 1));
  }
});

test('end-2 Range beyond the end or backwards: 416 with the size', async () => {
  for (const range of ['500-0', '5-4', `${bytes.length}-`, '4000-5000', '-0']) {
    const { status, headers } = await world.send('GET', path, { headers: { range: `bytes=${range}` } });
    assert.equal(status, 416, range);
    assert.equal(headers.get('content-range'), `bytes */${bytes.length}`);
  }
});

test('end-2 If-Range of other bytes: the whole; If-None-Match of these: 304', async () => {
  const headers = { range: 'bytes=0-3', 'if-range': '"sha256:other"' };
  assert.equal((await world.send('GET', path, { headers })).status, 200);
  const known = await world.send('GET', path, { headers: { 'if-none-match': `"${digest}"` } });
  assert.deepEqual([known.status, known.text], [304, '']);
});

test('proxying: ?ns= is ignored by a registry that is no proxy', async () => {
  const { status, headers } = await world.send('GET', `${path}?ns=docker.io`);
  assert.equal(status, 200);
  assert.equal(headers.get('oci-namespace'), null);
});

test('end-2 the empty blob is a blob', async () => {
  await pushBlob(world, repository, '');
  const { status, text, headers } = await world.send('GET', `/v2/${repository}/blobs/${digestFor('')}`);
  assert.deepEqual([status, text, headers.get('content-length')], [200, '', '0']);
});

test('end-10 DELETE of a blob: 202, gone at once, then 404', async () => {
  const doomed = await pushBlob(world, repository, 'doomed');
  const target = `/v2/${repository}/blobs/${doomed.digest}`;
  assert.equal((await world.send('DELETE', target)).status, 202);
  assert.equal((await world.send('GET', target)).status, 404);
  const again = await world.send('DELETE', target);
  assert.deepEqual([again.status, again.code], [404, 'BLOB_UNKNOWN']);
});

test('a method that the address does not know: 405 with Allow', async () => {
  const { status, headers, code } = await world.send('POST', path);
  assert.deepEqual([status, code, headers.get('allow')], [405, 'UNSUPPORTED', 'DELETE, GET, HEAD']);
});

test('a blob with Basic credentials on the request itself', async () => {
  const basic = Buffer.from(`${admin.name}:${admin.password}`).toString('base64');
  const { status } = await world.send('HEAD', path, { headers: { authorization: `Basic ${basic}` } });
  assert.equal(status, 200);
});
