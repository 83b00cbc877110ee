// The frame, the home, the search and a repository in a real browser: by keyboard, on a phone, in the dark,
// empty, stale and without a server that answers.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { FakeApiMode } from '../../webui/test/fake-api.ts';
import { findBrowser, openPages } from './built-pages.ts';
import { measureContrast } from './contrast.ts';

const REPOSITORY = '/r/acme/shop/web';
const LONG = '/r/acme/monorepo-with-a-very-long-name/services/billing/worker-that-sends-invoices';
const PATHS = ['/', '/search', '/search?q=libexpat1', '/search?q=zzz', REPOSITORY, LONG, '/nowhere'];
/** WCAG 2.2, 1.4.3, for text of any size. */
const LEAST_CONTRAST = 4.5;
/** How many pixels of the page lie beyond its right edge; as text, because it runs in the page. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const browser = findBrowser();
if ('missing' in browser) console.log(`skipped: ${browser.missing}`);
const skip = 'missing' in browser ? browser.missing : false;

async function open(mode: FakeApiMode) {
  if ('missing' in browser) throw new Error(browser.missing);
  const pages = await openPages(browser.path, mode);
  after(() => pages[Symbol.asyncDispose]());
  return pages.visit;
}

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.getAttribute("name") ?? document.activeElement.textContent');
}

describe('the frame', { skip }, async () => {
  if (skip) return;
  const visit = await open('full');

  test('is passed by the keyboard, and / opens the search from anywhere', () =>
    visit('/', async (page) => {
      await page.locator('.image-row').first().waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await focused(page), 'Skip to the page');
      await page.keyboard.press('/');
      assert.equal(await focused(page), 'q');
      await page.keyboard.type('1.0/x');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/search?q=1.0%2Fx');
      await page.getByText('Nothing here is called so.').waitFor();
      assert.equal(await page.title(), '1.0/x: search · Plimsoll');
      assert.equal(await page.evaluate('document.activeElement.id'), 'main');
    }));

  test('keeps the chosen colours over a reload', () =>
    visit('/', async (page) => {
      await page.getByText('Dark', { exact: true }).click();
      await page.reload();
      assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
      assert.ok(await page.getByRole('radio', { name: 'Dark' }).isChecked());
      await page.getByText('System', { exact: true }).click();
      assert.equal(await page.evaluate('localStorage.getItem("plimsoll.theme")'), null);
    }));

  test('says that nothing is at an unknown address', () =>
    visit('/nowhere', (page) => page.getByRole('heading', { level: 1, name: /no page/ }).waitFor()));

  test('fits a phone on every page', async () => {
    for (const path of PATHS) {
      const look = async (page: Page) => {
        await page.locator('h1').waitFor();
        await page.waitForFunction('!document.querySelector(".skeleton")');
        assert.equal(await page.evaluate(BEYOND), 0, path);
      };
      await visit(path, look, { width: 390 });
    }
  });

  test('is readable in both sets of colours', async () => {
    for (const theme of ['light', 'dark'] as const) {
      for (const path of PATHS) {
        const look = async (page: Page) => {
          await page.locator('h1').waitFor();
          await page.waitForFunction('!document.querySelector(".skeleton")');
          const texts = await measureContrast(page);
          assert.ok(texts.length > 0);
          const faint = texts.filter(({ ratio }) => ratio < LEAST_CONTRAST);
          assert.deepEqual(faint, [], `${theme} ${path}`);
        };
        await visit(path, look, { theme });
      }
    }
  });
});

describe('the home', { skip }, async () => {
  if (skip) return;
  const visit = await open('full');

  test('shows each image with its load line and its answer', () =>
    visit('/', async (page) => {
      const row = (name: string) => page.locator('.image-row', { hasText: name });
      await row('acme/shop/web').getByRole('img', { name: 'Over the line' }).waitFor();
      await row('acme/shop/api').getByRole('img', { name: 'Within the line' }).waitFor();
      await row('acme/firmware').getByRole('img', { name: 'Could not be judged' }).waitFor();
      await row('tools/broken').getByRole('img', { name: 'Could not be judged' }).waitFor();
      await row('library/postgres').getByRole('img', { name: 'Not judged yet' }).waitFor();
      await row('charts/shop')
        .getByText(/it is a Helm chart/)
        .waitFor();
      await row('acme/shop/web').click();
      await page.waitForURL(`**${REPOSITORY}/-/2.4.1`);
    }));

  test('gives the lines of the client that was chosen before', () =>
    visit('/', async (page) => {
      await page.getByRole('tab', { name: 'docker' }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.getByText('podman push --tls-verify=false hub.example.org/you/app:1.0').waitFor();
      await page.reload();
      await page.getByRole('tab', { name: 'podman', selected: true }).waitFor();
    }));
});

describe('a repository', { skip }, async () => {
  if (skip) return;
  const visit = await open('full');

  test('lists its tags in parts and filters them by name', () =>
    visit(REPOSITORY, async (page) => {
      const rows = page.locator('.image-row');
      await page.getByRole('button', { name: 'Show more' }).click();
      await rows.nth(9).waitFor();
      await page.getByRole('searchbox', { name: 'Filter tags' }).fill('2.3.1');
      await page.waitForURL('**?q=2.3.1');
      await rows.nth(3).waitFor({ state: 'detached' });
      assert.equal(await rows.count(), 3);
      await page.getByRole('searchbox', { name: 'Filter tags' }).fill('none');
      await page.getByRole('button', { name: 'Show all tags' }).click();
      await rows.nth(4).waitFor();
    }));

  test('copies a whole digest and says so, without leaving the page', () =>
    visit(REPOSITORY, async (page) => {
      const digest = page.getByRole('button', { name: /^Copy digest sha256:[0-9a-f]{64}$/ }).first();
      await digest.click();
      await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
      assert.ok(page.url().endsWith(REPOSITORY));
    }));

  test('that is not there says so, with the code', () =>
    visit(
      '/r/nothing/here',
      async (page) => {
        await page.getByRole('heading', { level: 1, name: 'Not here' }).waitFor();
        await page.getByRole('alert').getByText('NAME_UNKNOWN').waitFor();
        assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
      },
      { expectedStatus: 404 },
    ));
});

describe('a search', { skip }, async () => {
  if (skip) return;
  const visit = await open('full');

  test('finds repositories, packages and vulnerabilities, each with its reason', () =>
    visit('/search?q=libexpat1', async (page) => {
      await page.getByRole('heading', { name: 'Images that hold it' }).waitFor();
      await page.getByText('holds libexpat1 2.5.0-1 (deb)').first().waitFor();
      await page.getByRole('searchbox', { name: /^Find/ }).fill('CVE-2025-45491');
      await page.keyboard.press('Enter');
      await page.getByText('CVE-2025-45491 in libexpat1 2.5.0-1, high').waitFor();
      await page.getByRole('searchbox', { name: /^Find/ }).fill('acme/shop');
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'acme/shop/api' }).waitFor();
    }));
});

describe('a home in trouble', { skip }, async () => {
  if (skip) return;

  test('that is empty says what to do', async () => {
    const visit = await open('empty');
    await visit('/', async (page) => {
      await page.getByText('No images here yet. Push one:').waitFor();
      await page.getByText('docker push hub.example.org/you/app:1.0').waitFor();
      await page
        .getByText(/No advisories yet/)
        .first()
        .waitFor();
    });
  });

  test('says how old its advisories are', async () => {
    const visit = await open('stale');
    await visit('/', (page) => page.getByText('Advisories are 9 days old.').waitFor());
  });

  test('without a server says why, and offers to try again', async () => {
    const visit = await open('down');
    const look = async (page: Page) => {
      await page.getByText('the database does not answer').waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    };
    await visit('/', look, { expectedStatus: 503 });
  });
});
