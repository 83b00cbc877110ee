// The Trust tab in a real browser over the real product: the verifier runs in the page, under its content security
// policy. What is not known is hatched and never green; what was changed fails by the check that it is about.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { SignatureEvidence } from '../../src/entry/http/contract-signature.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import type { MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';
import { makeRelease } from '../world/release.ts';
import { issuer, provenance, workflowOf } from '../world/signer.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';
import { createSigning, type Signing } from './signed.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const made = (version: string): MadeImage =>
  makeRelease({ version, user: '1000', createdAt: '2026-11-20T12:00:00Z' });
const first = made('1');
const second = made('2');
const who = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

/** The whole answer: nothing is taken back behind it. */
const signedBy = new RegExp(`Signed by ${RegExp.escape(who)}\\.$`);

describe('trust', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;
  let signing: Signing;

  before(async () => {
    browser = await startBrowser();
    world = await bootProduct({ webFolder: join(import.meta.dirname, '../../dist/web') });
    signing = await createSigning(world);
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  async function push(repository: string, ...images: readonly MadeImage[]): Promise<void> {
    for (const image of images) {
      await world.push(repository, 'latest', image);
      await world.untilScanned(repository, 'latest');
    }
  }

  /** What the server serves as its own root is the test's to say. */
  async function visit(
    repository: string,
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions & {
      readonly served?: Uint8Array;
      /** The server lies. */
      readonly change?: (evidence: SignatureEvidence) => void;
    } = {},
  ): Promise<void> {
    const { served, change, ...more } = options;
    await using watched = await openPage(browser, world.url, more);
    const { page, faults } = watched;
    await page.route('**/trust/trusted_root.json', (route) =>
      route.fulfill(
        served === undefined
          ? { status: 204 }
          : { status: 200, contentType: 'application/json', body: Buffer.from(served) },
      ),
    );
    if (change !== undefined)
      await page.route('**/signatures', async (route) => {
        const answer = await route.fetch();
        const json = (await answer.json()) as SignatureEvidence;
        change(json);
        await route.fulfill({ response: answer, json });
      });
    await page.goto(new URL(`/r/${repository}/-/latest/trust`, world.url).href);
    await page.locator('.trust-answer').waitFor();
    await use(page);
    assert.deepEqual(faults, []);
  }

  const bringRoot = async (page: Page, root: Uint8Array = signing.instance.trustedRoot): Promise<void> => {
    const file = { name: 'trusted_root.json', mimeType: 'application/json', buffer: Buffer.from(root) };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('a trusted root that you keep here').waitFor();
  };
  const answer = (page: Page) => page.locator('.trust-answer');
  const signature = (page: Page) => page.getByRole('article', { name: 'Signature of the image' });
  const passed = (page: Page) => page.locator('.trust .outcome-mark.is-passed, .trust .is-passed');

  test('an image that nobody signed says so, and nothing of it is green', async () => {
    await push('team/bare', first);
    await visit('team/bare', async (page) => {
      await answer(page).getByText('Nobody signed it: no signature hangs on this image.').waitFor();
      await page.getByText('No statement that can be read says how it was built.').waitFor();
      assert.equal(await passed(page).count(), 0);
    });
  });

  test('without a root nothing is said of a signature; with one, who signed; whom one expects, a person says', async () => {
    await push('team/app', first);
    await signing.sign('team/app', first);
    await visit('team/app', async (page) => {
      await answer(page).getByText('1 signature hangs on it, and nothing is here to judge it by.').waitFor();
      await signature(page).getByText('No trusted root is here to judge it by').waitFor();
      assert.equal(await passed(page).count(), 0);
      await bringRoot(page);
      await answer(page)
        .getByText(`Signed by ${who}, but that this is who must sign it is not known here.`)
        .waitFor();
      assert.match((await answer(page).getAttribute('class')) ?? '', /is-unknown/);
      await signature(page).getByText('nobody said who must have').waitFor();
      await page.getByRole('button', { name: `Expect ${who} from now on` }).click();
      await answer(page).getByText(signedBy).waitFor();
      await signature(page).getByText('Signed by', { exact: true }).waitFor();
      await signature(page).getByText('https://git.example.org/acme/app, refs/tags/v1').waitFor();
      await signature(page)
        .getByText(/^All \d+ checks passed$/)
        .click();
      await signature(page).getByText('images.example.org has exactly this.').waitFor();
      await signature(page)
        .getByText(/It is judged by the root trusted_root\.json that you keep here/)
        .waitFor();
      // Kept in this browser; the lines to take along name the same signer.
      await page.reload();
      await answer(page).getByText(signedBy).waitFor();
      const lines = page.locator('.side').getByText(/^plimsoll verify /);
      assert.match(
        (await lines.textContent()) ?? '',
        new RegExp(`--certificate-oidc-issuer ${issuer} --source-repository `),
      );
      await page.getByRole('button', { name: 'Forget', exact: true }).click();
      await answer(page).getByText('is not known here').waitFor();
    });
  });

  test('the server’s own root is its own word until somebody keeps it', async () => {
    await push('team/served', first);
    await signing.sign('team/served', first);
    await visit(
      'team/served',
      async (page) => {
        await page.getByRole('button', { name: `Expect ${who} from now on` }).click();
        await answer(page).getByText('that the root is the right one is not known here').waitFor();
        assert.match((await answer(page).getAttribute('class')) ?? '', /is-unknown/);
        await page.getByRole('button', { name: 'Keep it' }).click();
        await answer(page).getByText(signedBy).waitFor();
        await page.getByText('this server serves the same').waitFor();
      },
      { served: signing.instance.trustedRoot },
    );
  });

  test('a payload, a subject or a signer that was changed fails by the check that it is about', async () => {
    await push('team/tampered', first);
    await signing.sign('team/tampered', first, {
      tamper: (bundle) => {
        const { dsseEnvelope: envelope } = bundle;
        const payload = Buffer.from(envelope.payload, 'base64')
          .toString()
          .replace('"predicate":{}', '"predicate":{"a":1}');
        envelope.payload = Buffer.from(payload).toString('base64');
      },
    });
    await visit('team/tampered', async (page) => {
      await bringRoot(page);
      await answer(page).getByText('Its signature does not hold').waitFor();
      const failed = signature(page).locator('.trust-checks li', { has: page.locator('.is-failed') });
      await failed.getByText('The signature does not hold under its certificate').waitFor();
      await failed.getByText('the log has it of something else').waitFor();
    });
    // A signature that holds, of another image.
    await push('team/other', first);
    await signing.sign('team/other', second, { attachTo: first });
    await visit('team/other', async (page) => {
      await bringRoot(page);
      await page.getByText(`It is about ${second.digest}, not about ${first.digest}.`).first().waitFor();
      await answer(page).getByText('Its signature does not hold').waitFor();
    });
  });

  test('a provenance alone is no signature, and a builder for anybody is not believed of this source', async () => {
    await push('team/built', first);
    const builder = workflowOf('acme/build');
    const foreign = {
      ...builder,
      claims: { ...builder.claims, sourceRepositoryUri: 'https://git.example.org/mallory/app' },
    };
    const options = {
      identity: foreign,
      predicateType: predicateTypes.slsaprovenance1,
      predicate: provenance('https://git.example.org/acme/build', 'c'.repeat(40)),
    };
    await signing.sign('team/built', first, options);
    await visit('team/built', async (page) => {
      await bringRoot(page);
      await answer(page)
        .getByText('Nobody signed the image itself: 1 signed statement about it is no signature of it.')
        .waitFor();
      const statement = page.getByRole('article', { name: 'How it was built' });
      await statement.getByText('which builds for any repository').waitFor();
      assert.match((await answer(page).getAttribute('class')) ?? '', /is-unknown/);
    });
  });

  test('a server that gives other bytes than those it names is not believed in anything', async () => {
    await push('team/liar', first);
    await visit(
      'team/liar',
      async (page) => {
        await page.getByText('The server contradicts itself').waitFor();
        await page.getByText(`the server’s bytes are not those of ${first.digest}`).waitFor();
        assert.equal(await passed(page).count(), 0);
      },
      {
        change: (evidence) => {
          evidence.root.bytes = Buffer.from(second.bytes).toString('base64');
        },
      },
    );
  });

  test('how it was built is shown, with what changed since the image before', async () => {
    await push('team/changed', first, second);
    const attest = (image: MadeImage, builder: string, commit: string) =>
      signing.sign('team/changed', image, {
        predicateType: predicateTypes.slsaprovenance1,
        predicate: provenance(builder, commit),
      });
    await signing.sign('team/changed', second);
    await attest(first, 'https://git.example.org/builders/one', 'c'.repeat(40));
    await attest(second, 'https://git.example.org/builders/two', 'd'.repeat(40));
    await visit('team/changed', async (page) => {
      await bringRoot(page);
      await page.getByRole('button', { name: `Expect ${who} from now on` }).click();
      await page.getByText('Signed, and each check passed.').waitFor();
      // Above stands the server's reading of the same.
      const tab = page.getByRole('region', { name: 'Trust' });
      await tab.getByText('d'.repeat(40)).first().waitFor();
      await tab
        .getByText(
          'The builder was https://git.example.org/builders/one and is https://git.example.org/builders/two.',
        )
        .waitFor();
      await tab.getByText(/changes? as between any two releases/).click();
      await tab.getByText(`The commit was ${'c'.repeat(40)} and is ${'d'.repeat(40)}.`).waitFor();
    });
  });

  test('what is no root is refused in one sentence, and nothing is kept', async () => {
    await visit('team/bare', async (page) => {
      const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('{"mediaType":"x"}') };
      await page.locator('input[type=file]').setInputFiles(file);
      await page
        .getByText(/^notes\.txt is not a trusted_root\.json or a public key in PEM: mediaType must be /)
        .waitFor();
      assert.equal(await page.evaluate('localStorage.getItem("plimsoll.trust")'), null);
    });
  });

  test('on a phone and in the dark it reads the same and nothing runs out of the page', async () => {
    for (const colorScheme of ['light', 'dark'] as const)
      await visit(
        'team/changed',
        async (page) => {
          await bringRoot(page);
          await page.getByRole('button', { name: `Expect ${who} from now on` }).click();
          await answer(page).getByText(signedBy).waitFor();
          await page.getByRole('button', { name: 'Change', exact: true }).click();
          const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
          assert.equal(await page.evaluate(overflow), 0);
        },
        { viewport: { width: 390, height: 844 }, colorScheme },
      );
  });

  test('the verifier comes with the tab and not before', async () => {
    await using watched = await openPage(browser, world.url);
    const asked: string[] = [];
    watched.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await watched.page.goto(new URL('/r/team/bare/-/latest', world.url).href);
    await watched.page.getByRole('tab', { name: 'Trust' }).waitFor();
    assert.deepEqual(
      asked.filter((path) => path.includes('/trust-') || path.endsWith('/signatures')),
      [],
    );
  });
});
