// One page of the browser UI over a fresh fake API, seen by a test, with nothing refused or astray by the end.
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type FakeServer, startFakeServer } from '../../web/test/fake-api.ts';
import { openPage } from './chromium.ts';

export async function visitPage(
  browser: Browser,
  path: string,
  options: BrowserContextOptions | undefined,
  use: (page: Page, server: FakeServer) => Promise<void>,
): Promise<void> {
  await using server = await startFakeServer();
  await using watched = await openPage(browser, server.address, options);
  await watched.page.goto(server.address + path);
  await watched.page.locator('h1').first().waitFor();
  await watched.page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await use(watched.page, server);
  assert.deepEqual(watched.faults, []);
}
