// Who signs a repository's images, answered by its owner in a real browser over the real product: a first signer is
// confirmed, another is seen to be another and approved with a reason; nobody else is shown buttons. And how an image
// was built, against the one before it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { IdentityList } from '../../src/entry/http/contract-identity.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { debianImage } from '../world/image.ts';
import { type IssuerWorld, startIssuer } from '../world/issuer.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { provenance, workflowOf } from '../world/signer.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';
import { createSigner, createSigning, type Signing } from './signed.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const first = debianImage(['one 1.0']);
const second = debianImage(['one 1.1']);
const builder = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

describe('signers', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let issuer: IssuerWorld;
  let signing: Signing;
  const folder = temporaryFolder();

  before(async () => {
    [browser, issuer] = [await startBrowser(), await startIssuer()];
    const instance = await createSigner();
    const roots = join(folder.path, 'root.json');
    writeFileSync(roots, instance.trustedRoot);
    world = await bootProduct({
      webFolder: join(import.meta.dirname, '../../dist/web'),
      flags: [
        ['--trust-roots', roots],
        ['--oidc-issuer', issuer.url],
        ['--oidc-client-secret', 'client-secret'],
      ],
    });
    signing = await createSigning(world, instance);
    issuer.become({ sub: 'the owner' });
    const wish = { issuer: issuer.url, subject: 'the owner' };
    await personIn(world, 'admin', password).call('POST', '/api/v1/accounts/admin/identities', 200, wish);
    await world.push('team/app', 'latest', first);
    await world.untilScanned('team/app', 'latest');
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const untilOutcome = (outcome: IdentityList['outcome']) =>
    until(async () => {
      const list = await world.get<IdentityList>('/api/v1/repositories/team/app/-/identities');
      return list.outcome === outcome ? list : undefined;
    }, `signers that are ${outcome}`);

  async function visit(
    path: string,
    use: (page: Page) => Promise<void>,
    { isOwner = true, ...more }: BrowserContextOptions & { readonly isOwner?: boolean } = {},
  ): Promise<void> {
    await using watched = await openPage(browser, world.url, more);
    const { page, faults } = watched;
    const start = isOwner ? `/api/v1/sign-in?return_to=${encodeURIComponent(path)}` : path;
    await page.goto(new URL(start, world.url).href);
    await page.locator('h1').first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    await use(page);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    assert.equal(await page.evaluate(overflow), 0);
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith(`a request to ${issuer.url}`)),
      [],
    );
  }

  const section = (page: Page) => page.getByRole('region', { name: 'Who signs' });

  test('a repository without signatures says nothing, and a first signer waits for its owner alone', async () => {
    await visit('/r/team/app', async (page) => assert.equal(await section(page).count(), 0));
    await signing.sign('team/app', first);
    await untilOutcome('proposed');
    await visit(
      '/r/team/app',
      async (page) => {
        await section(page)
          .getByRole('heading', { name: 'A signer was seen here, and no owner has confirmed it yet.' })
          .waitFor();
        assert.equal(await section(page).getByRole('button').count(), 0);
      },
      { isOwner: false },
    );
    await visit('/r/team/app', async (page) => {
      await section(page).getByText('proposed, confirmed by nobody').waitFor();
      await section(page).getByRole('button', { name: 'Confirm' }).click();
      await section(page)
        .first()
        .getByRole('status')
        .getByText(/^Expected from now on: /)
        .waitFor();
      await section(page)
        .getByText(/^Signatures here are expected of one signer/)
        .waitFor();
      assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'status');
    });
    await untilOutcome('confirmed');
  });

  test('on a phone in the dark another signer is seen to be another, and approved with a reason', async () => {
    await signing.sign('team/app', first, { identity: workflowOf('mallory/app') });
    await untilOutcome('unexpected');
    await visit(
      '/r/team/app',
      async (page) => {
        const other = section(page).getByRole('article', { name: /^not expected/ });
        await other.getByText('The source repository is https://git.example.org/mallory/app').waitFor();
        const approve = other.getByRole('button', { name: 'Approve' });
        assert.equal(await approve.isDisabled(), true);
        await other.getByLabel(/^Reason/).fill('a second builder');
        await approve.click();
        await section(page)
          .getByText(/^Signatures here are expected of 2 signers/)
          .waitFor();
        await section(page).getByText('a second builder').waitFor();
      },
      { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    );
  });

  test('the page of a tag says what changed in how its image was built', async () => {
    const predicateType = predicateTypes.slsaprovenance1;
    const attest = (image: typeof first, id: string) =>
      signing.sign('team/app', image, { predicateType, predicate: provenance(id, 'a'.repeat(40)) });
    await attest(first, builder);
    await world.push('team/app', 'latest', second);
    await attest(second, 'https://elsewhere.example.org/builder');
    await world.untilScanned('team/app', 'latest');
    await until(async () => {
      const [row] = world.rows("SELECT 1 FROM audit WHERE action = 'build.change'");
      return row;
    }, 'the change');
    await visit(
      '/r/team/app/-/latest',
      async (page) => {
        const built = page.getByRole('region', { name: 'How it was built' });
        await built.getByText('1 thing changed in how it was built.').waitFor();
        await built
          .getByText(`The builder was ${builder} and is https://elsewhere.example.org/builder.`)
          .waitFor();
        await built.getByText(/as was signed and proved by .+, whom no owner has confirmed\.$/).waitFor();
      },
      { isOwner: false, viewport: { width: 390, height: 844 } },
    );
  });
});
