// Promise: where a proxy in front sends the files, rights and proofs stay ours: who may not pull is told no path, what
// was not proven lately goes out from here, and whoever comes past the proxy gets bytes, never an empty answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handOverOf, sendfile } from '../../src/app/hand-over-setting.ts';
import { createHandOver } from '../../src/entry/http/hand-over.ts';
import type { Digest } from '../../src/formats/oci/digest.ts';
import { bootRegistry, digestFor, pushBlob } from '../world/registry.ts';

const bytes = 'the bytes of a blob';
const digest = digestFor(bytes) as Digest;
const hex = digest.slice('sha256:'.length);
const path = `/v2/repo/one/blobs/${digest}`;
const handOver = createHandOver('X-Accel-Redirect', '/internal/');
const behind = { headers: { 'x-forwarded-for': '192.0.2.7' } };

test('handed over: a blob through the proxy is the file’s address, with the headers of the answer and no body', async () => {
  await using world = await bootRegistry({ handOver });
  await pushBlob(world, 'repo/one', bytes);
  const { status, headers, text } = await world.send('GET', path, behind);
  assert.equal(status, 200);
  assert.equal(text, '');
  assert.deepEqual(
    ['x-accel-redirect', 'content-type', 'docker-content-digest', 'etag'].map((name) => headers.get(name)),
    [`/internal/sha256/${hex.slice(0, 2)}/${hex}`, 'application/octet-stream', digest, `"${digest}"`],
  );
  const part = await world.send('GET', path, { headers: { ...behind.headers, range: 'bytes=0-1' } });
  assert.deepEqual([part.status, part.text], [200, ''], 'the range is the proxy’s part');
});

test('handed over: who comes past the proxy, a HEAD and a known blob are answered as ever', async () => {
  await using world = await bootRegistry({ handOver });
  await pushBlob(world, 'repo/one', bytes);
  const past = await world.send('GET', path);
  assert.deepEqual([past.text, past.headers.get('x-accel-redirect')], [bytes, null]);
  const head = await world.send('HEAD', path, behind);
  assert.equal(head.headers.get('content-length'), String(bytes.length));
  const known = { ...behind.headers, 'if-none-match': `"${digest}"` };
  assert.equal((await world.send('GET', path, { headers: known })).status, 304);
});

test('handed over: no path is told of a blob that the repository does not hold', async () => {
  await using world = await bootRegistry({ handOver });
  await pushBlob(world, 'repo/one', bytes);
  await pushBlob(world, 'repo/two', 'else');
  const other = await world.send('GET', `/v2/repo/two/blobs/${digest}`, behind);
  assert.deepEqual([other.status, other.headers.get('x-accel-redirect')], [404, null]);
});

test('handed over: what was not proven lately is proven on its way, by us', async () => {
  await using world = await bootRegistry({ handOver, proveAfterMs: 0 });
  await pushBlob(world, 'repo/one', bytes);
  const due = await world.send('GET', path, behind);
  assert.deepEqual([due.text, due.headers.get('x-accel-redirect')], [bytes, null]);
});

test('handed over: the setting is an address or the file’s own path, and needs a proxy that is trusted', () => {
  const settingOf = (text: string) => {
    const reading = sendfile.read(text);
    assert.ok('value' in reading, text);
    assert.equal(sendfile.format?.(reading.value), text);
    return reading.value;
  };
  const headersOf = (text: string, proxyTrusted: 'on' | 'off') =>
    handOverOf({ data: '/var/lib/plimsoll', proxyTrusted, registrySendfile: settingOf(text) }).handOver?.(
      behind as never,
      digest,
    );
  const name = `sha256/${hex.slice(0, 2)}/${hex}`;
  assert.deepEqual(headersOf('x-accel-redirect:/a/b/', 'on'), { 'X-Accel-Redirect': `/a/b/${name}` });
  assert.deepEqual(headersOf('x-sendfile', 'on'), { 'X-Sendfile': `/var/lib/plimsoll/blobs/${name}` });
  assert.equal(headersOf('off', 'off'), undefined);
  assert.throws(() => headersOf('x-sendfile', 'off'), {
    code: 'app.setting_invalid',
    message: /^registry\.sendfile is set, but proxy\.trusted is off; it must be on/,
  });
});
