// What was taken back, on the Trust tab in a real browser over the real product: proved in the page by the instance's
// root, the server's own word until somebody keeps that root, and unknown where the list cannot be read.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { MadeImage } from '../world/image.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';
import { makeRelease } from '../world/release.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';
import { createSigning, type Signing } from './signed.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const ADDRESS = 'https://images.example.org';
const made = (version: string): MadeImage =>
  makeRelease({ version, user: '1000', createdAt: '2026-11-20T12:00:00Z' });
const taken = made('1');
const good = made('2');
const who = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

describe('revoked', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let signing: Signing;

  before(async () => {
    browser = await startBrowser();
    world = await bootProduct({
      webFolder: join(import.meta.dirname, '../../dist/web'),
      flags: [['--public-url', ADDRESS]],
    });
    signing = await createSigning(world);
    for (const [repository, image] of [
      ['team/taken', taken],
      ['team/good', good],
    ] as const) {
      await world.push(repository, 'latest', image);
      await world.untilScanned(repository, 'latest');
      await signing.sign(repository, image);
    }
    const admin = personIn(world, 'admin', password);
    const wish = { digest: taken.digest, why: 'a key was in it' };
    await admin.call('POST', '/api/v1/repositories/team/taken/-/revocations', 201, wish);
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  async function visit(
    repository: string,
    use: (page: Page) => Promise<void>,
    list?: { readonly status: number },
  ): Promise<void> {
    await using watched = await openPage(browser, world.url);
    const { page, faults } = watched;
    if (list !== undefined) await page.route('**/trust/revocations?*', (route) => route.fulfill(list));
    await page.goto(new URL(`/r/${repository}/-/latest/trust`, world.url).href);
    await page.locator('.trust-answer').waitFor();
    await use(page);
    const own = faults.filter((fault) => list === undefined || !fault.includes(String(list.status)));
    assert.deepEqual(own, []);
  }

  const answer = (page: Page) => page.locator('.trust-answer');
  const isShown = async (page: Page, outcome: string): Promise<void> =>
    assert.match((await answer(page).getAttribute('class')) ?? '', new RegExp(`is-${outcome}`));
  const bring = async (page: Page): Promise<void> => {
    const buffer = Buffer.from(signing.instance.trustedRoot);
    const file = { name: 'signers.json', mimeType: 'application/json', buffer };
    await page.locator('input[type=file]').setInputFiles(file);
  };
  const expectSigner = async (page: Page): Promise<void> => {
    await bring(page);
    await page.getByRole('button', { name: `Expect ${who} from now on` }).click();
  };

  test('the server’s word until its root is kept; then who took it back, when and why', async () => {
    await visit('team/taken', async (page) => {
      await answer(page)
        .getByText(
          new RegExp(`It is said to be taken back by ${RegExp.escape(ADDRESS)} on .*: a key was in it\\.`),
        )
        .waitFor();
      await isShown(page, 'unknown');
      await page.getByRole('button', { name: 'Keep it' }).click();
      await answer(page)
        .getByText(
          new RegExp(
            `^(?:failed: )?Taken back by ${RegExp.escape(ADDRESS)} on \\d{4}-\\d\\d-\\d\\d: a key was in it\\.$`,
          ),
        )
        .waitFor();
      await isShown(page, 'failed');
      await page.getByText(`The image ${taken.digest} was taken back by ${ADDRESS}`).first().waitFor();
      await bring(page);
      const signature = page.getByRole('article', { name: 'Signature of the image' });
      await signature.getByText(`The image ${taken.digest} was taken back`).waitFor();
      await page
        .getByRole('article', { name: 'Revocation' })
        .getByText(/^All \d+ checks passed$/)
        .waitFor();
      assert.equal(await page.locator('.trust-answer.is-passed').count(), 0);
    });
  });

  test('what nobody took back passes by the list, and not where the list cannot be read', async () => {
    await visit('team/good', async (page) => {
      await expectSigner(page);
      await page.getByRole('button', { name: 'Keep it' }).click();
      await answer(page)
        .getByText(new RegExp(`Signed by ${RegExp.escape(who)}\\.$`))
        .waitFor();
      await isShown(page, 'passed');
    });
    await visit(
      'team/good',
      async (page) => {
        await expectSigner(page);
        await page.getByRole('button', { name: 'Keep it' }).click();
        await answer(page).getByText('but whether it was taken back is not known here').waitFor();
        await isShown(page, 'unknown');
        await page
          .getByText(`The list of what ${ADDRESS} took back could not be read: it answered 500.`)
          .first()
          .waitFor();
      },
      { status: 500 },
    );
  });
});
