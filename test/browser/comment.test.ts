// The comment of a pull request in a real browser, under GitHub's stylesheet: what a reader sees at both widths, in
// both colours, and that nothing an image says becomes more than text. GitHub's sanitiser and autolinks are told as
// lists and patterns (pull-request-page.ts); GitHub itself is not asked.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Comparison } from '../../src/engines/compare/comparison.ts';
import { formatComparisonMarkdown } from '../../src/entry/cli/report/comparison-markdown.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';
import {
  compareBetter,
  compareHostile,
  compareMany,
  compareSame,
  compareUnknown,
  compareWorse,
  hostileTexts,
} from './comparisons.ts';
import { autolinks, formatPullRequestPage, keptElements } from './pull-request-page.ts';

const comparisons: readonly (readonly [string, () => Comparison])[] = [
  ['better', compareBetter],
  ['worse', compareWorse],
  ['the same', compareSame],
  ['not known', compareUnknown],
  ['200 packages', compareMany],
  ['an enemy’s', compareHostile],
];
const reason = findReasonToSkip({ pages: false });
if (reason) console.log(`browser tests are skipped: ${reason}`);

describe('comment', { skip: reason ?? false }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  /** Shows the comment, then checks that nothing was asked for, refused or run. */
  async function show(
    markdown: string,
    use: (page: Page) => Promise<void>,
    options?: BrowserContextOptions,
  ): Promise<void> {
    await using watched = await openPage(browser, 'about:blank', options);
    watched.page.on('dialog', (dialog) => {
      watched.faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await watched.page.setContent(formatPullRequestPage(markdown));
    await use(watched.page);
    assert.deepEqual(watched.faults, []);
  }

  for (const [name, compare] of comparisons)
    test(`${name}: only what GitHub keeps, and no link but our own`, () =>
      show(formatComparisonMarkdown(compare()), async (page) => {
        const { tags, attributes, schemes } = await page.evaluate(listMarkup);
        assert.deepEqual(
          tags.filter((tag) => !keptElements.has(tag)),
          [],
        );
        assert.deepEqual(
          attributes.filter((attribute) => attribute !== 'href'),
          [],
        );
        assert.deepEqual(
          schemes.filter((scheme) => scheme !== 'https:'),
          [],
        );
        assert.deepEqual(findAutolinks(await page.evaluate(listTexts)), []);
      }));

  for (const [name, compare] of comparisons)
    for (const width of [390, 1280])
      for (const colorScheme of ['light', 'dark'] as const)
        test(`${name}: fits ${width} pixels, ${colorScheme}, closed and open`, () =>
          show(
            formatComparisonMarkdown(compare()),
            async (page) => {
              assert.equal(await page.evaluate(excessWidth), 0);
              await openAll(page);
              assert.equal(await page.evaluate(excessWidth), 0);
              assert.ok((await page.evaluate(leastContrast)) >= 4.5, 'text can be read');
            },
            { viewport: { width, height: 800 }, colorScheme },
          ));

  test('the answer is the first line; the evidence is closed and opens by a click', () =>
    show(formatComparisonMarkdown(compareBetter()), async (page) => {
      const first = page.locator('article > *').first();
      assert.equal(await first.textContent(), 'Plimsoll: within the line again');
      assert.equal(await first.evaluate((element) => element.tagName), 'H3');
      assert.equal(await page.locator('details').count(), 4);
      assert.equal(await page.locator('details[open]').count(), 0);
      assert.equal(await page.getByText('18 deb packages: apt, bash').isVisible(), false);
      await page.getByText('Packages: 1 added, 19 removed, 2 changed, 0 unchanged').click();
      await page.getByText('18 deb packages: apt, bash').waitFor();
      assert.equal(await page.locator('details[open]').count(), 1);
    }));

  test('what nobody judged is neither fixed nor none', () =>
    show(formatComparisonMarkdown(compareUnknown()), async (page) => {
      const row = (name: string): Promise<string[]> =>
        page
          .locator('article > table tr')
          .filter({ has: page.getByRole('cell', { name, exact: true }) })
          .locator('td')
          .allTextContents();
      assert.deepEqual((await row('Verdict')).slice(2), [
        '◌ not known, 1 of 3 rules not judged',
        'not known',
      ]);
      assert.deepEqual((await row('Known CVEs')).slice(2), [
        'not known',
        '2 fixed, 0 new, 4 no longer judged',
      ]);
      assert.deepEqual((await row('Known to be exploited')).slice(2), ['not known', '']);
      assert.deepEqual((await row('Judged')).slice(2), ['0 of 3 packages', '']);
      const fixed = await page.getByText('Fixed here').locator('..').textContent();
      assert.match(fixed ?? '', /No longer judged: CVE-2023-4911 \(high, exploited, libc6\)/);
    }));

  test('whatever an image says stays its text, and nobody is called by it', () =>
    show(formatComparisonMarkdown(compareHostile()), async (page) => {
      const shown = (await page.locator('article').textContent()) ?? '';
      for (const text of hostileTexts) assert.ok(shown.includes(text.replace(/\s+/g, ' ')), text);
      for (const text of hostileTexts) {
        const cell = page.locator('td:first-child > code:only-child');
        const wanted = text.replace(/\s+/g, ' ');
        assert.ok((await cell.allTextContents()).includes(wanted), `a label named ${text}`);
      }
      assert.equal(
        await page.locator('article :is(a, img, script, h1, ul, ol, hr, pre, em, del)').count(),
        0,
      );
      assert.equal(await page.locator('article details').count(), 5);
      assert.deepEqual(findAutolinks(await page.evaluate(listTexts)), []);
    }));

  test('the patterns find what GitHub would link where it is not escaped', () =>
    show(hostileTexts.filter((text) => !/[<$|!\n]/.test(text)).join('\n\n'), async (page) => {
      const found = findAutolinks(await page.evaluate(listTexts)).map((line) => line.split(' ')[0]);
      assert.deepEqual([...new Set(found)].sort(), Object.keys(autolinks).sort());
    }));
});

async function openAll(page: Page): Promise<void> {
  for (const summary of await page.locator('summary').all()) await summary.click();
  assert.equal(await page.locator('details:not([open])').count(), 0);
}

interface Text {
  readonly text: string;
  /** In code or in a link GitHub looks for addresses alone. */
  readonly isPlain: boolean;
}

function findAutolinks(texts: readonly Text[]): string[] {
  return texts.flatMap(({ text, isPlain }) =>
    Object.entries(autolinks).flatMap(([kind, pattern]) => {
      if (!isPlain && (kind === 'mention' || kind === 'issue')) return [];
      const found = pattern.exec(text)?.[1];
      return found === undefined ? [] : [`${kind} ${found}`];
    }),
  );
}

// What follows runs in the page, as text: it sees nothing of this file.

const listMarkup = `(() => {
  const all = [...document.querySelectorAll('article *')];
  return {
    tags: [...new Set(all.map((one) => one.localName))],
    attributes: [...new Set(all.flatMap((one) => one.getAttributeNames()))].filter((name) => name !== 'open'),
    schemes: [...new Set(all.flatMap((one) => (one.href ? [new URL(one.href).protocol] : [])))],
  };
})()` as unknown as () => { tags: string[]; attributes: string[]; schemes: string[] };

const listTexts = `(() => {
  const walker = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode())
    texts.push({
      text: walker.currentNode.data,
      isPlain: walker.currentNode.parentElement.closest('code, pre, a') === null,
    });
  return texts;
})()` as unknown as () => Text[];

const excessWidth = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const article = document.querySelector('article').getBoundingClientRect();
  const blocks = [...document.querySelectorAll('article > *, details > *')];
  const out = blocks.map((one) => one.getBoundingClientRect().right - article.right);
  return Math.max(0, scrollWidth - clientWidth, ...out);
})()` as unknown as () => number;

/** WCAG 2.2, 1.4.3: the least of all texts against what lies behind them. */
const leastContrast = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + under[i] * (1 - (top[3] ?? 1)));
  const behind = (one) => {
    const under = one.parentElement === null ? [255, 255, 255] : behind(one.parentElement);
    return over(channels(getComputedStyle(one).backgroundColor), under);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = [...document.querySelectorAll('article :is(h3, p, td, th, code, a, summary)')].map((one) => {
    const [ink, paper] = [light(channels(getComputedStyle(one).color).slice(0, 3)), light(behind(one))];
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
  return Math.min(...ratios);
})()` as unknown as () => number;
