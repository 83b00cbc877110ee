// Two images side by side, and what changed under a tag, in a real browser over the fake API.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ComparisonAnswer } from '../../src/entry/http/contract-comparison.ts';
import type { FakeServer } from '../../web/test/fake-api.ts';
import { findReasonToSkip, startBrowser } from './chromium.ts';
import { visitPage } from './visit.ts';

const IMAGE = '/r/score-spec/score-compose/-/1.4.0';
const COMPARE = '/compare?before=score-spec/score-compose:1.3.2&after=score-spec/score-compose:1.4.0';
const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

describe('comparing', { skip: reason ?? false }, () => {
  let browser: Browser;
  let server: FakeServer;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  const visit = (path: string, use: (page: Page) => Promise<void>, options?: BrowserContextOptions) =>
    visitPage(browser, path, options, async (page, started) => {
      server = started;
      await use(page);
    });

  test('on a phone a change of versions and of a rule is read in one line', () =>
    visit(
      COMPARE,
      async (page) => {
        await page.getByText('1.0.0-1 → 1.0.0-1+deb12u1').waitFor();
        await page.getByText('downgraded 1.0.0-1 →').waitFor();
        await page.getByText('removed 5.36.0-7').waitFor({ state: 'detached' });
        await page.getByRole('searchbox', { name: 'Filter packages that changed' }).fill('perl-base');
        await page.getByText('removed 5.36.0-7').waitFor();
        assert.equal(await page.getByRole('columnheader', { name: 'Before' }).count(), 2);
      },
      { viewport: { width: 390, height: 844 } },
    ));

  test('a comparison says the server’s sentence, and never that nothing is there where nothing was judged', () =>
    visit('/compare', async (page) => {
      await page.route('**/api/v1/compare?*', async (route) => {
        const response = await route.fetch();
        const { comparison, ...rest } = (await response.json()) as ComparisonAnswer;
        assert.ok(comparison);
        const none = { rows: [], total: 0, cves: 0 };
        const changed = {
          ...comparison,
          answer: 'a sentence of the server',
          summary: 'And why.',
          after: { ...comparison.after, judged: 0, findings: {}, exploited: 0 },
          findings: {
            introduced: none,
            fixed: none,
            unchanged: none,
            unjudged: comparison.findings.introduced,
          },
        };
        await route.fulfill({ response, json: { ...rest, comparison: changed } });
      });
      await page.getByLabel('Before').fill('score-spec/score-compose:1.3.2');
      await page.getByLabel('After').fill('score-spec/score-compose:1.4.0');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'A sentence of the server' }).waitFor();
      await page.getByText('And why.', { exact: true }).waitFor();
      await page
        .getByRole('row', { name: /^Known CVEs .* not known 0 fixed, 0 new, 22 no longer judged$/ })
        .waitFor();
      await page.getByRole('heading', { name: 'No longer judged 22' }).waitFor();
      assert.equal(await page.getByText('Not known: none of its packages could be judged.').count(), 2);
      assert.equal(await page.getByText('No CVE is').count(), 0);
    }));

  test('two images are compared: the answer, what came and went, packages that sort and filter', () =>
    visit(COMPARE, async (page) => {
      assert.equal(await page.title(), 'score-compose:1.4.0 against 1.3.2 · Plimsoll');
      await page.getByRole('heading', { name: 'Still over the line, and further' }).waitFor();
      assert.equal(await page.locator('.compare-discs .load-line').count(), 2);
      await page.getByRole('row', { name: /^Verdict over the line/ }).waitFor();
      const score = page.getByRole('row', { name: /^Health score F \(0 %\) Not shown by it: 1 rule could/ });
      await score
        .getByText('“No critical or high vulnerability that has a fix” is broken 8 times')
        .first()
        .waitFor();
      await page.getByRole('row', { name: 'Base the same name in both, built anew in between' }).waitFor();
      const fixed = page.locator('section', { has: page.getByRole('heading', { name: 'Fixed here 1' }) });
      await fixed.getByRole('link', { name: 'CVE-2023-45853' }).waitFor();
      const rows = page.getByRole('region', { name: 'Packages that changed' }).locator('tbody .table-row');
      assert.equal(await rows.count(), 50);
      await page.getByRole('button', { name: 'Package', exact: true }).click();
      await page.waitForURL(/sort=name&order=asc|order=asc&sort=name/);
      assert.match((await rows.first().textContent()) ?? '', /^@score/);
      await page.getByRole('searchbox', { name: 'Filter packages that changed' }).fill('curl');
      await page.waitForURL(/q=curl/);
      assert.equal(await rows.count(), 1);
      await page.reload();
      await rows.getByText('curl').waitFor();
      await page.getByRole('link', { name: 'the other way round' }).click();
      await page.getByRole('heading', { name: 'score-compose:1.3.2 against 1.4.0' }).waitFor();
    }));

  test('a comparison waits for what is not judged, says when nothing changed, and what is not there', () =>
    visit('/compare?before=score-spec/score-compose:1.4.0&after=fresh/app:1.0', async (page) => {
      await page.getByRole('heading', { name: 'Not compared yet' }).waitFor();
      await page.getByText('After: analysed 3 of 6 layers').waitFor();
      assert.equal(await page.locator('.compare-overview').count(), 0);
      // What is judged keeps its water; the other has none yet.
      await page.getByRole('img', { name: /^Over the line Water at 74 %/ }).waitFor();
      await page.getByRole('img', { name: /^Not judged yet/ }).waitFor();
      server.finish();
      await page.getByRole('heading', { name: /^Still over/ }).waitFor();
      await page.goto(`${server.address}${COMPARE.replace('1.3.2', '1.4.0')}`);
      await page.getByText('The same packages in the same versions: 204.').waitFor();
      await page.getByText('No CVE is new here.').waitFor();
      await page.goto(`${server.address}/compare?before=charts/ingress:4.1.0&after=broken/app:2.0`);
      await page.getByRole('heading', { name: 'These cannot be compared' }).waitFor();
      assert.equal(await page.locator('.is-pass').count(), 0);
    }));

  test('what changed is said on the image and the repository, and leads to the comparison', () =>
    visit(IMAGE, async (page) => {
      await page.getByText('since 1.3.2, sha256:').waitFor();
      await page.getByText('3 high fewer and 1 critical more').waitFor();
      await page.getByRole('link', { name: 'Over the line now' }).click();
      await page.waitForURL(/\/compare\?before=score-spec%2Fscore-compose%40sha256%3A/);
      await page.getByRole('heading', { name: 'Still over the line, and further' }).waitFor();
      await page.goto(server.address + IMAGE);
      await page.getByRole('combobox', { name: 'Compare with another tag' }).selectOption('1.3.2');
      await page.waitForURL(/before=score-spec%2Fscore-compose%3A1\.3\.2/);
      await page.goto(`${server.address}/r/score-spec/score-compose`);
      const changes = page.getByRole('region', { name: 'What changed' }).getByRole('listitem');
      await changes.first().waitFor();
      assert.equal(await changes.count(), 2);
      await page.getByText(/^The image before, sha256:\w{12}, is no longer here\.$/).waitFor();
      await page.getByRole('button', { name: 'Only changes of 1.4.0' }).first().click();
      await page.waitForURL(/tag=1\.4\.0/);
      await page.goto(`${server.address}/r/score-spec/score-k8s/-/0.9.2`);
      await page.getByText('The first image under this tag, as far as is remembered.').waitFor();
    }));
});
