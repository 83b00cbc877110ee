// A real browser for the tests of the pages: where Chromium is, how it starts, and what it must not do.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why the browser's tests cannot run here; undefined where they can. Not every test needs the built pages. */
export function findReasonToSkip(needs: { readonly pages: boolean } = { pages: true }): string | undefined {
  const reason = whatIsMissing(needs);
  if (reason !== undefined && process.env.CI === 'true') throw new Error(`CI must have it: ${reason}`);
  return reason;
}

function whatIsMissing({ pages }: { readonly pages: boolean }): string | undefined {
  if (findChromium() === undefined) return `no Chromium at ${PLACES.join(', ')}`;
  if (!pages) return undefined;
  const built = join(import.meta.dirname, '../../dist/web/index.html');
  return existsSync(built) ? undefined : 'the web UI is not built: npm run build';
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({ args: ARGS, ...(executablePath ? { executablePath } : {}) });
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors, refused resources, uncaught errors, requests to other hosts. */
  readonly faults: string[];
}

/** A page in a context of its own that notes whatever should not happen. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy'))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`a request to ${request.url()}`);
  });
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}

function findChromium(): string | undefined {
  return PLACES.find((path) => existsSync(path));
}
