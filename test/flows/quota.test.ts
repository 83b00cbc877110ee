// Promise: a namespace holds no more than its quota; the push that is too much says the exact bytes, and so do the API
// and the command.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NamespaceUsage } from '../../src/entry/http/contract-quota.ts';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const image = debianImage(['bash 5.2-1']);
const sizes = [...image.blobs.values(), ...image.manifests.map(({ bytes }) => bytes)];
const bytes = sizes.reduce((sum, one) => sum + one.byteLength, 0);
const folder = temporaryFolder();
let world: ProductWorld;

before(async () => {
  world = await bootProduct();
  await world.push('acme/app', '1', image);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('what a namespace holds is shown to the byte, to who has a role in it', async () => {
  const found = await world.get<NamespaceUsage>('/api/v1/namespaces/acme/usage', { isAdmin: true });
  assert.deepEqual(found, { namespace: 'acme', bytes, blobs: sizes.length });
  await world.problem('/api/v1/namespaces/acme/usage', 401);
  await world.problem('/api/v1/namespaces/acme/quota', 401, { method: 'POST', body: { quotaBytes: 1 } });
});

test('over the quota a push is denied, in a sentence that clients show; pulls go on', async () => {
  const wish = { method: 'POST', isAdmin: true, body: { quotaBytes: bytes } };
  const set = await world.get<NamespaceUsage>('/api/v1/namespaces/acme/quota', wish);
  assert.deepEqual([set.bytes, set.quotaBytes], [bytes, bytes]);
  const authorization = `Bearer ${await world.token('repository:acme/app:pull,push')}`;
  const upload = await world.send('POST', '/v2/acme/app/blobs/uploads/', { headers: { authorization } });
  assert.equal(upload.status, 403);
  const { errors } = (await upload.json()) as { errors: { code: string; message: string }[] };
  assert.equal(errors[0]?.code, 'DENIED');
  assert.match(errors[0]?.message ?? '', new RegExp(`^acme holds ${bytes} of its ${bytes} bytes \\(`));
  assert.equal((await world.send('GET', '/v2/acme/app/manifests/1')).status, 200);
  await world.push('other/app', '1', image);
  const audit = world.rows(`select target, detail_json from audit where action = 'namespace.quota'`);
  assert.deepEqual({ ...audit[0] }, { target: 'acme', detail_json: JSON.stringify({ quotaBytes: bytes }) });
});

test('the command shows and sets it', async () => {
  const home = folder.path;
  const login = ['login', world.host, '-u', 'admin', '--password-stdin'];
  assert.equal((await runCommand(login, { home, stdin: password })).exitCode, 0);
  const org = (...more: string[]) => runCommand(['org', ...more, '--host', world.host], { home });
  const more = await org('quota', 'acme', '1GiB');
  assert.match(more.stdout, new RegExp(`acme +${bytes} bytes \\(.*\\) +${sizes.length} +1073741824 bytes`));
  await org('quota', 'acme', 'none');
  assert.match((await org('usage', 'acme')).stdout, /no limit/);
  const wrong = await org('quota', 'acme', 'much');
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /"much" is no size; write bytes, as 500MiB or 2TiB, or none/);
});
