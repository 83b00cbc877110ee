// Makes docs/pull-request-comment.png: a comparison of test/browser/comparisons.ts as `plimsoll compare --format
// markdown` writes it, under GitHub's stylesheet, with the packages opened. Needs Chromium; run it where the comment
// has changed. The picture is not compared with anything: fonts differ from machine to machine.
import { join } from 'node:path';
import { formatComparisonMarkdown } from '../src/entry/cli/report/comparison-markdown.ts';
import { openPage, startBrowser } from '../test/browser/chromium.ts';
import { compareBetter } from '../test/browser/comparisons.ts';
import { formatPullRequestPage } from '../test/browser/pull-request-page.ts';
import { root } from '../test/house.ts';

const path = 'docs/pull-request-comment.png';
const browser = await startBrowser();
try {
  await using watched = await openPage(browser, 'about:blank', {
    viewport: { width: 900, height: 600 },
    colorScheme: 'light',
  });
  await watched.page.setContent(formatPullRequestPage(formatComparisonMarkdown(compareBetter())));
  await watched.page.locator('summary', { hasText: /^Packages: / }).click();
  await watched.page.screenshot({ path: join(root, path), fullPage: true });
} finally {
  await browser.close();
}
process.stdout.write(`Wrote ${path}\n`);
