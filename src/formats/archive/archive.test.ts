// Tar reading and writing, compression and paths, on honest, odd and hostile bytes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { concatBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { decompress, detectCompression } from './compression.ts';
import { linkDestination, safePath } from './safe-path.ts';
import { createTarReader, type TarEntry } from './tar-reader.ts';
import { formatTar, formatTarEnd, formatTarHeader, formatTarPadding } from './tar-writer.ts';

const code = (name: string) => (error: unknown) => isPlimsollError(error, { code: name });

function readAll(chunks: Iterable<Uint8Array>): (TarEntry & { body: string })[] {
  const entries: (TarEntry & { body: string })[] = [];
  const reader = createTarReader((entry) => {
    const parts: Buffer[] = [];
    const slot = entries.push({ ...entry, body: '' }) - 1;
    return {
      chunk: (bytes) => void parts.push(Buffer.from(bytes)),
      end: () => {
        entries[slot] = { ...entry, body: Buffer.concat(parts).toString('latin1') };
      },
    };
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return entries;
}

/** A header of another type and body, from a file's: for what the writer never writes. */
function block(
  type: string,
  path: string,
  body: Uint8Array | string,
  change: (header: Buffer) => void = () => {},
): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.from(
    formatTarHeader({ kind: 'file', path, sizeBytes: bytes.length, mode: 0o644, mtimeSeconds: 0 }),
  );
  header.write(type, 156, 'latin1');
  change(header);
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, bytes, formatTarPadding(bytes.length)]);
}

const file = (path: string, body = ''): Buffer => block('0', path, body);

describe('the tar reader', () => {
  const long = `${'long/'.repeat(60)}name`;

  it('reads what the writer writes: long and foreign names, links, folders, large numbers', () => {
    const members = [
      { kind: 'folder' as const, path: 'a', mode: 0o755, mtimeSeconds: 5 },
      {
        kind: 'file' as const,
        path: long,
        mode: 0o4755,
        mtimeSeconds: 2 ** 34,
        uid: 2 ** 22,
        body: Buffer.from('body'),
      },
      { kind: 'symlink' as const, path: 'ü', linkPath: `/${long}`, mode: 0o777, mtimeSeconds: 0 },
      { kind: 'hardlink' as const, path: 'hard', linkPath: long, mode: 0o644, mtimeSeconds: 0 },
    ];
    const [folder, one, link, hard] = readAll([formatTar(members)]);
    assert.deepEqual([folder?.kind, folder?.path, folder?.mode], ['folder', 'a/', 0o755]);
    assert.deepEqual(
      [one?.path, one?.body, one?.mode, one?.uid, one?.mtimeSeconds],
      [long, 'body', 0o4755, 2 ** 22, 2 ** 34],
    );
    assert.deepEqual([link?.kind, link?.path, link?.linkPath], ['symlink', 'ü', `/${long}`]);
    assert.deepEqual([hard?.kind, hard?.linkPath], ['hardlink', long]);
    assert.deepEqual(formatTar(members), formatTar(members));
  });

  it('refuses to write what a header cannot say', () => {
    assert.throws(
      () => formatTarHeader({ kind: 'file', path: 'a', mode: 0o644, mtimeSeconds: -1 }),
      code('archive.malformed'),
    );
  });

  it('reads GNU long names, base-256 sizes, old folders, and names that are not UTF-8', () => {
    const gnu = [
      block('L', '././@LongLink', `${long}\0`),
      block('K', '././@LongLink', `${long}2\0`),
      block('2', 'x', ''),
    ];
    assert.deepEqual(
      readAll(gnu).map(({ path, linkPath }) => [path, linkPath]),
      [[long, `${long}2`]],
    );
    const base256 = block('0', 'b', 'four', (header) => {
      header.fill(0, 124, 136).writeUInt32BE(4, 132);
      header[124] = 0x80;
    });
    assert.equal(readAll([base256])[0]?.body, 'four');
    assert.equal(readAll([block('\0', 'old/', '')])[0]?.kind, 'folder');
    const latin = readAll([block('0', 'xx', '', (header) => header.writeUInt8(0xe9, 1))])[0]?.path;
    assert.equal(latin, 'x\udce9');
  });

  it('joins a ustar prefix, and does not take GNU times for one', () => {
    const ustar = block('0', 'name', '', (header) => header.write('some/prefix', 345, 'latin1'));
    assert.equal(readAll([ustar])[0]?.path, 'some/prefix/name');
    const gnu = block('0', 'name', '', (header) => {
      header.write('ustar  \0', 257, 'latin1');
      header.write('14000000000\0', 345, 'latin1');
    });
    assert.equal(readAll([gnu])[0]?.path, 'name');
  });

  it('lets pax records rename, resize, and be taken back', () => {
    const pax = block('x', 'pax', '17 path=new name\n9 size=3\n');
    const three = block('0', 'old', 'abc', (header) => header.write('00000000000', 124, 'latin1'));
    const [entry] = readAll([pax, three]);
    assert.deepEqual([entry?.path, entry?.body], ['new name', 'abc']);
    assert.equal(readAll([block('x', 'pax', '8 path=\n'), file('kept')])[0]?.path, 'kept');
  });

  it('tells sparse files and renaming global headers as unreadable, and goes on after them', () => {
    const sparse = block('x', 'pax', '22 GNU.sparse.major=1\n27 GNU.sparse.realsize=999\n');
    const [one, two] = readAll([sparse, file('s', 'map'), file('after', 'x')]);
    assert.deepEqual(
      [one?.unreadable !== undefined, one?.sizeBytes, one?.body, two?.body],
      [true, 999, '', 'x'],
    );
    const old = block('S', 'old', 'data', (header) => header.write('00000001750', 483, 'latin1'));
    assert.deepEqual(
      readAll([old, file('n')]).map(({ unreadable, sizeBytes }) => [unreadable !== undefined, sizeBytes]),
      [
        [true, 1000],
        [false, 0],
      ],
    );
    assert.equal(readAll([block('g', 'g', '20 comment=a commit\n'), file('n')])[0]?.unreadable, undefined);
    assert.match(readAll([block('g', 'g', '9 path=x\n'), file('n')])[0]?.unreadable ?? '', /global/);
  });

  it('stops at the end mark, and refuses what comes after a single zero block', () => {
    assert.equal(readAll([file('a'), formatTarEnd(), file('b')]).length, 1);
    assert.equal(readAll([file('a')]).length, 1);
    assert.throws(() => readAll([file('a'), new Uint8Array(512), file('b')]), code('archive.malformed'));
  });

  it('refuses broken, cut and endless headers with a code', () => {
    const broken = file('a');
    broken.writeUInt8(1, 0);
    assert.throws(() => readAll([broken]), code('archive.malformed'));
    assert.throws(
      () => readAll([block('0', 'a', '', (header) => header.write('9', 124, 'latin1'))]),
      code('archive.malformed'),
    );
    assert.throws(() => readAll([file('a', 'body').subarray(0, 514)]), code('archive.truncated'));
    assert.throws(() => readAll([file('a').subarray(0, 100)]), code('archive.truncated'));
    const huge = block('x', 'pax', '', (header) => header.write('00100000000', 124, 'latin1'));
    assert.throws(() => readAll([huge]), code('archive.too_large'));
    assert.throws(
      () => readAll(Array.from({ length: 20 }, () => block('L', 'l', 'name\0'))),
      code('archive.too_large'),
    );
    for (const record of ['5 a=b', '99 path=x\n', 'x path=y\n', '4 =\n\n', '11 size=-1\n', '10 path=\0\n'])
      assert.throws(() => readAll([block('x', 'pax', record), file('a')]), code('archive.malformed'));
  });

  it('gives the same however the bytes are cut', () => {
    const bytes = Buffer.concat([
      block('x', 'pax', '17 path=new name\n'),
      file('a', 'one'),
      block('S', 's', 'x'.repeat(600)),
      file('b', 'y'.repeat(1500)),
      formatTarEnd(),
    ]);
    const whole = readAll([bytes]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const sorted = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
        assert.deepEqual(readAll(chunks), whole);
      }),
    );
  });

  it('lets a caller that can seek leave bodies out', () => {
    const bytes = Buffer.concat([file('a', 'x'.repeat(5000)), file('b', 'y'), formatTarEnd()]);
    const offsets: number[] = [];
    const reader = createTarReader((entry) => void offsets.push(entry.bodyOffsetBytes) as undefined);
    for (let at = 0; at < bytes.length; at += 512 + reader.skippableBytes - reader.skippableBytes) {
      reader.push(bytes.subarray(at, at + 512));
      at += reader.skippableBytes;
      reader.skip(reader.skippableBytes);
    }
    reader.end();
    assert.deepEqual(offsets, [512, 512 + 5120 + 512]);
  });

  it('throws nothing but coded errors on random bytes', () => {
    const base = Buffer.concat([
      block('x', 'pax', '17 path=new name\n'),
      file('a', 'one'),
      block('L', 'l', 'n\0'),
      file('b'),
    ]);
    const change = fc.tuple(fc.nat(base.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.boolean(),
        fc.uint8Array({ maxLength: 1200 }),
        (changes, isRandom, noise) => {
          const bytes = isRandom ? Buffer.from(noise) : Buffer.from(base);
          if (!isRandom) for (const [at, byte] of changes) bytes[at] = byte;
          try {
            for (const { path } of readAll([bytes])) assert.equal(typeof path, 'string');
          } catch (error) {
            assert.ok(isPlimsollError(error), String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function unpack(
  chunks: readonly Uint8Array[],
  ...bounds: Parameters<typeof decompress> extends [unknown, ...infer R] ? R : never
) {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  return Buffer.from(concatBytes(await collect(decompress(stream(), ...bounds)))).toString();
}

describe('decompress', () => {
  it('tells gzip, zstd (skippable frames too) and plain by their bytes', async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
    assert.equal(await unpack([gzipSync('one'), gzipSync('two')]), 'onetwo');
    assert.equal(await unpack([zstdCompressSync('one'), zstdCompressSync('two')]), 'onetwo');
    assert.equal(await unpack([skippable, zstdCompressSync('one'), skippable]), 'one');
    assert.equal(await unpack([Buffer.from('pl'), Buffer.from('ain')]), 'plain');
    assert.equal(await unpack([]), '');
    assert.equal(detectCompression(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])), 'xz');
  });

  it('works byte by byte', async () => {
    for (const bytes of [gzipSync('hello'), zstdCompressSync('hello')])
      assert.equal(await unpack([...bytes].map((byte) => Uint8Array.of(byte))), 'hello');
  });

  it('refuses cut, broken, unsupported and exploding streams, and lets the source’s error through', async () => {
    for (const bytes of [gzipSync('x'.repeat(9999)), zstdCompressSync('x'.repeat(9999))]) {
      await assert.rejects(unpack([bytes.subarray(0, -6)]), code('archive.truncated'));
      const broken = Buffer.from(bytes);
      broken.fill(0xff, 5);
      await assert.rejects(unpack([broken]), code('archive.malformed'));
      await assert.rejects(
        unpack([bytes], { unpackedBytes: 1000, expansion: 1000 }),
        code('archive.too_large'),
      );
    }
    await assert.rejects(
      unpack([gzipSync(Buffer.alloc(70e6))], { unpackedBytes: 1e9, expansion: 10 }),
      code('archive.too_large'),
    );
    await assert.rejects(unpack([Buffer.from('BZh91AY&SY')]), code('archive.unsupported'));
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync('x').subarray(0, 12);
      throw new RangeError('from the source');
    }
    await assert.rejects(collect(decompress(failing())), RangeError);
  });
});

describe('safePath', () => {
  it('normalises, and refuses what leaves the root', () => {
    const cases: [string, string | undefined][] = [
      ['./a/b/', 'a/b'],
      ['/a//b', 'a/b'],
      ['a/./b/../c', 'a/c'],
      ['', ''],
      ['./', ''],
      ['.', ''],
      ['a/..', ''],
      ['../a', undefined],
      ['a/../../b', undefined],
      ['/../a', 'a'],
      ['a\0b', undefined],
      ['a/'.repeat(3000), undefined],
      ['..a/...', '..a/...'],
    ];
    for (const [raw, path] of cases) assert.equal(safePath(raw), path, raw);
  });

  it('gives only paths below the root, once and for all', () => {
    const part = fc.constantFrom('a', '..', '.', '', 'b', '/');
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('/')),
        (raw) => {
          const path = safePath(raw);
          if (path === undefined) return;
          assert.equal(safePath(path), path);
          assert.ok(
            path === '' || path.split('/').every((name) => name !== '' && name !== '.' && name !== '..'),
          );
        },
      ),
    );
  });

  it('resolves links inside the root', () => {
    assert.equal(linkDestination('etc/os-release', '../usr/lib/os-release'), 'usr/lib/os-release');
    assert.equal(linkDestination('etc/x', '/../../a'), 'a');
    assert.equal(linkDestination('x', ''), undefined);
  });
});
