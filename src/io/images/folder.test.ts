import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import { type Limits, limits } from '../../kit/limits.ts';
import type { FileWish, SquashedView } from './files.ts';
import { addLayer, type FixtureMember, formatLayer } from './fixture-image.ts';
import { readFolder } from './folder.ts';
import { createMemoryPlace } from './memory.ts';
import { squashImage } from './squash.ts';

const work = mkdtempSync(join(tmpdir(), 'plimsoll-folder-'));
after(() => rmSync(work, { recursive: true, force: true }));

const everything: FileWish = { wants: () => 'whole' };

/** Lays members out on disk in a new folder, in their order. */
function unpack(members: readonly FixtureMember[]): string {
  const folder = mkdtempSync(join(work, 'f-'));
  for (const { path, body, link, hard, mode = 0o644 } of members) {
    const full = join(folder, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (link !== undefined) symlinkSync(link, full);
    else if (hard !== undefined) linkSync(join(folder, hard), full);
    else if (!path.endsWith('/')) {
      writeFileSync(full, body ?? '');
      chmodSync(full, mode);
    }
  }
  return folder;
}

async function squash(members: readonly FixtureMember[], wish: FileWish): Promise<SquashedView> {
  const place = createMemoryPlace();
  const layer = addLayer(place, formatLayer(members));
  return squashImage({ layers: [layer], open: (one) => place.source('x').blob(one), wish });
}

/** What a view says, but for its layer. */
function told({ files, links, unknowns, fileCount, totalBytes }: SquashedView) {
  return {
    files: files.map(({ path, mode, bytes }) => [
      path,
      mode,
      bytes === undefined ? undefined : Buffer.from(bytes).toString(),
    ]),
    links: [...links].sort(),
    unknowns,
    fileCount,
    totalBytes,
  };
}

test('folder: the same view as an image of one layer with the same files', async () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const member = fc.record({
    path,
    kind: fc.constantFrom('file', 'file', 'hard', 'link'),
    body: fc.string({ maxLength: 5 }),
    target: fc.oneof(
      path,
      path.map((one) => `/${one}`),
      fc.constantFrom('.', '..'),
    ),
    mode: fc.constantFrom(0o644, 0o755),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 8 }), path, async (drawn, exact) => {
      const files = new Map<string, FixtureMember>();
      for (const { path: at, kind, body, target, mode } of drawn) {
        const isBlocked = [...files.keys()].some(
          (known) => known === at || known.startsWith(`${at}/`) || at.startsWith(`${known}/`),
        );
        if (isBlocked) continue;
        // Which name of a file comes first differs between the two: both must be wanted alike.
        const first = [...files.values()].find(
          (one) => one.body !== undefined && one.path.at(-1) === at.at(-1),
        );
        if (kind === 'link') files.set(at, { path: at, link: target });
        else if (kind === 'hard' && first !== undefined)
          files.set(at, { path: at, hard: first.path, mode: first.mode ?? 0o644 });
        else files.set(at, { path: at, body, mode });
      }
      const members = [...files.values()];
      const wish: FileWish = {
        paths: [exact],
        wants: (one) => (one.endsWith('a') ? 'whole' : one.endsWith('b') ? 'peek' : false),
        keeps: (_path, head) => head.length % 2 === 0,
      };
      const folder = unpack(members);
      assert.deepEqual(told(await readFolder(folder, wish)), told(await squash(members, wish)));
    }),
    { numRuns: 150 },
  );
});

test('folder: one layer, named by the wanted files alone', async () => {
  const members = [
    { path: 'etc/os-release', body: 'ID=x' },
    { path: 'usr/other', body: 'other' },
  ];
  const wish: FileWish = { wants: (path) => (path.startsWith('etc/') ? 'whole' : false) };
  const read = async (folder: string) => (await readFolder(folder, wish)).layers;
  const folder = unpack(members);
  const [layer, ...more] = await read(folder);
  assert.deepEqual(more, []);
  assert.equal(layer?.digest, layer?.diffId);
  assert.notEqual(layer?.digest, digestOf(''));
  const copy = mkdtempSync(join(work, 'copy-'));
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, 'usr/other'), 'changed');
  assert.equal((await read(copy))[0]?.digest, layer?.digest);
  chmodSync(join(copy, 'etc/os-release'), 0o600);
  assert.notEqual((await read(copy))[0]?.digest, layer?.digest);
  writeFileSync(join(folder, 'etc/os-release'), 'ID=y');
  assert.notEqual((await read(folder))[0]?.digest, layer?.digest);
});

test('folder: links have the folder as root and are not followed out of it', async () => {
  const outside = mkdtempSync(join(work, 'outside-'));
  writeFileSync(join(outside, 'secret'), 'secret');
  const folder = unpack([
    { path: 'usr/lib/os-release', body: 'ID=x' },
    { path: 'etc/os-release', link: '/usr/lib/os-release' },
    { path: 'etc/climbing', link: '../../../usr/lib/os-release' },
    { path: 'etc/absolute', link: join(outside, 'secret') },
    { path: 'etc/relative', link: `../../${outside.slice(work.length + 1)}/secret` },
    { path: 'lib', link: outside },
  ]);
  const view = await readFolder(folder, everything);
  assert.deepEqual(
    view.files.map(({ path }) => path),
    ['usr/lib/os-release'],
  );
  assert.equal(view.links.get('etc/os-release'), 'usr/lib/os-release');
  assert.equal(view.links.get('etc/climbing'), 'usr/lib/os-release');
  assert.deepEqual(view.unknowns, [
    {
      where: 'etc/relative',
      why: 'it is a symbolic link that leads out of the folder, which was not followed',
    },
  ]);
  const linked = join(work, 'linked');
  symlinkSync(folder, linked);
  assert.equal((await readFolder(linked, everything)).files.length, 1);
});

test('folder: hard links count once in bytes, and give a wanted name the bytes of an unwanted one', async () => {
  const folder = unpack([
    { path: 'a', body: 'same' },
    { path: 'b', hard: 'a' },
  ]);
  const view = await readFolder(folder, { wants: (path) => (path === 'b' ? 'whole' : false) });
  assert.deepEqual(told(view).files, [['b', 0o644, 'same']]);
  assert.deepEqual([view.fileCount, view.totalBytes], [2, 4]);
});

test('folder: what is no file, leaves or changes while it is read is unknown', async (t) => {
  const folder = unpack([
    { path: 'gone', body: 'x' },
    { path: 'grown', body: 'x' },
    { path: '.wh.x', body: 'x' },
  ]);
  for (const name of ['other', 'socket']) {
    const server = createServer().listen(join(folder, name));
    await once(server, 'listening');
    t.after(() => server.close());
  }
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), 'x');
  const view = await readFolder(folder, {
    wants(path) {
      if (path === 'gone') unlinkSync(join(folder, path));
      if (path === 'grown') appendFileSync(join(folder, path), 'more');
      return path === 'other' ? 'peek' : 'whole';
    },
  });
  assert.deepEqual(view.files, []);
  assert.deepEqual(view.unknowns.map(({ where, why }) => `${where.replace('\ufffd', '?')}: ${why}`).sort(), [
    '.wh.x: in an image its name would delete another file',
    'f?: its name is not UTF-8',
    'gone: it cannot be read: ENOENT',
    'grown: it changed while it was read',
    'socket: it is a pipe, socket or device, which has no content of its own',
  ]);
});

const isRoot = process.getuid?.() === 0;
test('folder: what may not be read is unknown', { skip: isRoot && 'root reads everything' }, async () => {
  const folder = unpack([
    { path: 'a', body: 'x', mode: 0 },
    { path: 'closed/b', body: 'x' },
  ]);
  chmodSync(join(folder, 'closed'), 0);
  const { unknowns } = await readFolder(folder, everything);
  chmodSync(join(folder, 'closed'), 0o755);
  assert.deepEqual(unknowns, [
    { where: 'a', why: 'it cannot be read: EACCES' },
    { where: 'closed', why: 'the folder cannot be listed: EACCES' },
  ]);
});

test('folder: bounds end in unknowns, not in silence', async () => {
  const folder = unpack(['a', 'b', 'c'].map((path) => ({ path, body: '12345678' })));
  const bounded = (bounds: Partial<Limits>) =>
    readFolder(folder, everything, { limits: { ...limits, ...bounds } });
  const few = await bounded({ imageEntries: 2 });
  assert.deepEqual([few.fileCount, few.unknowns[0]?.where], [2, 'c']);
  assert.match(few.unknowns[0]?.why ?? '', /more than 2 entries/);
  assert.deepEqual((await bounded({ imageEntries: 3 })).unknowns, []);
  const small = await bounded({ wantedFileBytes: 7 });
  assert.equal(small.unknowns.length, 3);
  assert.ok(small.files.every(({ bytes }) => bytes === undefined));
  assert.equal((await bounded({ wantedFilesBytes: 16 })).unknowns.length, 1);
  const linked = unpack(['a', 'b', 'c'].map((path) => ({ path, link: 'x' })));
  const links = await readFolder(linked, everything, {
    limits: { ...limits, imageLinks: 2 },
  });
  assert.match(links.unknowns[0]?.why ?? '', /more than 2 symbolic links/);
});

test('folder: a large program that nobody keeps is read no further than its first bytes', async () => {
  const folder = unpack([{ path: 'big', body: 'x'.repeat(100_000), mode: 0o755 }]);
  let heads = 0;
  const view = await readFolder(folder, {
    wants: () => 'peek',
    keeps: (_path, head) => {
      heads += head.length;
      return false;
    },
  });
  assert.deepEqual([heads, view.files, view.unknowns, view.totalBytes], [1024, [], [], 100_000]);
});

test('folder: none, and a file in its place, are coded errors; a signal ends the walk', async () => {
  const code = 'images.place_unreadable';
  await assert.rejects(readFolder(join(work, 'absent'), everything), { code, message: /ENOENT/ });
  const file = join(unpack([{ path: 'a' }]), 'a');
  await assert.rejects(readFolder(file, everything), { code, message: `${file} is not a folder` });
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(readFolder(unpack([{ path: 'a' }]), everything, { signal }), /stopped/);
});

const hasProc = process.platform === 'linux' && statSync('/proc').dev !== statSync('/').dev;
test('folder: the running kernel’s own file systems are said, not entered', {
  skip: !hasProc && 'no /proc is mounted here',
}, async () => {
  const none: FileWish = { wants: () => false };
  // The folders of the root come before anything inside them.
  const { unknowns } = await readFolder('/', none, {
    limits: { ...limits, imageEntries: 100 },
  });
  const proc = unknowns.find(({ where }) => where === 'proc');
  assert.equal(proc?.why, 'it is a file system of the running kernel, which was not entered');
});
