// The squashed view against image-spec layer.md, a plain model of it, and hostile layers.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Limits, limits } from '../../kit/limits.ts';
import type { FileWish, SquashedView } from './files.ts';
import {
  addBlob,
  addLayer,
  type FixtureCompression,
  type FixtureMember,
  formatLayer,
} from './fixture-image.ts';
import { createMemoryPlace } from './memory.ts';
import { squashImage } from './squash.ts';

const everything: FileWish = { wants: () => 'whole' };
const code = (name: string) => (error: unknown) => isPlimsollError(error, { code: name });

interface Options {
  readonly wish?: FileWish;
  readonly bounds?: Partial<Limits>;
  readonly compression?: FixtureCompression;
}

async function squash(all: readonly (readonly FixtureMember[])[], options: Options = {}) {
  const { wish = everything, bounds, compression } = options;
  const place = createMemoryPlace();
  const tars = all.map(formatLayer);
  const opened: string[] = [];
  const view = await squashImage({
    layers: tars.map((tar) => addLayer(place, tar, compression)),
    diffIds: tars.map((tar) => digestOf(tar)),
    open: (layer) => {
      opened.push(layer.digest);
      return place.source('x').blob(layer);
    },
    wish,
    limits: { ...limits, ...bounds },
  });
  return { view, opened };
}

/** `path=content@layer` of each file. */
function shown({ files }: SquashedView): string[] {
  return files.map(
    ({ path, bytes, layer }) => `${path}=${Buffer.from(bytes ?? []).toString()}@${layer.position}`,
  );
}

describe('squashImage', () => {
  it('shows what a container would see, each file with its layer', async () => {
    const { view } = await squash([
      [
        { path: 'a/' },
        { path: 'a/kept', body: '0' },
        { path: 'a/gone', body: '0' },
        { path: 'a/new', body: '0' },
        { path: 'deep/x/y', body: '0' },
      ],
      [{ path: 'a/.wh.gone' }, { path: 'a/new', body: '1' }, { path: '.wh.deep' }],
      [{ path: 'top', body: '2' }],
    ]);
    assert.deepEqual(shown(view), ['a/kept=0@0', 'a/new=1@1', 'top=2@2']);
    assert.deepEqual([view.fileCount, view.totalBytes], [3, 3]);
    assert.deepEqual(
      view.layers.map(({ deletions, entries }) => [deletions, entries]),
      [
        [0, 5],
        [2, 3],
        [0, 1],
      ],
    );
    assert.deepEqual(view.unknowns, []);
  });

  for (const order of ['first', 'last'])
    it(`lets an opaque mark that comes ${order} hide lower layers only`, async () => {
      const mark = { path: 'a/.wh..wh..opq' };
      const own = { path: 'a/own', body: '1' };
      const upper = order === 'first' ? [mark, own] : [own, mark];
      const { view } = await squash([
        [
          { path: 'a/old', body: '0' },
          { path: 'b', body: '0' },
        ],
        upper,
      ]);
      assert.deepEqual(shown(view), ['a/own=1@1', 'b=0@0']);
    });

  it('does not delete what the same layer makes again', async () => {
    const { view } = await squash([
      [{ path: 'a', body: '0' }],
      [{ path: '.wh.a' }, { path: 'a', body: '1' }],
    ]);
    assert.deepEqual(shown(view), ['a=1@1']);
  });

  it('replaces folders by files, files by folders, and folders by links', async () => {
    const { view } = await squash([
      [
        { path: 'x/in', body: '0' },
        { path: 'y', body: '0' },
        { path: 'z/in', body: '0' },
        { path: 'q/in', body: '0' },
      ],
      [
        { path: 'x', body: '1' },
        { path: 'y/in', body: '1' },
        { path: 'z', link: 'q' },
      ],
    ]);
    assert.deepEqual(shown(view), ['q/in=0@0', 'x=1@1', 'y/in=1@1']);
  });

  it('passes over what aufs left, but follows hard links into it', async () => {
    const { view } = await squash([
      [
        { path: '.wh..wh.aufs' },
        { path: '.wh..wh.plnk/7.8', body: 'linked' },
        { path: 'file', hard: '.wh..wh.plnk/7.8' },
      ],
    ]);
    assert.deepEqual(shown(view), ['file=linked@0']);
    assert.equal(view.fileCount, 1);
  });

  it('gives hard links their bytes: from the same layer, a lower one, a deleted one, an unwanted one', async () => {
    const wish: FileWish = { wants: (path) => (path.startsWith('w') ? 'whole' : false) };
    const { view, opened } = await squash(
      [
        [
          { path: 'low', body: 'low' },
          { path: 'chain', hard: 'low' },
        ],
        [
          { path: 'same', body: 'same' },
          { path: 'w1', hard: 'same' },
          { path: 'w2', hard: 'low' },
          { path: 'w3', hard: 'chain' },
        ],
        [{ path: '.wh.same' }, { path: '.wh.low' }, { path: 'w4', hard: 'nothing' }],
      ],
      { wish },
    );
    assert.deepEqual(shown(view), ['w1=same@1', 'w2=low@1', 'w3=low@1']);
    assert.deepEqual(
      view.unknowns.map(({ where }) => where),
      ['w4'],
    );
    assert.ok(opened.length <= 6);
  });

  it('reads no layer twice where all that links need was wanted anyway', async () => {
    const { view, opened } = await squash([
      [
        { path: 'a', body: 'x' },
        { path: 'b', hard: 'a' },
        { path: 'c', link: 'a' },
      ],
    ]);
    assert.deepEqual(shown(view), ['a=x@0', 'b=x@0']);
    assert.deepEqual([...view.links], [['c', 'a']]);
    assert.deepEqual([view.fileCount, view.totalBytes, opened.length], [2, 1, 1]);
  });

  it('resolves wanted links, linked folders, and stops in circles', async () => {
    const wish: FileWish = {
      wants: (path) => (path === 'etc/os-release' || path === 'loop' ? 'whole' : false),
      paths: ['lib/apk/db/installed', 'absent/file'],
    };
    const { view } = await squash(
      [
        [
          { path: 'lib', link: 'usr/lib' },
          { path: 'usr/lib/os-release', body: 'ID=x' },
          { path: 'loop', link: 'loop2' },
          { path: 'loop2', link: '/loop' },
        ],
        [
          { path: 'usr/lib/apk/db/installed', body: 'P:x' },
          { path: 'etc/os-release', link: '../../../usr/lib/os-release' },
        ],
      ],
      { wish },
    );
    assert.deepEqual(shown(view), ['usr/lib/apk/db/installed=P:x@1', 'usr/lib/os-release=ID=x@0']);
    assert.deepEqual(
      [...view.links],
      [
        ['etc/os-release', 'usr/lib/os-release'],
        ['lib/apk/db/installed', 'usr/lib/apk/db/installed'],
      ],
    );
    assert.deepEqual(
      view.unknowns.map(({ where }) => where),
      ['loop'],
    );
  });

  it('looks at first bytes, reduces what is kept, and holds the limits', async () => {
    const peeked: string[] = [];
    const wish: FileWish = {
      wants: (path) => (path === 'big' ? 'whole' : 'peek'),
      keeps: (path, head) => {
        peeked.push(path);
        assert.ok(head.byteLength <= 1024);
        return head[0] === 0x45;
      },
      limitBytes: () => 5_000,
      reduce: (_path, bytes) => bytes.subarray(0, 4),
    };
    const { view } = await squash(
      [
        [
          { path: 'big', body: 'x'.repeat(6000) },
          { path: 'elf', body: `ELF!${'x'.repeat(4000)}` },
          { path: 'text', body: 'text' },
          { path: 'link', hard: 'text' },
          { path: 'empty' },
        ],
      ],
      { wish },
    );
    assert.deepEqual(shown(view), ['big=@0', 'elf=ELF!@0']);
    assert.deepEqual(peeked, ['elf', 'text', 'empty']);
    assert.match(view.unknowns[0]?.why ?? '', /over the limit/);
  });

  it('keeps no more than the wanted files together may have', async () => {
    const { view } = await squash(
      [
        [
          { path: 'a', body: 'aaaa' },
          { path: 'b', body: 'bbbb' },
        ],
      ],
      { bounds: { wantedFilesBytes: 5 } },
    );
    assert.deepEqual(
      view.files.map(({ bytes }) => bytes?.byteLength),
      [4, undefined],
    );
    assert.equal(view.unknowns.length, 1);
  });

  it('makes escapes, senseless whiteouts and unread media types unknowns', async () => {
    const place = createMemoryPlace();
    const odd = addLayer(
      place,
      formatLayer([{ path: '../../etc/passwd' }, { path: '.wh.' }, { path: '/abs', body: 'x' }]),
      'zstd',
    );
    const strange = addBlob(place, Buffer.from('x'), 'application/vnd.example');
    const foreign: Descriptor = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf('f'),
      sizeBytes: 1,
    };
    const bzip = addBlob(place, Buffer.from('BZh91AY'), odd.mediaType);
    const view = await squashImage({
      layers: [odd, strange, foreign, bzip],
      open: (layer) => place.source('x').blob(layer),
      wish: everything,
    });
    assert.deepEqual(shown(view), ['abs=x@0']);
    assert.equal(view.unknowns.length, 5);
  });

  it('ends bombs and endless entries, and keeps unknowns few', async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ path: `../${i}` }));
    await assert.rejects(squash([many], { bounds: { imageEntries: 200 } }), code('images.hostile_layer'));
    const { view } = await squash([many]);
    assert.equal(view.unknowns.length, 101);
    await assert.rejects(
      squash([[{ path: 'a', body: 'x'.repeat(50_000) }]], { bounds: { layerUnpackedBytes: 10_000 } }),
      code('images.hostile_layer'),
    );
    await assert.rejects(squash([[], []], { bounds: { imageLayers: 1 } }), code('images.hostile_layer'));
  });

  it('refuses wrong digests, wrong diffIDs, cut layers and bytes behind the end', async () => {
    const tar = formatLayer([{ path: 'a', body: 'a' }]);
    const gzip = gzipSync(tar);
    const run = (bytes: Uint8Array, named: Uint8Array, diffId: Uint8Array) =>
      squashImage({
        layers: [
          {
            mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
            digest: digestOf(named),
            sizeBytes: named.byteLength,
          },
        ],
        diffIds: [digestOf(diffId)],
        open: async () => Readable.from([bytes], { objectMode: false }),
        wish: everything,
      });
    await run(gzip, gzip, tar);
    await assert.rejects(run(gzipSync('other'), gzip, tar), code('images.damaged'));
    await assert.rejects(run(gzip, gzip, gzip), code('images.damaged'));
    await assert.rejects(run(gzip.subarray(0, 60), gzip, tar), code('images.damaged'));
    const cut = gzip.subarray(0, 60);
    await assert.rejects(run(cut, cut, tar), code('images.damaged'));
    const longer = Buffer.concat([gzip, Buffer.from('garbage '.repeat(100_000))]);
    await assert.rejects(run(longer, gzip, tar), code('images.damaged'));
  });

  it('agrees with a plain model on random layers', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const entry = fc.record({
      path,
      kind: fc.constantFrom('file', 'file', 'folder', 'deletion', 'opaque', 'symlink'),
    });
    const layer = fc.uniqueArray(entry, { maxLength: 6, selector: (one) => one.path });
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (all) => {
        const sane = all.map((entries) => withoutConflicts(entries));
        const members = sane.map((entries, position) => entries.map((one) => member(one, position)));
        const { view } = await squash(members, { compression: 'plain' });
        assert.deepEqual(shown(view), model(sane));
        assert.equal(view.fileCount, view.files.length);
      }),
      { numRuns: 400 },
    );
  });
});

interface ModelEntry {
  readonly path: string;
  readonly kind: string;
}

/** One layer never has something below a file of its own. */
function withoutConflicts(entries: readonly ModelEntry[]): ModelEntry[] {
  const solid = entries.filter(({ kind }) => kind === 'file' || kind === 'symlink');
  return entries.filter(
    ({ path, kind }) =>
      !solid.some((one) => path.startsWith(`${one.path}/`) || (kind === 'opaque' && one.path === path)),
  );
}

function member({ path, kind }: ModelEntry, position: number): FixtureMember {
  const slash = path.lastIndexOf('/') + 1;
  if (kind === 'folder') return { path: `${path}/` };
  if (kind === 'symlink') return { path, link: 'nowhere' };
  if (kind === 'opaque') return { path: `${path}/.wh..wh..opq` };
  if (kind === 'deletion') return { path: `${path.slice(0, slash)}.wh.${path.slice(slash)}` };
  return { path, body: String(position) };
}

/** image-spec layer.md done bottom up on a map of paths, as an unpacker would. */
function model(all: readonly (readonly ModelEntry[])[]): string[] {
  let tree = new Map<string, string>();
  const remove = (at: string, self: boolean): void => {
    tree = new Map([...tree].filter(([path]) => !path.startsWith(`${at}/`) && !(self && path === at)));
  };
  for (const [position, entries] of all.entries()) {
    for (const { path, kind } of entries) {
      if (kind === 'deletion') remove(path, true);
      if (kind === 'opaque') remove(path, false);
    }
    for (const { path, kind } of entries) {
      const parts = path.split('/');
      const ancestors = parts.slice(0, -1).map((_, end) => parts.slice(0, end + 1).join('/'));
      if (kind !== 'deletion' && kind !== 'opaque') {
        for (const one of ancestors) tree.delete(one);
        if (kind === 'folder') tree.delete(path);
        else remove(path, true);
        if (kind !== 'folder') tree.set(path, kind === 'file' ? `${path}=${position}@${position}` : '');
      } else for (const one of kind === 'opaque' ? [...ancestors, path] : ancestors) tree.delete(one);
    }
  }
  return [...tree]
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text);
}
