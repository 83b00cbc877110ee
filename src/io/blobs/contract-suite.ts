// What every blob store promises, as tests. Nothing here knows of files: an S3 store passes the same.
import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { type Digest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import { type ByteStream, collectBytes } from '../../kit/bytes.ts';
import { blobErrors } from './errors.ts';
import type { BlobStore, ByteRange } from './store.ts';

/** A store to test, empty at first. */
export interface BlobStoreUnderTest extends AsyncDisposable {
  readonly store: BlobStore;
}

const ABSENT = digestOf('nobody stores this');
const LIMIT = 8 * 1024 * 1024;

/** Registers the suite's tests under `name`. `create` is called once per test. */
export function testBlobStore(name: string, create: () => Promise<BlobStoreUnderTest>): void {
  const check = (promise: string, work: (store: BlobStore) => Promise<void>): void => {
    test(`${name}: ${promise}`, async () => {
      await using under = await create();
      await work(under.store);
    });
  };
  testReading(check);
  testPutting(check);
  testUploading(check);
  testCommitting(check);
}

type Check = (promise: string, work: (store: BlobStore) => Promise<void>) => void;

function testReading(check: Check): void {
  check('what is absent is absent', async (store) => {
    assert.equal(await store.stat(ABSENT), undefined);
    assert.equal(await store.delete(ABSENT), false);
    await assert.rejects(store.read(ABSENT), { code: blobErrors.missing.code });
    await assert.rejects(store.readAll(ABSENT, 10), { code: blobErrors.missing.code });
    assert.deepEqual(await listed(store), []);
  });

  check('ranges are inclusive at both ends', async (store) => {
    const { digest } = await stored(store, 'abcdefghij');
    const range = async (start: number, end: number): Promise<string> =>
      text(await store.read(digest, { start, end }));
    assert.equal(await range(0, 0), 'a');
    assert.equal(await range(2, 4), 'cde');
    assert.equal(await range(9, 9), 'j');
    assert.equal(await range(0, 9), 'abcdefghij');
  });

  check('a large blob streams whole and in order', async (store) => {
    const bytes = pattern(3 * 1024 * 1024 + 17);
    await store.put(digestOf(bytes), bytes);
    assert.equal(digestOf(await collect(await store.read(digestOf(bytes)))), digestOf(bytes));
    const middle = await collect(await store.read(digestOf(bytes), { start: 1_000_000, end: 2_500_000 }));
    assert.equal(digestOf(middle), digestOf(bytes.subarray(1_000_000, 2_500_001)));
  });

  check(
    'sending hands over the same bytes as reading, whole or in part, one chunk at a time',
    async (store) => {
      const bytes = pattern(3 * 1024 * 1024 + 17);
      const digest = digestOf(bytes);
      await store.put(digest, bytes);
      const sent = async (range?: ByteRange): Promise<Uint8Array> => {
        const chunks: Uint8Array[] = [];
        let isBusy = false;
        await store.send(digest, range, async (chunk) => {
          assert.equal(isBusy, false);
          isBusy = true;
          // The chunk is only good until the sink is done with it.
          chunks.push(Uint8Array.from(chunk));
          await new Promise((resolve) => setImmediate(resolve));
          isBusy = false;
        });
        return Buffer.concat(chunks);
      };
      assert.equal(digestOf(await sent()), digest);
      const range = { start: 300_000, end: 1_500_000 };
      assert.equal(digestOf(await sent(range)), digestOf(bytes.subarray(range.start, range.end + 1)));
      assert.equal(Buffer.from(await sent({ start: 5, end: 5 })).equals(bytes.subarray(5, 6)), true);
      const empty = await stored(store, '');
      await store.send(empty.digest, undefined, () => assert.fail('an empty blob has no chunk'));
    },
  );

  check('a sink that fails ends the sending with its own error, and the next one works', async (store) => {
    const bytes = pattern(2 * 1024 * 1024);
    await store.put(digestOf(bytes), bytes);
    const gone = new Error('the client is gone');
    await assert.rejects(
      store.send(digestOf(bytes), undefined, () => Promise.reject(gone)),
      gone,
    );
    let sizeBytes = 0;
    await store.send(digestOf(bytes), undefined, async (chunk) => {
      sizeBytes += chunk.byteLength;
    });
    assert.equal(sizeBytes, bytes.byteLength);
    await assert.rejects(
      store.send(ABSENT, undefined, async () => {}),
      { code: blobErrors.missing.code },
    );
  });

  check('a reader that leaves early leaves the store in order', async (store) => {
    const bytes = pattern(2 * 1024 * 1024);
    await store.put(digestOf(bytes), bytes);
    const stream = await store.read(digestOf(bytes));
    for await (const chunk of stream) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(stream.destroyed, true);
    assert.equal((await store.readAll(digestOf(bytes), LIMIT)).byteLength, bytes.byteLength);
  });

  check('reading whole keeps its limit', async (store) => {
    const { digest } = await stored(store, '12345');
    assert.equal(Buffer.from(await store.readAll(digest, 5)).toString(), '12345');
    await assert.rejects(store.readAll(digest, 4), { code: blobErrors.too_large.code });
  });
}

function testPutting(check: Check): void {
  check('what is quarantined is out of reach and may be stored again; twice is no harm', async (store) => {
    const { digest } = await stored(store, 'suspect');
    assert.equal(await store.quarantine(digest), true);
    assert.equal(await store.stat(digest), undefined);
    assert.deepEqual(await listed(store), []);
    assert.equal(await store.quarantine(digest), false);
    await stored(store, 'suspect');
    assert.equal(await store.quarantine(digest), true);
    await stored(store, 'suspect');
    assert.equal(await text(await store.read(digest)), 'suspect');
  });

  check('putting is idempotent, deleting ends it', async (store) => {
    const { digest } = await stored(store, 'one');
    await stored(store, 'one');
    assert.deepEqual(await store.stat(digest), { sizeBytes: 3 });
    assert.deepEqual(await listed(store), [`${digest} 3`]);
    assert.equal(await store.delete(digest), true);
    assert.equal(await store.delete(digest), false);
    assert.equal(await store.stat(digest), undefined);
    await stored(store, 'one');
    assert.equal(await text(await store.read(digest)), 'one');
  });

  check('the empty blob and sha512 are blobs like others', async (store) => {
    const empty = await stored(store, '');
    const long = digestOf('long', 'sha512');
    await store.put(long, Buffer.from('long'));
    assert.equal(digestAlgorithm(long), 'sha512');
    assert.deepEqual(await store.stat(empty.digest), { sizeBytes: 0 });
    assert.equal(await text(await store.read(empty.digest)), '');
    assert.equal(await text(await store.read(long)), 'long');
    assert.deepEqual(await listed(store), [`${empty.digest} 0`, `${long} 4`].sort());
  });

  check('what was put does not change with the caller’s buffer', async (store) => {
    const bytes = Buffer.from('mine');
    const digest = digestOf(bytes);
    await store.put(digest, bytes);
    bytes.fill(0);
    assert.equal(await text(await store.read(digest)), 'mine');
  });

  check('many at once, the same and different ones', async (store) => {
    const texts = Array.from({ length: 64 }, (_, position) => `blob ${position % 16}`);
    await Promise.all(texts.map((content) => stored(store, content)));
    assert.equal((await listed(store)).length, 16);
  });
}

function testUploading(check: Check): void {
  check('an upload grows by chunks and is no blob yet', async (store) => {
    await store.startUpload(uuid(1));
    assert.equal(await store.uploadSize(uuid(1)), 0);
    assert.equal(await store.appendUpload(uuid(1), 0, source('abc', 'def')), 6);
    assert.equal(await store.appendUpload(uuid(1), 6, source('ghi')), 9);
    assert.equal(await store.uploadSize(uuid(1)), 9);
    assert.equal(await text(await store.readUpload(uuid(1))), 'abcdefghi');
    assert.equal(await store.stat(digestOf('abcdefghi')), undefined);
    assert.deepEqual(await listed(store), []);
  });

  check('every chunk is seen once and in order', async (store) => {
    const chunks = Array.from({ length: 2_000 }, (_, position) => `${position},`);
    await store.startUpload(uuid(1));
    const seen: string[] = [];
    await store.appendUpload(uuid(1), 0, source(...chunks), (chunk) =>
      seen.push(Buffer.from(chunk).toString()),
    );
    assert.equal(seen.join(''), chunks.join(''));
    assert.equal(await text(await store.readUpload(uuid(1))), chunks.join(''));
  });

  check('a chunk at another offset is refused and changes nothing', async (store) => {
    await store.startUpload(uuid(1));
    await store.appendUpload(uuid(1), 0, source('abc'));
    for (const offset of [0, 2, 4])
      await assert.rejects(store.appendUpload(uuid(1), offset, source('x')), {
        code: blobErrors.upload_offset.code,
      });
    assert.equal(await text(await store.readUpload(uuid(1))), 'abc');
  });

  check('after a source that breaks, what had arrived stays and the upload goes on', async (store) => {
    await store.startUpload(uuid(1));
    async function* broken(): ByteStream {
      yield Buffer.from('abc');
      yield Buffer.from('def');
      throw new Error('the line was cut');
    }
    await assert.rejects(store.appendUpload(uuid(1), 0, broken()), /the line was cut/);
    const size = await store.uploadSize(uuid(1));
    assert.equal(size, 6);
    await store.appendUpload(uuid(1), 6, source('ghi'));
    await store.commitUpload(uuid(1), digestOf('abcdefghi'));
    assert.equal(await text(await store.read(digestOf('abcdefghi'))), 'abcdefghi');
  });

  check('starting twice keeps what is there', async (store) => {
    await store.startUpload(uuid(1));
    await store.appendUpload(uuid(1), 0, source('abc'));
    await store.startUpload(uuid(1));
    assert.equal(await store.uploadSize(uuid(1)), 3);
  });

  check('an unknown upload is missing, whatever its name says', async (store) => {
    for (const id of [uuid(9), '../../etc/passwd', '']) {
      assert.equal(await store.uploadSize(id), undefined);
      assert.equal(await store.cancelUpload(id), false);
      const missing = { code: blobErrors.upload_missing.code };
      await assert.rejects(store.appendUpload(id, 0, source('x')), missing);
      await assert.rejects(store.readUpload(id), missing);
      await assert.rejects(store.commitUpload(id, ABSENT), missing);
    }
  });

  check('a cancelled upload is gone', async (store) => {
    await store.startUpload(uuid(1));
    await store.appendUpload(uuid(1), 0, source('abc'));
    assert.equal(await store.cancelUpload(uuid(1)), true);
    assert.equal(await store.cancelUpload(uuid(1)), false);
    assert.equal(await store.uploadSize(uuid(1)), undefined);
    assert.deepEqual(await listed(store), []);
  });
}

function testCommitting(check: Check): void {
  check('a commit makes the blob and ends the upload', async (store) => {
    const digest = await uploaded(store, uuid(1), 'hello');
    await store.commitUpload(uuid(1), digest);
    assert.equal(await text(await store.read(digest)), 'hello');
    assert.equal(await store.uploadSize(uuid(1)), undefined);
    assert.deepEqual(await listed(store), [`${digest} 5`]);
  });

  check('a commit may be repeated', async (store) => {
    const digest = await uploaded(store, uuid(1), 'hello');
    await store.commitUpload(uuid(1), digest);
    await store.commitUpload(uuid(1), digest);
    assert.equal(await text(await store.read(digest)), 'hello');
  });

  check('an empty upload becomes the empty blob', async (store) => {
    await store.startUpload(uuid(1));
    await store.commitUpload(uuid(1), digestOf(''));
    assert.deepEqual(await store.stat(digestOf('')), { sizeBytes: 0 });
  });

  check('the same digest committed by many at once is one blob', async (store) => {
    const ids = Array.from({ length: 16 }, (_, position) => uuid(position));
    const digests = await Promise.all(ids.map((id) => uploaded(store, id, 'shared bytes')));
    await Promise.all(ids.map((id, position) => store.commitUpload(id, digests[position] as Digest)));
    assert.deepEqual(await listed(store), [`${digestOf('shared bytes')} 12`]);
    assert.equal(await text(await store.read(digestOf('shared bytes'))), 'shared bytes');
  });

  check('a reader goes on while the same blob is committed again', async (store) => {
    const bytes = pattern(2 * 1024 * 1024);
    const digest = digestOf(bytes);
    await store.put(digest, bytes);
    const reading = await store.read(digest);
    await store.startUpload(uuid(1));
    await store.appendUpload(uuid(1), 0, source(bytes));
    await store.commitUpload(uuid(1), digest);
    assert.equal(digestOf(await collect(reading)), digest);
  });
}

/** A UUID that says which it is. */
function uuid(position: number): string {
  return `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`;
}

async function* source(...chunks: readonly (string | Uint8Array)[]): ByteStream {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function stored(store: BlobStore, content: string): Promise<{ digest: Digest }> {
  const digest = digestOf(content);
  await store.put(digest, Buffer.from(content));
  return { digest };
}

async function uploaded(store: BlobStore, id: string, content: string): Promise<Digest> {
  await store.startUpload(id);
  await store.appendUpload(id, 0, source(content));
  return digestOf(content);
}

async function collect(stream: Readable): Promise<Uint8Array> {
  return await collectBytes(stream, LIMIT, blobErrors.too_large);
}

async function text(stream: Readable): Promise<string> {
  return Buffer.from(await collect(stream)).toString();
}

async function listed(store: BlobStore): Promise<string[]> {
  const rows: string[] = [];
  for await (const { digest, sizeBytes, modifiedAt } of store.list()) {
    assert.ok(modifiedAt > 0);
    rows.push(`${digest} ${sizeBytes}`);
  }
  return rows.sort();
}

/** Bytes without a short period, the same in every run. */
function pattern(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = 1;
  for (let position = 0; position < sizeBytes; position += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[position] = state >>> 24;
  }
  return bytes;
}
