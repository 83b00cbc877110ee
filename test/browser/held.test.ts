// A push that the sentinel holds, answered by its owner in a real browser over the real product: what is pushed twice is
// seen at once, with its reasons; confirming moves the tag, dropping leaves it, and nobody else is shown any of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { MadeImage } from '../world/image.ts';
import { type IssuerWorld, startIssuer } from '../world/issuer.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';
import { makeRelease } from '../world/release.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const made = (version: string, user: string): MadeImage =>
  makeRelease({ version, user, createdAt: '2026-11-20T12:00:00Z' });
const usual = made('1', '1000');
const odd = made('2', 'root');
const region = { name: /^(?:\d+ push(?:es)? waits? for your answer|No push waits any more)$/ };

describe('held', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let issuer: IssuerWorld;

  before(async () => {
    [browser, issuer] = [await startBrowser(), await startIssuer()];
    world = await bootProduct({
      webFolder: join(import.meta.dirname, '../../dist/web'),
      flags: [
        ['--registry-sentinel', 'hold'],
        ['--oidc-issuer', issuer.url],
        ['--oidc-client-secret', 'client-secret'],
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

  /** Two pushes under one tag, of which the second starts as another user. */
  async function pushTwice(repository: string): Promise<void> {
    await world.push(repository, 'latest', usual);
    await world.push(repository, 'latest', odd);
    await world.untilScanned(repository, 'latest');
  }

  async function visit(
    path: string,
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions & { readonly isOwner?: boolean; readonly allowed?: string[] } = {},
  ): Promise<void> {
    const { isOwner = true, allowed = [], ...more } = options;
    await using watched = await openPage(browser, world.url, more);
    const { page, faults } = watched;
    if (isOwner)
      await page.goto(new URL(`/api/v1/sign-in?return_to=${encodeURIComponent(path)}`, world.url).href);
    else await page.goto(new URL(path, world.url).href);
    await page.locator('h1').first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    await use(page);
    // Signing in leads through the provider.
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith(`a request to ${issuer.url}`)),
      allowed,
    );
  }

  async function servedDigest(repository: string): Promise<string | null> {
    const headers = { authorization: `Bearer ${await world.token(`repository:${repository}:pull`)}` };
    const answer = await world.send('HEAD', `/v2/${repository}/manifests/latest`, { headers });
    return answer.headers.get('docker-content-digest');
  }

  const audited = (repository: string, action: string) =>
    world
      .rows(
        'SELECT who, via, digest, detail_json FROM audit WHERE target = ? AND action = ?',
        repository,
        action,
      )
      .map(({ detail_json, ...row }) => ({ ...row, reason: JSON.parse(String(detail_json)).reason }));

  test('the owner sees what waits and why, and confirms it with the keyboard', async () => {
    await pushTwice('team/app');
    assert.equal(await servedDigest('team/app'), usual.digest);
    await visit('/r/team/app', async (page) => {
      const held = page.getByRole('region', region);
      await held.getByRole('heading', { name: '1 push waits for your answer' }).waitFor();
      const push = held.getByRole('article', { name: /^latest is held/ });
      await push.getByText('admin').waitFor();
      await push.getByText('starts with ["/bin/app"] as root').waitFor();
      await push
        .getByText(/^not judged: /)
        .first()
        .waitFor();
      const compare = await push.getByRole('link', { name: 'Compare both' }).getAttribute('href');
      const query = new URLSearchParams({
        before: `team/app@${usual.digest}`,
        after: `team/app@${odd.digest}`,
      });
      assert.equal(compare, `/compare?${query}`);
      await push.getByLabel(/^Reason/).focus();
      await page.keyboard.type('the base image changed');
      // Neither answer is the usual one.
      await page.keyboard.press('Enter');
      assert.equal(await servedDigest('team/app'), usual.digest);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await held
        .getByRole('status')
        .getByText(/^latest is now sha256:/)
        .waitFor();
      await push.waitFor({ state: 'detached' });
      assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'status');
    });
    assert.equal(await servedDigest('team/app'), odd.digest);
    assert.deepEqual(audited('team/app', 'tag.confirm'), [
      { who: 'admin', via: 'session', digest: odd.digest, reason: 'the base image changed' },
    ]);
    await visit('/r/team/app/-/latest', async (page) => {
      const history = page.getByRole('region', { name: 'History of latest' });
      await history.getByText('pushed by admin').waitFor();
      await history.getByText(/^suspicious: linux\/amd64 started with/).waitFor();
      assert.equal(await page.getByRole('region', region).count(), 0);
    });
  });

  test('on a phone in the dark it is dropped on the tag’s own page, and never scrolls sideways', async () => {
    await pushTwice('team/other');
    await visit(
      '/r/team/other/-/latest',
      async (page) => {
        const held = page.getByRole('region', region);
        await held.getByText('starts with ["/bin/app"] as root').waitFor();
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        assert.equal(await page.evaluate(overflow), 0);
        await held.getByLabel(/^Reason/).fill('nobody asked for root');
        await held.getByRole('button', { name: 'Drop' }).click();
        await held
          .getByRole('status')
          .getByText(/^latest stays sha256:/)
          .waitFor();
        await held.getByRole('article').waitFor({ state: 'detached' });
        assert.equal(await page.evaluate(overflow), 0);
      },
      { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    );
    assert.equal(await servedDigest('team/other'), usual.digest);
    assert.deepEqual(audited('team/other', 'tag.drop'), [
      { who: 'admin', via: 'session', digest: odd.digest, reason: 'nobody asked for root' },
    ]);
  });

  test('who may not answer is shown nothing and asks for nothing', async () => {
    await pushTwice('team/quiet');
    await visit(
      '/r/team/quiet',
      async (page) => {
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.reload();
        await page.getByRole('table').waitFor();
        assert.equal(await page.getByRole('region', region).count(), 0);
        assert.deepEqual(
          asked.filter((url) => url.includes('/-/held')),
          [],
        );
      },
      { isOwner: false },
    );
  });

  test('an answer that comes too late says so, and what waits now is shown', async () => {
    await pushTwice('team/late');
    const next = made('3', 'daemon');
    await visit(
      '/r/team/late',
      async (page) => {
        const held = page.getByRole('region', region);
        await held.getByText('as root').waitFor();
        await world.push('team/late', 'latest', next);
        await held.getByRole('button', { name: 'Confirm' }).click();
        await held
          .getByRole('alert')
          .getByText(`no push of ${odd.digest} waits for team/late:latest`)
          .waitFor();
        assert.equal(await servedDigest('team/late'), usual.digest);
        await held.getByRole('button', { name: 'Try again' }).click();
        await held.getByText('as daemon').waitFor();
        await held.getByRole('button', { name: 'Confirm' }).click();
        await held
          .getByRole('status')
          .getByText(/^latest is now sha256:/)
          .waitFor();
        assert.equal(await servedDigest('team/late'), next.digest);
      },
      { allowed: ['Failed to load resource: the server responded with a status of 404 (Not Found)'] },
    );
  });
});
