import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openTestHttp } from '../net/http.fixture.ts';
import type { Http } from '../net/http.ts';
import { advisoryErrors } from './errors.ts';
import { testFeedSource } from './feed-contract-suite.ts';
import { createFeedDownload } from './feed-download.ts';
import { createFeedSource } from './feed-place.ts';

const TRACKER = { path: 'debian/tracker.json', publicUrl: 'https://feeds.invalid/json' };

testFeedSource('feed download', async (t, documents) => {
  const mirror = await serve(t, (request, response) => {
    const bytes = documents.get(request.url?.slice('/feeds/'.length) ?? '');
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  return createFeedDownload({ http: client(t), folder: folderOf(t), mirror: `${mirror}/feeds` });
});

test('feed download: the temporary file goes away with its document', async (t) => {
  const mirror = await serve(t, (_request, response) => response.end('{}'));
  const folder = folderOf(t);
  const file = await createFeedDownload({ http: client(t), folder, mirror }).open(TRACKER);
  assert.equal(readdirSync(folder).length, 1);
  await file?.[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(folder), []);
});

test('feed download: what a killed process left a day ago goes, what another downloads now stays', async (t) => {
  const mirror = await serve(t, (_request, response) => response.end('{}'));
  const folder = folderOf(t);
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (const name of ['feed-dead', 'feed-alive', 'mine']) mkdirSync(join(folder, name));
  for (const name of ['feed-dead', 'mine']) utimesSync(join(folder, name), yesterday, yesterday);
  const file = await createFeedDownload({ http: client(t), folder, mirror }).open(TRACKER);
  await file?.[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(folder).sort(), ['feed-alive', 'mine']);
});

test('feed download: a broken-off answer is unreadable and leaves nothing', async (t) => {
  const mirror = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  });
  const folder = folderOf(t);
  const source = createFeedDownload({ http: client(t), folder, mirror });
  await assert.rejects(source.open(TRACKER), { code: advisoryErrors.feed_unreadable.code });
  assert.deepEqual(readdirSync(folder), []);
});

test('feed download: a server that fails, or is not there, is unreadable', async (t) => {
  const mirror = await serve(t, (_request, response) => response.writeHead(500).end());
  const folder = folderOf(t);
  for (const place of [mirror, 'http://127.0.0.1:1']) {
    const source = createFeedDownload({ http: client(t), folder, mirror: place });
    await assert.rejects(source.open(TRACKER), { code: advisoryErrors.feed_unreadable.code });
  }
});

test('feed download: a folder that cannot be written is said so', async (t) => {
  const mirror = await serve(t, (_request, response) => response.end('{}'));
  const blocked = join(folderOf(t), 'a-file');
  writeFileSync(blocked, '');
  const source = createFeedDownload({ http: client(t), folder: join(blocked, 'below'), mirror });
  await assert.rejects(source.open(TRACKER), { code: advisoryErrors.folder_unusable.code });
});

test('feed download: aborting throws the signal’s reason and leaves nothing', async (t) => {
  const abort = new AbortController();
  const mirror = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('some');
  });
  const folder = folderOf(t);
  const source = createFeedDownload({ http: client(t), folder, mirror });
  const reason = new Error('enough');
  await assert.rejects(
    source.open(TRACKER, { signal: abort.signal, onProgress: () => abort.abort(reason) }),
    reason,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('feed place: nothing is the vendors, a URL a mirror, anything else a folder', async (t) => {
  const asked: string[] = [];
  const http: Http = {
    ...client(t),
    requestWithRetry: async ({ url }) => {
      asked.push(String(url));
      throw new Error('no network in tests');
    },
  };
  const deps = { http, folder: folderOf(t) };
  for (const place of [undefined, 'https://mirror.invalid/feeds/']) {
    await assert.rejects(createFeedSource(deps, place).open(TRACKER));
  }
  assert.deepEqual(asked, [TRACKER.publicUrl, 'https://mirror.invalid/feeds/debian/tracker.json']);
  assert.equal(await createFeedSource(deps, deps.folder).open(TRACKER), undefined);
  assert.ok(existsSync(deps.folder));
});

async function serve(t: TestContext, handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(t: TestContext): Http {
  const http = openTestHttp();
  t.after(() => http[Symbol.asyncDispose]());
  return http;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-feeds-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
