// What every place of feeds must do; each adapter's test runs it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { collectBytes } from '../../kit/bytes.ts';
import { advisoryErrors } from './errors.ts';
import type { FeedDocument, FeedSource } from './feed-source.ts';
import { buildZip } from './zip.fixture.ts';

const JSON_DOCUMENT = documentOf('debian/tracker.json');
const ZIP_DOCUMENT = documentOf('osv/Go/all.zip');

/** Registers the contract's tests for one adapter; `create` makes a place that holds the given documents. */
export function testFeedSource(
  adapter: string,
  create: (t: TestContext, documents: ReadonlyMap<string, Uint8Array>) => Promise<FeedSource>,
): void {
  test(`${adapter}: a document's bytes, as often as wanted, with its size`, async (t) => {
    const source = await create(t, new Map([[JSON_DOCUMENT.path, Buffer.from('{"a":1}')]]));
    const told: number[] = [];
    const file = await source.open(JSON_DOCUMENT, { onProgress: (bytes) => told.push(bytes) });
    assert.ok(file !== undefined);
    assert.equal(file.sizeBytes, 7);
    assert.equal(told.at(-1), 7);
    for (let turn = 0; turn < 2; turn += 1) {
      const bytes = await collectBytes(file.bytes(), 100, advisoryErrors.feed_damaged);
      assert.equal(Buffer.from(bytes).toString(), '{"a":1}');
    }
    await file[Symbol.asyncDispose]();
  });

  test(`${adapter}: what the place does not have is undefined`, async (t) => {
    const source = await create(t, new Map([[JSON_DOCUMENT.path, Buffer.from('{}')]]));
    assert.equal(await source.open(ZIP_DOCUMENT), undefined);
    assert.equal(await source.open(documentOf('debian/tracker.json/below.json')), undefined);
  });

  test(`${adapter}: a zip's entries, whole`, async (t) => {
    const zip = buildZip({ 'a.json': '{"a":1}', 'folder/': '', 'b.json': 'x'.repeat(10_000) });
    const source = await create(t, new Map([[ZIP_DOCUMENT.path, zip]]));
    const file = await source.open(ZIP_DOCUMENT);
    assert.ok(file !== undefined);
    const sizes: [string, number][] = [];
    for await (const entry of file.entries()) {
      sizes.push([entry.name, (await entry.read(10_000)).byteLength]);
    }
    assert.deepEqual(sizes, [
      ['a.json', 7],
      ['b.json', 10_000],
    ]);
    await file[Symbol.asyncDispose]();
  });

  test(`${adapter}: a zip that is cut, changed, or too large is damaged`, async (t) => {
    const whole = buildZip({ 'a.json': '{"some":"text"}' });
    const changed = Buffer.from(whole);
    changed[14] = (changed[14] as number) ^ 1;
    changed[whole.indexOf('PK\x01\x02') + 16] = changed[14] as number;
    for (const [bytes, limitBytes] of [
      [whole.subarray(0, whole.byteLength - 10), 100],
      [Buffer.from('{}'), 100],
      [changed, 100],
      [whole, 5],
    ] as const) {
      const source = await create(t, new Map([[ZIP_DOCUMENT.path, bytes]]));
      const file = await source.open(ZIP_DOCUMENT);
      const readAll = async () => {
        for await (const entry of file?.entries() ?? []) await entry.read(limitBytes);
      };
      await assert.rejects(readAll(), { code: advisoryErrors.feed_damaged.code });
      await file?.[Symbol.asyncDispose]();
    }
  });
}

function documentOf(path: string): FeedDocument {
  return { path, publicUrl: `https://feeds.invalid/${path}` };
}
