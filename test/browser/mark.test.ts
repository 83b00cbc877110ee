// What was signed of an image, and that it was revoked, in a real browser over the real product: a line where the load
// line is, with the digest to copy; nothing where nothing was signed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { MarkList } from '../../src/entry/http/contract-verdict.ts';
import { debianImage } from '../world/image.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const webFolder = join(import.meta.dirname, '../../dist/web');
const image = debianImage(['one 1.0'], { user: '1000' });

describe('mark', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    browser = await startBrowser();
    folder = temporaryFolder();
    const policy = join(folder.path, 'policy.yaml');
    writeFileSync(policy, 'policies: [{name: non-root-user}]');
    world = await bootProduct({
      folder: folder.path,
      webFolder,
      policy,
      flags: [
        ['--marks', 'on'],
        ['--public-url', 'https://images.example.org'],
      ],
    });
    await world.push('team/app', '1', image);
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const markOf = (result: string) =>
    until(async () => {
      const { marks } = await world.get<MarkList>('/api/v1/repositories/team/app/-/images/1/marks');
      return marks.find((mark) => mark.endedAt === undefined && mark.result === result);
    }, `a mark that says ${result}`);

  /** The lines of the page, their spaces as one. */
  async function linesOf(wanted: number): Promise<readonly string[]> {
    await using watched = await openPage(browser, world.url);
    await watched.page.goto(new URL('/r/team/app/-/1', world.url).href);
    const lines = watched.page.locator('.mark-line');
    await lines.nth(wanted - 1).waitFor();
    const digests = await lines
      .locator('code')
      .evaluateAll((all) => all.map((one) => one.getAttribute('title')));
    assert.deepEqual(watched.faults, []);
    const texts = (await lines.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());
    return [...texts, ...digests.map(String)];
  }

  test('the mark and its digest, and a revocation with its reason', async () => {
    const mark = await markOf('PASSED');
    const [line, digest] = await linesOf(1);
    assert.match(line ?? '', /^Mark: PASSED, signed .+ by https:\/\/images\.example\.org/);
    assert.equal(digest, mark.manifestDigest);
    const admin = personIn(world, 'admin', password);
    const wish = { digest: image.digest, why: 'a key was in it' };
    await admin.call('POST', '/api/v1/repositories/team/app/-/revocations', 201, wish);
    await markOf('FAILED');
    const [revoked, failed] = await linesOf(2);
    assert.match(revoked ?? '', /^Revoked ?.+ by admin: a key was in it$/);
    assert.match(failed ?? '', /^Mark: FAILED, signed/);
  });
});
