// The image's page in a real browser: the answer first, every tab at its own address, tables that say in the
// address what they show, and states in which nothing is invented.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { findBrowser, openPages } from './built-pages.ts';
import { measureContrast } from './contrast.ts';

const OVER = '/r/acme/shop/web/-/2.4.1';
const INDEXING = '/r/library/postgres/-/18.2';
const FAILED = '/r/tools/broken/-/0.1';
const CHART = '/r/charts/shop/-/3.0.0';
const UNKNOWN = '/r/acme/firmware/-/0.3.1';
const PLATFORMS = '/r/acme/shop/api/-/1.9.0';
const LONG =
  '/r/acme/monorepo-with-a-very-long-name/services/billing/worker-that-sends-invoices/-/2026.06.01-rc.4-g3f9c1e2';
/** How many pixels of the page lie beyond its right edge; as text, because it runs in the page. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const TABS = ['', '/findings', '/packages', '/layers', '/configuration'];

const browser = findBrowser();
if ('missing' in browser) console.log(`skipped: ${browser.missing}`);

describe('the page of an image', { skip: 'missing' in browser ? browser.missing : false }, async () => {
  if ('missing' in browser) return;
  const pages = await openPages(browser.path);
  const { visit } = pages;
  after(() => pages[Symbol.asyncDispose]());

  test('says the answer before any evidence, with one step and its command', () =>
    visit(OVER, async (page) => {
      await page
        .getByRole('heading', { level: 2, name: 'Over the line: 2 of 6 rules are not met' })
        .waitFor();
      assert.equal(await textOf(page.getByRole('heading', { level: 1 })), 'web:2.4.1');
      const card = page.locator('.answer-card');
      const words = await textOf(card);
      assert.match(
        words,
        /One step does most of it: upgrade 8 Debian packages\. It clears 31 of 34 findings\./,
      );
      assert.match(words, /apt-get update && apt-get upgrade -y/);
      assert.ok((await topOf(page, '.answer-card')) < (await topOf(page, '[role=tablist]')));
      assert.equal(await page.title(), 'web:2.4.1 · Plimsoll');
    }));

  test('opens a rule to its reasons', () =>
    visit(OVER, async (page) => {
      await page.getByRole('button', { name: 'Base image 94 days behind' }).click();
      await page.getByText('debian:12-slim moved on 94 days ago', { exact: false }).waitFor();
    }));

  test('shows each tab at an address of its own', async () => {
    const shown: Record<string, RegExp> = {
      '': /Build with Go 1\.26\.3/,
      '/findings': /CVE-2025-45491/,
      '/packages': /GPL-2\.0-or-later/,
      '/layers': /COPY node_modules/,
      '/configuration': /10001 is not root/,
    };
    for (const [tab, words] of Object.entries(shown)) {
      await visit(`${OVER}${tab}`, async (page) => {
        await page.getByRole('tabpanel').filter({ hasText: words }).first().waitFor();
        const selected = page.locator('[aria-label=Evidence] [aria-selected=true]');
        assert.equal(
          new URL((await selected.getAttribute('href')) ?? '', page.url()).pathname,
          `${OVER}${tab}`,
        );
      });
    }
  });

  test('moves between tabs by keyboard alone', () =>
    visit(OVER, async (page) => {
      await page.locator('[aria-label=Evidence] [aria-selected=true]').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${OVER}/findings`);
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${OVER}/configuration`);
    }));

  test('sorts findings, and says so in the address and to a screen reader', () =>
    visit(`${OVER}/findings`, async (page) => {
      await page.getByRole('columnheader', { name: 'Package' }).getByRole('button').click();
      await page.waitForURL(/sort=package&order=asc/);
      await page.locator('th[aria-sort=ascending]').filter({ hasText: 'Package' }).waitFor();
      await untilColumn(page, 4, (names) => isSorted(names));
      await page.locator('th[aria-sort] button').click();
      await page.waitForURL(/order=desc/);
      await untilColumn(page, 4, (names) => isSorted(names.toReversed()) && !isSorted(names));
    }));

  test('filters findings by text and severity, keeps it in the address, and takes it back', () =>
    visit(`${OVER}/findings`, async (page) => {
      await page.getByRole('searchbox', { name: 'Filter by name' }).fill('libexpat1');
      await page.waitForURL(/q=libexpat1/);
      await untilColumn(page, 4, (names) => names.length > 1 && names.every((name) => name === 'libexpat1'));
      await page.getByRole('checkbox', { name: 'critical' }).check();
      await page.waitForURL(/severity=critical/);
      await untilColumn(page, 3, (ids) => ids.length === 1 && ids[0] === 'CVE-2025-45491');
      await page.reload();
      await untilColumn(page, 3, (ids) => ids.length === 1 && ids[0] === 'CVE-2025-45491');
      await page.getByRole('searchbox', { name: 'Filter by name' }).fill('no such thing');
      await page.getByRole('button', { name: 'Show all findings' }).click();
      await untilColumn(page, 3, (ids) => ids.length === 34);
      assert.doesNotMatch(page.url(), /q=|severity=/);
    }));

  test('opens a finding to what it was computed from', () =>
    visit(`${OVER}/findings`, async (page) => {
      await page.getByRole('button', { name: 'Evidence for CVE-2025-45491 in libexpat1' }).click();
      const evidence = await textOf(page.locator('.data-table-detail'));
      assert.match(evidence, /2\.0\.0-1 < 2\.0\.0-1\+deb12u1/);
      assert.match(evidence, /var\/lib\/dpkg\/status/);
      assert.match(evidence, /CVSS:3\.1\//);
    }));

  test('draws 100 packages and more only on demand; what was not judged says why', () =>
    visit(`${OVER}/packages`, async (page) => {
      await page.getByText('100 of 212 shown').waitFor();
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.getByText('200 of 212 shown').waitFor();
      assert.equal(await page.locator('tbody tr').count(), 200);
      await page.locator('.data-table-unknown .data-table-toggle').first().click();
      assert.match(await textOf(page.locator('.data-table-detail')), /Not judgedno feed covers/);
    }));

  test('leads from a layer to its packages', () =>
    visit(`${OVER}/layers`, async (page) => {
      await page.getByRole('link', { name: '60 packages' }).click();
      await page.waitForURL(/\/packages\?layer=1$/);
      await page.locator('tbody tr').first().waitFor();
      assert.equal(await page.getByRole('combobox', { name: 'Layer' }).inputValue(), '1');
    }));

  test('turns progress into a verdict without a reload', () =>
    visit('/', async (page) => {
      await page.clock.install();
      await page.evaluate(`history.pushState({}, '', '${INDEXING}')`);
      await page.getByRole('heading', { level: 1, name: 'postgres:18.2' }).waitFor();
      await page.evaluate('globalThis.isSamePage = true');
      const said = new Set<string>();
      const answer = page.locator('#answer');
      for (let polls = 0; polls < 40; polls += 1) {
        await answer.waitFor();
        said.add(await textOf(answer));
        if (said.has('Within the line: all 2 rules are met')) break;
        await page.clock.runFor(1_000);
        await page.waitForLoadState('networkidle');
      }
      assert.deepEqual(
        [...said],
        ['Being looked into', 'Being judged', 'Within the line: all 2 rules are met'],
      );
      assert.equal(await page.evaluate('globalThis.isSamePage'), true);
      await page.getByRole('tab', { name: 'Packages 96' }).waitFor();
    }));

  test('invents nothing where there is no report', async () => {
    await visit(FAILED, async (page) => {
      await page.getByRole('heading', { name: 'Not judged: it could not be read' }).waitFor();
      await page.getByText('Layer 3 ends in the middle of a file', { exact: false }).waitFor();
      assert.equal(await page.locator('[aria-label=Evidence], .answer-card').count(), 0);
    });
    await visit(CHART, async (page) => {
      await page.getByRole('heading', { name: 'Not judged: this is not a container image' }).waitFor();
      assert.equal(await page.locator('[aria-label=Evidence], .answer-card').count(), 0);
    });
  });

  test('never says zero of what was not judged', () =>
    visit(UNKNOWN, async (page) => {
      await page.getByText('Nothing to fix among what was judged').waitFor();
      assert.equal(await textOf(page.getByRole('tab', { name: 'Findings' })), 'Findings');
      await page.getByText('1 thing could not be read').click();
      await page.getByText('it is encrypted', { exact: false }).waitFor();
    }));

  test('says so where the advisories are older than a week', () =>
    visit('/', async (page) => {
      await page.route(/\/images\/2\.4\.1$/, async (route) => {
        const response = await route.fetch();
        const detail = await response.json();
        for (const feed of detail.report.coverage.feeds) {
          feed.refreshedAt = new Date(Date.now() - 9.5 * 86_400_000).toISOString();
        }
        await route.fulfill({ response, json: detail });
      });
      await page.goto(new URL(OVER, page.url()).href);
      await page.getByText('The advisories are 9 days old', { exact: false }).waitFor();
    }));

  test('keeps the chosen platform in the address', () =>
    visit(PLATFORMS, async (page) => {
      await page.getByRole('combobox', { name: 'Platform' }).selectOption('linux/arm64');
      await page.waitForURL(/platform=linux(%2F|\/)arm64/);
      await page.getByText('docker pull --platform linux/arm64', { exact: false }).waitFor();
      await page.getByRole('tab', { name: 'Packages' }).click();
      await page.waitForURL(/\/packages\?platform=linux(%2F|\/)arm64/);
    }));

  test('says what is missing where there is no such image, with the code and a way on', () =>
    visit(
      '/r/acme/shop/api/-/0.0.0',
      async (page) => {
        await page.getByText('No such image here').waitFor();
        await page.getByText('NAME_UNKNOWN').waitFor();
        await page.getByRole('link', { name: 'Tags of acme/shop/api' }).waitFor();
      },
      { expectedStatus: 404 },
    ));

  test('fits a phone: nothing reaches beyond 390 pixels', async () => {
    for (const path of [...TABS.map((tab) => OVER + tab), LONG, INDEXING, FAILED, UNKNOWN]) {
      await visit(
        path,
        async (page) => {
          await untilFilled(page);
          const beyond = await page.evaluate(BEYOND);
          assert.equal(beyond, 0, path);
        },
        { width: 390 },
      );
    }
  });

  test('has colours of its own in the dark, and text one can read in both', async () => {
    const grounds = new Set<unknown>();
    for (const theme of ['light', 'dark'] as const) {
      for (const tab of TABS) {
        await visit(
          OVER + tab,
          async (page) => {
            await untilFilled(page);
            grounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
            const poor = (await measureContrast(page)).filter(({ ratio }) => ratio < 4.5);
            assert.deepEqual(poor, [], `${theme} ${tab}`);
          },
          { theme },
        );
      }
    }
    assert.equal(grounds.size, 2);
  });
});

/** The answer is there, and no place is kept for anything still on its way. */
async function untilFilled(page: Page): Promise<void> {
  await page.locator('#answer').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}

async function topOf(page: Page, selector: string): Promise<number> {
  return (await page.locator(selector).first().boundingBox())?.y ?? Number.NaN;
}

/** Waits until the cells of a column (counted from 1) are as wished; says what they were when they never are. */
async function untilColumn(
  page: Page,
  column: number,
  isWished: (cells: string[]) => boolean,
): Promise<void> {
  const cells = page.locator(`tbody tr:not(.data-table-detail) td:nth-child(${column})`);
  const until = Date.now() + 5_000;
  let last: string[] = [];
  while (Date.now() < until) {
    last = await cells.allInnerTexts();
    if (isWished(last)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`the column holds ${last.join(', ')}`);
}

function isSorted(words: readonly string[]): boolean {
  return (
    words.length > 1 && words.every((word, at) => at === 0 || (words[at - 1] ?? '').localeCompare(word) <= 0)
  );
}
