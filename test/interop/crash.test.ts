// Must show 4: kill -9 during a push and during the look inside: the store stays consistent, the client's
// retry works, the job goes on.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImageDetail } from '../../src/entry/http/contract.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, run, startProduct, temporaryFolder, until } from './world.ts';

const skip = missingTools('skopeo');

test('kill -9 in the middle of a push: nothing half is visible, and the same push goes through afterwards', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const bytes = randomBytes(40_000_000);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  let product = await startProduct(data, { args: ['--advisories-refresh', 'off'] });
  let token = await pushToken(product.url);
  const location = await startUpload(product.url, token);
  await sendHalf(product.url, location, token, bytes.subarray(0, 20_000_000), bytes.length, () =>
    product.kill(),
  );

  product = await startProduct(data, { args: ['--advisories-refresh', 'off'] });
  await using running = product;
  token = await pushToken(running.url);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal(
    (await fetch(`${running.url}/v2/crash/push/blobs/${digest}`, { method: 'HEAD', headers })).status,
    404,
  );
  checkBlobs(data);

  // The upload of before the crash is still known and says how much of it is there; a new one works as well.
  const status = await fetch(`${running.url}${location}`, { headers });
  assert.equal(status.status, 204);
  const again = await startUpload(running.url, token);
  const put = await fetch(`${running.url}${again}${again.includes('?') ? '&' : '?'}digest=${digest}`, {
    method: 'PUT',
    headers,
    body: bytes,
  });
  assert.equal(put.status, 201, await put.text());
  const got = Buffer.from(
    await (await fetch(`${running.url}/v2/crash/push/blobs/${digest}`, { headers })).arrayBuffer(),
  );
  assert.ok(got.equals(bytes));
  checkBlobs(data);
});

test('kill -9 while an image is looked into: after the next start it is judged', { skip }, async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  // Enough bytes that the kill comes while they are read.
  const layout = makeLayout(join(folder.path, 'image'), [randomBytes(300_000_000)]);
  const killed = await startProduct(data, { args: ['--advisories-refresh', 'off'] });
  run('skopeo', [
    'copy',
    '-q',
    '--dest-tls-verify=false',
    '--dest-creds',
    `admin:${password}`,
    `oci:${layout}:a`,
    `docker://${killed.host}/crash/index:1`,
  ]);
  const caught = await until(
    async () =>
      (await killed.get<ImageDetail>('/api/v1/repositories/crash/index/-/images/1')).scan.state as string,
    10_000,
    () => killed.output(),
  );
  await killed.kill();
  assert.notEqual(caught, 'failed');
  await using product = await startProduct(data, { args: ['--advisories-refresh', 'off'] });
  await until(
    async () => {
      const { scan } = await product.get<ImageDetail>('/api/v1/repositories/crash/index/-/images/1');
      assert.notEqual(scan.state, 'failed', scan.error ?? '');
      return scan.state === 'judged' ? scan : undefined;
    },
    120_000,
    () => product.output(),
  );
  checkBlobs(data);
});

/** Every visible blob has the bytes that its name says. */
function checkBlobs(data: string): void {
  const folder = join(data, 'blobs/sha256');
  // Nothing was ever committed: the folder is not there yet.
  if (!existsSync(folder)) return;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), file.name);
  }
}

async function pushToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/token?service=plimsoll&scope=repository:crash/push:pull,push`, {
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  });
  return ((await answer.json()) as { token: string }).token;
}

async function startUpload(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/v2/crash/push/blobs/uploads/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 202);
  const location = new URL(answer.headers.get('location') as string, url);
  return location.pathname + location.search;
}

/** Sends the first half of a PATCH, then lets `interrupt` happen; resolves when the connection is gone. */
function sendHalf(
  url: string,
  path: string,
  token: string,
  half: Uint8Array,
  lengthBytes: number,
  interrupt: () => Promise<void>,
): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(new URL(path, url), {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/octet-stream',
        'content-length': lengthBytes,
        'content-range': `0-${lengthBytes - 1}`,
      },
    });
    sent.on('error', () => resolve());
    sent.on('close', () => resolve());
    sent.write(half, () => void interrupt());
  });
}
