// The built pages in a real browser: builds the web UI into a temporary folder, serves it with the made-up API
// and opens Chromium. Every page that is opened here is watched: an error on its console, an uncaught exception
// or a request to another host fails the test that opened it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
// The folder of the web UI stands in these two lines and nowhere else in the browser tests.
import { type FakeApiMode, startFakeApi } from '../../webui/test/fake-api.ts';

const WEB = fileURLToPath(new URL('../../webui', import.meta.url));

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// No window, no sandbox (containers have none), and nothing that would call home.
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageWish {
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
  /** Answers of the API with these statuses are meant; the browser logs them as errors. */
  readonly expectedStatus?: number;
}

/** Runs `work` on a fresh page at `path`; what the page did wrong fails it. */
export type VisitPage = (path: string, work: (page: Page) => Promise<void>, wish?: PageWish) => Promise<void>;

export interface Pages extends AsyncDisposable {
  readonly visit: VisitPage;
}

/** The installed browser, or why there is none: then tests are skipped, but never in CI. */
export function findBrowser(): { readonly path: string } | { readonly missing: string } {
  const path = BROWSERS.find((one) => existsSync(one));
  if (path !== undefined) return { path };
  const missing = `no browser: none of ${BROWSERS.join(', ')} is installed`;
  if (process.env.CI === 'true') throw new Error(missing);
  return { missing };
}

/** Builds, serves in a state of the made-up API and opens; dispose of it to end all three. */
export async function openPages(browserPath: string, mode?: FakeApiMode): Promise<Pages> {
  await using opening = new AsyncDisposableStack();
  const dist = await mkdtemp(join(tmpdir(), 'plimsoll-pages-'));
  opening.defer(() => rm(dist, { recursive: true, force: true }));
  await build({ root: WEB, logLevel: 'error', build: { outDir: dist, emptyOutDir: true } });
  const api = opening.use(await startFakeApi(dist, mode));
  const browser = await chromium.launch({ executablePath: browserPath, args: FLAGS });
  opening.defer(() => browser.close());
  const ending = opening.move();

  const visit: VisitPage = async (path, work, { width = 1280, theme = 'light', expectedStatus } = {}) => {
    const page = await browser.newPage({ viewport: { width, height: 1000 }, colorScheme: theme });
    const wrongs: string[] = [];
    page.on('pageerror', (error) => wrongs.push(`uncaught: ${error.message}`));
    page.on('console', (line) => {
      const isMeant = expectedStatus !== undefined && line.text().includes(`status of ${expectedStatus}`);
      if (line.type() === 'error' && !isMeant) wrongs.push(`console: ${line.text()}`);
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== api.url) wrongs.push(`asked another host: ${request.url()}`);
    });
    try {
      await page.goto(api.url + path);
      await work(page);
      assert.deepEqual(wrongs, []);
    } finally {
      await page.close();
    }
  };
  return { visit, [Symbol.asyncDispose]: () => ending.disposeAsync() };
}
