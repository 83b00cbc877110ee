// The pages in a real browser, under the content security policy, over the fake API: what they show in
// each state, by mouse, by keyboard, on a phone, in the dark.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type FakeServer, startFakeServer } from '../../web/test/fake-api.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';
import { visitPage } from './visit.ts';

const IMAGE = '/r/score-spec/score-compose/-/1.4.0';
const COMPARE = '/compare?before=score-spec/score-compose:1.3.2&after=score-spec/score-compose:1.4.0';
const PAGES = [
  '/',
  '/search',
  '/search?q=score',
  '/r/score-spec/score-compose',
  IMAGE,
  `${IMAGE}/findings`,
  `${IMAGE}/packages`,
  COMPARE,
  '/compare',
];
const MORE_PAGES = [
  `${IMAGE}/layers`,
  `${IMAGE}/configuration`,
  '/r/fresh/app/-/1.0',
  '/r/broken/app/-/2.0',
  '/r/charts/ingress/-/4.1.0',
  '/compare?before=fresh/app:1.0&after=score-spec/score-compose:1.4.0',
  '/compare?before=big/monolith:edge&after=score-spec/score-compose:1.4.0',
];
const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

describe('pages', { skip: reason ?? false }, () => {
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

  test('the home shows the newest images and how to push', () =>
    visit('/', async (page) => {
      assert.equal(await page.title(), 'Plimsoll');
      assert.equal(await page.locator('.image-row').count(), 10);
      await page.locator('.image-row', { hasText: 'score-k8s' }).getByText('Within the line').waitFor();
      await page.getByText('docker push hub.example.org/you/app:1.0').waitFor();
      await page.locator('.image-row', { hasText: 'lifecycle' }).click();
      await page.getByRole('heading', { name: 'Unknown: 1 of 3 rules could not be judged' }).waitFor();
    }));

  test('a repository and its tags say how often and when they were pulled, and for how long that is known', () =>
    visit('/r/score-spec/score-compose', async (page) => {
      await page.getByText('1,234 pulls in 30 days, 4,321 in all, the last 3 days ago').waitFor();
      await page.locator('tr', { hasText: '1.4.0' }).first().getByText('last pulled 3 days ago').waitFor();
      await page.goto(`${server.address}/r/fresh/app`);
      await page.getByText('no pulls, counted for 3 days').waitFor();
    }));

  test('the way to sign in leads back to the page where one was', () =>
    visit('/search?q=score', async (page) => {
      const link = page.getByRole('link', { name: 'Sign in' });
      assert.equal(await link.getAttribute('href'), '/api/v1/sign-in?return_to=%2Fsearch%3Fq%3Dscore');
    }));

  test('an empty home says what to do', () =>
    visit('/search', async (page) => {
      server.world.images = [];
      await page.goto(`${server.address}/`);
      await page.getByText('No images here yet. Push one:').waitFor();
      await page.getByRole('tab', { name: 'podman' }).click();
      await page.getByText('podman login hub.example.org').waitFor();
    }));

  test('a list never says "none" of an image of which nothing was judged', () =>
    visit('/r/keptn/lifecycle', async (page) => {
      const row = page.locator('tr', { hasText: '0.3.1' });
      await row.getByText('none', { exact: true }).waitFor();
      server.world.images = server.world.images.map((image) =>
        image.row.summary
          ? { ...image, row: { ...image.row, summary: { ...image.row.summary, judged: 0 } } }
          : image,
      );
      await page.reload();
      await row.getByText('not known', { exact: true }).waitFor();
      assert.equal(await row.getByText('none', { exact: true }).count(), 0);
    }));

  test('an image is answered first, and its rules open to reasons', () =>
    visit(IMAGE, async (page) => {
      assert.equal(await page.title(), 'score-compose:1.4.0 · Plimsoll');
      await page.getByRole('heading', { name: 'Over the line: 2 of 3 rules are not met' }).waitFor();
      await page.getByRole('img', { name: /^Over the line Water at 74 %/ }).waitFor();
      await page.getByRole('button', { name: /Runs as root/ }).click();
      await page.getByText('The configuration sets no user, so it runs as root.').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.getByText('The configuration sets no user, so it runs as root.').count(), 0);
      await page.getByText('docker pull hub.example.org/score-spec/score-compose:1.4.0').waitFor();
    }));

  test('the history of a tag: who, from what to what, why, and what it was at a time', () =>
    visit(IMAGE, async (page) => {
      const history = page.getByRole('region', { name: 'History of 1.4.0' });
      await history.getByText('a key was in it').waitFor();
      await history.getByText('suspicious: It starts another program.').waitFor();
      await history.getByText('not judged: The image was not looked into yet.').waitFor();
      assert.equal(await history.getByRole('listitem').count(), 4);
      assert.equal(
        await history.getByRole('link', { name: 'leaf 41' }).getAttribute('href'),
        '/api/v1/tag-log/proof?leaf=41',
      );
      await history.getByLabel('As it was at').fill('2020-01-01T00:00:00');
      await history.getByText('there was no tag 1.4.0.').waitFor();
      assert.match(page.url(), /[?&]at=20(?:19|20)-/);
      assert.equal(await history.getByRole('listitem').count(), 0);
      await history.getByLabel('As it was at').fill(new Date().toISOString().slice(0, 19));
      await history.getByRole('link', { name: 'still here' }).waitFor();
      const compare = await history.getByRole('link', { name: 'compare' }).getAttribute('href');
      assert.match(compare ?? '', /^\/compare\?before=score-spec%2Fscore-compose%40sha256%3A1{64}&after=/);
    }));

  test('the health score never stands alone: what it hides is beside it', () =>
    visit(IMAGE, async (page) => {
      const score = page.getByRole('region', { name: 'Health score' });
      await score.getByText('Health score F (0 %)').waitFor();
      await score.getByText(/^Not shown by it: 1 rule could not be judged and counts as not met; /).waitFor();
      await score.getByText('and 1 more that it does not show').click();
      await score.getByText('weighs 0 and is left out.').waitFor();
      await page.goto(`${server.address}/r/keptn/lifecycle/-/0.3.1`);
      await score.getByText('Health score C (66.7 %)').waitFor();
      await page.goto(`${server.address}/r/fresh/app/-/1.0`);
      await page.getByRole('heading', { name: 'Being looked into' }).waitFor();
      assert.equal(await score.count(), 0);
    }));

  test('a finding opens to its evidence', () =>
    visit(IMAGE, async (page) => {
      await page.getByRole('button', { name: 'Evidence of CVE-2024-2000 in libexpat1' }).click();
      const detail = (await page.locator('.table-detail').textContent()) ?? '';
      assert.match(detail, /2\.0-1 < 2\.0-1\+deb12u1 \(deb\)/);
      assert.match(detail, /\/var\/lib\/dpkg\/status/);
      assert.match(detail, /debian/);
    }));

  test('the flat table sorts and filters, and its address holds the view', () =>
    visit(`${IMAGE}/findings`, async (page) => {
      const rows = page.locator('tbody .table-row');
      assert.equal(await rows.count(), 34);
      await page.getByRole('button', { name: 'Vulnerability' }).click();
      await page.waitForURL(/sort=id&order=asc|order=asc&sort=id/);
      await page.locator('th[aria-sort="ascending"]', { hasText: 'Vulnerability' }).waitFor();
      await page.getByRole('button', { name: /^High/ }).click();
      await page.waitForURL(/severity=high/);
      await page.getByText('7 findings', { exact: true }).waitFor();
      await page.reload();
      await page.getByText('7 findings', { exact: true }).waitFor();
      await page
        .getByRole('searchbox', { name: 'Filter by vulnerability or package' })
        .fill('nothing-like-it');
      await page.getByRole('button', { name: 'Show all 34' }).click();
      await page.getByText('34 findings', { exact: true }).waitFor();
    }));

  test('5,000 packages come a hundred at a time', () =>
    visit('/r/big/monolith/-/edge/packages', async (page) => {
      const rows = page.locator('tbody .table-row');
      assert.equal(await rows.count(), 100);
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.getByText('200 of 5,000 packages').waitFor();
      assert.equal(await rows.count(), 200);
      await page.getByRole('button', { name: 'Only golang' }).first().click();
      await page.waitForURL(/type=golang/);
    }));

  test('progress is followed to the verdict without reloading', () =>
    visit('/r/fresh/app/-/1.0', async (page) => {
      await page.getByText('analysed 3 of 6 layers', { exact: true }).waitFor();
      await page.evaluate('window.stayed = true');
      server.finish();
      await page.getByRole('heading', { name: 'Within the line: all 3 rules are met' }).waitFor();
      assert.equal(await page.evaluate('window.stayed'), true);
    }));

  test('another platform is another address', () =>
    visit(IMAGE, async (page) => {
      await page.getByRole('combobox', { name: 'Platform' }).selectOption('linux/arm64');
      await page.waitForURL(/platform=linux%2Farm64/);
      await page.getByText('docker pull --platform linux/arm64').waitFor();
      const spdx = await page.getByRole('link', { name: 'SPDX' }).getAttribute('href');
      assert.match(spdx ?? '', /\/images\/1\.4\.0\/sbom\?format=spdx&platform=linux%2Farm64$/);
    }));

  test('what failed, and what is no image, is never called clean', () =>
    visit('/r/broken/app/-/2.0', async (page) => {
      await page.getByText('Layer 2 ends before its gzip trailer.').waitFor();
      await page.goto(`${server.address}/r/charts/ingress/-/4.1.0`);
      await page.getByRole('heading', { name: 'Not an image, so there is nothing to judge' }).waitFor();
      assert.equal(await page.locator('.is-pass').count(), 0);
    }));

  test('stale advisories are said to be stale', () =>
    visit('/r/keptn/lifecycle/-/0.3.1', (page) => page.getByText('Advisories are 9 days old').waitFor()));

  test('search is reached by / and leads on', () =>
    visit('/', async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('CVE-2024-2000');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Images with this vulnerability' }).waitFor();
      await page.goto(`${server.address}/search?q=zzz`);
      await page.getByText('Nothing here matches “zzz”.').waitFor();
    }));

  test('the keyboard reaches everything: skip link, tabs by arrows, rows', () =>
    visit(IMAGE, async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
      await page.keyboard.press('Enter');
      await page.getByRole('tab', { name: 'What to fix' }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/findings$/);
      await page.getByRole('tab', { name: 'Findings', selected: true }).waitFor();
      const row = page.getByRole('button', { name: 'Evidence of CVE-2024-2000 in libexpat1' });
      await row.focus();
      await page.keyboard.press('Enter');
      assert.equal(await row.getAttribute('aria-expanded'), 'true');
    }));

  test('headings stand in order, each page has its landmarks and one h1', async () => {
    for (const path of PAGES) {
      await visit(path, async (page) => {
        assert.equal(await page.locator('h1').count(), 1, path);
        for (const landmark of ['header', 'main', 'footer', 'nav'])
          assert.ok((await page.locator(landmark).count()) > 0, path);
        const levels = (await page.evaluate(
          '[...document.querySelectorAll("h1,h2,h3")].map((one) => Number(one.tagName[1]))',
        )) as number[];
        levels.reduce((last, level) => {
          assert.ok(level <= last + 1, `${path}: h${level} after h${last}`);
          return level;
        }, 0);
      });
    }
  });

  test('a phone never scrolls sideways', async () => {
    for (const path of [...PAGES, ...MORE_PAGES, '/r/big/monolith/-/edge/packages']) {
      const wider = async (page: Page) => {
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(overflow, 0, path);
      };
      await visit(path, wider, { viewport: { width: 390, height: 844 } });
    }
  });

  test('on a phone the disc stands before the answer, whatever the state', async () => {
    for (const path of [IMAGE, '/r/fresh/app/-/1.0', '/r/broken/app/-/2.0']) {
      const stands = async (page: Page) => {
        const disc = await page.locator('.answer .load-line').boundingBox();
        const words = await page.locator('.answer h2').boundingBox();
        assert.ok(disc && words && disc.x + disc.width <= words.x, path);
      };
      await visit(path, stands, { viewport: { width: 390, height: 844 } });
    }
  });

  test('dark is the system’s or chosen, and stays chosen', () =>
    visit(
      '/',
      async (page) => {
        const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
        assert.equal(await ground(), 'rgb(14, 21, 30)');
        await page.getByRole('button', { name: /^Theme: as the system/ }).click();
        assert.equal(await ground(), 'rgb(251, 250, 246)');
        await page.reload();
        await page.locator('.image-row').first().waitFor();
        assert.equal(await ground(), 'rgb(251, 250, 246)');
      },
      { colorScheme: 'dark' },
    ));

  test('an error says what, what to do and its code, and is tried again', async () => {
    await using started = await startFakeServer();
    await using watched = await openPage(browser, started.address);
    const problem = { type: 'about:blank', title: 'You may not see this', status: 403, code: 'hub.denied' };
    started.world.problem = { ...problem, detail: 'It is private.', hint: 'Sign in.', requestId: 'req-7' };
    await watched.page.goto(started.address + IMAGE);
    await watched.page.getByRole('alert').waitFor();
    const words = (await watched.page.getByRole('alert').textContent()) ?? '';
    for (const part of [
      'You may not see this',
      'It is private.',
      'Ask an administrator',
      'hub.denied',
      'req-7',
    ]) {
      assert.ok(words.includes(part), part);
    }
    started.world.problem = undefined;
    await watched.page.getByRole('button', { name: 'Try again' }).click();
    await watched.page.getByRole('heading', { name: /^Over the line/ }).waitFor();
  });
});
