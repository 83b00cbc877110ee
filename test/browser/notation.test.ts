// Notary Project signatures on the Trust tab in a real browser: the judge of them comes where an image has some, under the
// content security policy, and nothing passes before a person says whom they believe and whom they expect.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createSigner } from '../../src/engines/notation/notation.fixture.ts';
import { emptyConfig, formatSignatureManifest } from '../../src/formats/notation/signature-manifest.ts';
import { digestOf, parseDigest } from '../../src/formats/oci/digest.ts';
import type { MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';
import { makeRelease } from '../world/release.ts';
import { findReasonToSkip, openPage, startBrowser } from './chromium.ts';

const reason = findReasonToSkip();
if (reason) console.log(`browser tests are skipped: ${reason}`);

const SUBJECT = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';
const image = makeRelease({ version: '1', user: '1000', createdAt: '2026-11-20T12:00:00Z' });

describe('notation', { skip: reason ?? false }, () => {
  let browser: Browser;
  let world: ProductWorld;

  before(async () => {
    browser = await startBrowser();
    world = await bootProduct({ webFolder: join(import.meta.dirname, '../../dist/web') });
  });
  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  /** Signs as notation does, and pushes it. */
  async function sign(repository: string, { digest, mediaType, bytes }: MadeImage, format: 'jws' | 'cose') {
    const signer = createSigner(format === 'jws' ? 'PS256' : 'ES384');
    const subject = { mediaType, digest: parseDigest(digest), sizeBytes: bytes.byteLength };
    const signed = await signer.sign({ descriptor: subject, format });
    const { envelope } = signed;
    const manifest = formatSignatureManifest({
      ...signed,
      subject,
      fingerprints: [],
      createdAtMs: Date.now(),
    });
    const authorization = `Bearer ${await world.token(`repository:${repository}:pull,push`)}`;
    const send = async (method: string, path: string, type: string, body: Uint8Array) => {
      const headers = { authorization, 'content-type': type };
      const init = { headers, body: body as Uint8Array<ArrayBuffer> };
      const answer = await world.send(method, `/v2/${repository}/${path}`, init);
      assert.equal(answer.status, 201, await answer.text());
    };
    for (const blob of [envelope, emptyConfig.bytes])
      await send('POST', `blobs/uploads/?digest=${digestOf(blob)}`, 'application/octet-stream', blob);
    const type = 'application/vnd.oci.image.manifest.v1+json';
    await send('PUT', `manifests/${digestOf(manifest)}`, type, manifest);
    const root = Buffer.from(signer.chain.at(-1)?.der ?? new Uint8Array(0)).toString('base64');
    return Buffer.from(`-----BEGIN CERTIFICATE-----\n${root}\n-----END CERTIFICATE-----\n`);
  }

  const answer = (page: Page) => page.locator('.trust-answer');
  const isShown = async (page: Page, outcome: string): Promise<void> =>
    assert.match((await answer(page).getAttribute('class')) ?? '', new RegExp(`is-${outcome}`));

  for (const format of ['jws', 'cose'] as const)
    test(`${format}: unknown, until its authority is kept and its signer is expected`, async () => {
      const repository = `team/${format}`;
      await world.push(repository, 'latest', image);
      await world.untilScanned(repository, 'latest');
      const buffer = await sign(repository, image, format);
      await using watched = await openPage(browser, world.url);
      const { page, faults } = watched;
      await page.goto(new URL(`/r/${repository}/-/latest/trust`, world.url).href);
      await answer(page).getByText(`It is said to be signed by ${SUBJECT}, but`).waitFor();
      await isShown(page, 'unknown');
      await page.getByText('No authority is here to judge').waitFor();
      const file = { name: 'acme.pem', mimeType: 'application/x-pem-file', buffer };
      await page.getByLabel(/certificates of authorities whose signers you believe/).setInputFiles(file);
      await page.getByText('an authority for Notary Project signatures that you keep here').waitFor();
      await isShown(page, 'unknown');
      await page.getByRole('button', { name: `Expect ${SUBJECT} from now on` }).click();
      await answer(page)
        .getByText(new RegExp(`Signed by ${RegExp.escape(SUBJECT)}\\.$`))
        .waitFor();
      await isShown(page, 'passed');
      await page.reload();
      await answer(page).getByText(`Signed by ${SUBJECT}.`).waitFor();
      await page.getByRole('button', { name: `Forget ${SUBJECT}` }).click();
      await answer(page).getByText('that this is who must sign it').waitFor();
      assert.deepEqual(faults, []);
    });

  test('the judge of them is not fetched where an image has none', async () => {
    await world.push('team/none', 'latest', image);
    await world.untilScanned('team/none', 'latest');
    await using watched = await openPage(browser, world.url);
    const fetched: string[] = [];
    watched.page.on('request', (request) => fetched.push(request.url()));
    await watched.page.goto(new URL('/r/team/none/-/latest/trust', world.url).href);
    await answer(watched.page).waitFor();
    assert.deepEqual(
      fetched.filter((url) => url.includes('judge-notation')),
      [],
    );
  });
});
