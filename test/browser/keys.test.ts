// How old keys are, on the home page of an administrator in a real browser: what is overdue is said with its day, and
// nobody else is shown or asks for any of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type IssuerWorld, startIssuer } from '../world/issuer.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

describe('keys', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let issuer: IssuerWorld;

  before(async () => {
    [browser, issuer] = [await startBrowser(), await startIssuer()];
    world = await bootProduct({
      webFolder: join(import.meta.dirname, '../../dist/web'),
      flags: [
        ['--oidc-issuer', issuer.url],
        ['--oidc-client-secret', 'client-secret'],
        // Whatever signs is too old at once.
        ['--keys-max-age-signing', '0m'],
      ],
    });
    issuer.become({ sub: 'the owner' });
    const wish = { issuer: issuer.url, subject: 'the owner' };
    await personIn(world, 'admin', password).call('POST', '/api/v1/accounts/admin/identities', 200, wish);
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  async function visit(isAdmin: boolean, use: (page: Page) => Promise<void>): Promise<void> {
    await using watched = await openPage(browser, world.url);
    const { page, faults } = watched;
    await page.goto(new URL(isAdmin ? '/api/v1/sign-in?return_to=%2F' : '/', world.url).href);
    await page.getByRole('heading', { name: 'Advisories', exact: true }).waitFor();
    await use(page);
    // Signing in leads through the provider.
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith(`a request to ${issuer.url}`)),
      [],
    );
  }

  test('an administrator sees what is overdue', async () => {
    await visit(true, async (page) => {
      await page.getByRole('heading', { name: 'Keys' }).waitFor();
      await page.getByText(/[4-9] overdue, \d due, [1-9] of unknown age, [1-9] fine\./).waitFor();
      await page
        .getByText(/overdue since \d{4}-\d\d-\d\d/)
        .first()
        .waitFor();
    });
  });

  test('nobody else is shown keys, nor asks for them', async () => {
    await visit(false, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.reload();
      await page.getByRole('heading', { name: 'Advisories', exact: true }).waitFor();
      await page.waitForLoadState('networkidle');
      assert.equal(await page.getByRole('heading', { name: 'Keys' }).count(), 0);
      assert.ok(asked.length > 0 && asked.every((url) => !url.includes('/api/v1/keys')));
    });
  });
});
