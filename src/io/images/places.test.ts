// The adapters of this folder against the contract; what only one of them does stands below.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { formatTar } from '../../formats/archive/tar-writer.ts';
import { digestHex, digestOf } from '../../formats/oci/digest.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { openArchiveSource, openArchiveTarget } from './archive.ts';
import { type ImagePlace, imagePlaceContract } from './contract-suite.ts';
import { copyImage } from './copy.ts';
import { savedByContainerd } from './engine.fixture.ts';
import { addImage, addIndex, addReferrer, formatLayer } from './fixture-image.ts';
import { openLayoutSource, openLayoutTarget } from './layout.ts';
import { createMemoryPlace } from './memory.ts';
import { chooseImage } from './platform-choice.ts';

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'plimsoll-places-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const code = (name: string) => (error: unknown) => isPlimsollError(error, { code: name });

async function memoryPlace(): Promise<ImagePlace> {
  const memory = createMemoryPlace();
  return {
    target: async (tag) => memory.target(tag),
    source: async (tag) => memory.source(tag),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function layoutPlace(): Promise<ImagePlace> {
  const at = await folder();
  return {
    target: (tag) => openLayoutTarget({ folder: at.path, tag }),
    source: (tag) => openLayoutSource({ folder: at.path, tag }),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

function archivePlace(kind: 'oci-archive' | 'docker-archive') {
  return async (): Promise<ImagePlace> => {
    const at = await folder();
    const file = join(at.path, 'image.tar');
    const name = (tag: string): string => (kind === 'oci-archive' ? tag : `app:${tag}`);
    return {
      target: (tag) => openArchiveTarget({ kind, file, tag: name(tag) }),
      source: (tag) => openArchiveSource({ kind, file, tag: name(tag) }),
      [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
    };
  };
}

imagePlaceContract('memory', memoryPlace, { keepsManifests: true });
imagePlaceContract('an OCI layout', layoutPlace, { keepsManifests: true });
imagePlaceContract('an OCI archive', archivePlace('oci-archive'), { keepsManifests: true });
imagePlaceContract('a docker archive', archivePlace('docker-archive'), { keepsManifests: false });

const layers = [formatLayer([{ path: 'a', body: 'a' }]), formatLayer([{ path: 'b', body: 'b' }])];

function oneImage(tag = 'v1') {
  const memory = createMemoryPlace();
  const image = addImage(memory, layers);
  memory.tags.set(tag, image.descriptor.digest);
  return { memory, image };
}

describe('an OCI layout folder', () => {
  it('keeps other images, replaces the same tag, and leaves no temporary file', async () => {
    await using at = await folder();
    const { memory } = oneImage();
    const second = addImage(memory, layers.slice(0, 1));
    memory.tags.set('v2', second.descriptor.digest);
    for (const [from, to] of [
      ['v1', 'one'],
      ['v1', 'two'],
      ['v2', 'two'],
    ] as const)
      await copyImage(memory.source(from), await openLayoutTarget({ folder: at.path, tag: to }), {
        referrers: false,
      });
    await using two = await openLayoutSource({ folder: at.path, tag: 'two' });
    assert.equal((await two.root()).descriptor.digest, second.descriptor.digest);
    const index = JSON.parse(await readFile(join(at.path, 'index.json'), 'utf8'));
    assert.equal(index.manifests.length, 2);
    const all = await readdir(at.path, { recursive: true });
    assert.deepEqual(
      all.filter((path) => path.includes('.plimsoll-')),
      [],
    );
    await using unnamed = await openLayoutSource({ folder: at.path });
    await assert.rejects(unnamed.root(), code('images.ambiguous'));
  });

  it('refuses a folder that is none, changed bytes, and links that lead out', async () => {
    await using at = await folder();
    await assert.rejects(openLayoutSource({ folder: at.path }), code('images.place_unreadable'));
    const { memory, image } = oneImage();
    await copyImage(memory.source('v1'), await openLayoutTarget({ folder: at.path, tag: 'v1' }), {
      referrers: false,
    });
    await using source = await openLayoutSource({ folder: at.path, tag: 'v1' });
    const { manifest } = await chooseImage(source);
    const layer = manifest.layers[0]!;
    const path = join(at.path, 'blobs/sha256', digestHex(layer.digest));
    await unlink(path);
    await symlink('/etc/hosts', path);
    await assert.rejects(source.blob(layer), code('images.place_unreadable'));
    await writeFile(join(at.path, 'blobs/sha256', digestHex(image.descriptor.digest)), '{}');
    await assert.rejects(source.root(), code('images.damaged'));
  });

  it('says that it cannot write where a file stands in the way', async () => {
    await using at = await folder();
    await writeFile(join(at.path, 'file'), '');
    await assert.rejects(
      openLayoutTarget({ folder: join(at.path, 'file') }),
      code('images.place_unwritable'),
    );
  });
});

describe('image archives', () => {
  /** As docker before 25 saved: a folder per layer, a repeated layer as a symbolic link. */
  function savedByDocker(tags: readonly string[]): Uint8Array {
    const config = Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { diff_ids: [digestOf(layers[0]!), digestOf(layers[0]!)] },
      }),
    );
    const manifest = tags.map((tag) => ({
      Config: 'c.json',
      RepoTags: [tag],
      Layers: ['one/layer.tar', 'two/layer.tar'],
    }));
    const file = (path: string, body: Uint8Array) => ({
      kind: 'file' as const,
      path,
      mode: 0o644,
      mtimeSeconds: 0,
      body,
    });
    return formatTar([
      file('c.json', config),
      { kind: 'symlink', path: 'two/layer.tar', linkPath: '../one/layer.tar', mode: 0o777, mtimeSeconds: 0 },
      file('one/layer.tar', layers[0]!),
      file('manifest.json', Buffer.from(JSON.stringify(manifest))),
    ]);
  }

  it('reads what docker saved, plain and compressed, with linked layers', async () => {
    await using at = await folder();
    const file = join(at.path, 'saved.tar');
    for (const bytes of [savedByDocker(['app:1']), gzipSync(savedByDocker(['app:1']))]) {
      await writeFile(file, bytes);
      await using source = await openArchiveSource({
        kind: 'docker-archive',
        file,
        tag: 'docker.io/library/app:1',
      });
      const { manifest } = await chooseImage(source);
      assert.deepEqual(
        manifest.layers.map(({ digest }) => digest),
        [digestOf(layers[0]!), digestOf(layers[0]!)],
      );
      const back = createMemoryPlace();
      await copyImage(source, back.target('x'), { referrers: false });
      assert.deepEqual(Buffer.from(back.blobs.get(digestOf(layers[0]!))!), Buffer.from(layers[0]!));
    }
  });

  it('of no named kind is told apart by what it holds', async () => {
    await using at = await folder();
    const { memory, image } = oneImage();
    const file = join(at.path, 'image.tar');
    await writeFile(file, savedByDocker(['app:1']));
    {
      await using source = await openArchiveSource({ kind: 'archive', file, tag: 'app:1' });
      assert.equal(source.name, `archive://${file}:app:1`);
      assert.equal((await chooseImage(source)).manifest.layers.length, 2);
    }
    await copyImage(memory.source('v1'), await openArchiveTarget({ kind: 'oci-archive', file, tag: 'v1' }), {
      referrers: false,
    });
    await using layout = await openArchiveSource({ kind: 'archive', file });
    assert.equal((await layout.root()).descriptor.digest, image.descriptor.digest);
    await writeFile(file, await savedByContainerd(memory, 'v1'));
    await using both = await openArchiveSource({ kind: 'archive', file });
    assert.equal((await both.root()).descriptor.digest, image.descriptor.digest, 'its own manifest');
    await writeFile(file, formatTar([]));
    await assert.rejects(openArchiveSource({ kind: 'archive', file }), /no manifest\.json/);
  });

  it('lists the names where none or the wrong one is given', async () => {
    await using at = await folder();
    const file = join(at.path, 'saved.tar');
    await writeFile(file, savedByDocker(['app:1', 'app:2']));
    await assert.rejects(openArchiveSource({ kind: 'docker-archive', file }), /app:1, app:2/);
    await assert.rejects(
      openArchiveSource({ kind: 'docker-archive', file, tag: 'app:3' }),
      code('images.missing'),
    );
  });

  it('refuses files that are no whole archive', async () => {
    await using at = await folder();
    const file = join(at.path, 'cut.tar');
    await assert.rejects(
      openArchiveSource({ kind: 'docker-archive', file }),
      code('images.place_unreadable'),
    );
    const saved = savedByDocker(['app:1']);
    for (const bytes of [
      saved.subarray(0, 700),
      gzipSync(saved).subarray(0, 300),
      Buffer.from('hello'),
      Buffer.alloc(0),
    ]) {
      await writeFile(file, bytes);
      await assert.rejects(openArchiveSource({ kind: 'docker-archive', file }), code('images.damaged'));
    }
  });

  it('takes an index into a docker archive only by platform, and leaves nothing after a failure', async () => {
    await using at = await folder();
    const { memory, image } = oneImage();
    memory.tags.set('all', addIndex(memory, [['linux/amd64', image]]).descriptor.digest);
    const file = join(at.path, 'one.tar');
    {
      await using target = await openArchiveTarget({ kind: 'docker-archive', file, tag: 'app' });
      await assert.rejects(
        copyImage(memory.source('all'), target, { referrers: true }),
        code('images.platform_needed'),
      );
    }
    assert.deepEqual(await readdir(at.path), []);
    await using target = await openArchiveTarget({ kind: 'docker-archive', file, tag: 'app' });
    const platform = { os: 'linux', architecture: 'amd64' };
    await copyImage(memory.source('all'), target, { referrers: true, platform });
    await using source = await openArchiveSource({ kind: 'docker-archive', file, tag: 'app:latest' });
    assert.equal((await chooseImage(source)).config.diffIds.length, 2);
  });
});

describe('copyImage', () => {
  it('skips blobs that are there and tells what it does', async () => {
    const { memory } = oneImage();
    const back = createMemoryPlace();
    const kinds: string[] = [];
    const first = await copyImage(memory.source('v1'), back.target('v1'), {
      referrers: false,
      onProgress: ({ kind }) => kinds.push(kind),
    });
    const again = await copyImage(memory.source('v1'), back.target('v1'), { referrers: false });
    assert.equal(first.blobsCopied, 3);
    assert.deepEqual([again.blobsCopied, again.blobsPresent], [0, 3]);
    assert.equal(kinds.filter((kind) => kind === 'blob-done').length, 3);
    assert.equal(kinds.at(-1), 'manifest-done');
  });

  it('leaves no name behind where a blob is damaged', async () => {
    const { memory } = oneImage();
    const [digest] = memory.blobs.keys();
    memory.blobs.set(digest!, Buffer.from('x'));
    const back = createMemoryPlace();
    await assert.rejects(
      copyImage(memory.source('v1'), back.target('v1'), { referrers: false }),
      code('images.damaged'),
    );
    assert.equal(back.tags.size, 0);
  });

  it('leaves referrers behind unless they are asked for', async () => {
    const { memory, image } = oneImage();
    addReferrer(memory, image, 'note');
    const back = createMemoryPlace();
    await copyImage(memory.source('v1'), back.target('v1'), { referrers: false });
    assert.equal(back.manifests.size, 1);
  });
});

describe('chooseImage', () => {
  const memory = createMemoryPlace();
  const amd = addImage(memory, layers);
  const arm = addImage(memory, layers, { architecture: 'arm64' });
  memory.tags.set(
    'both',
    addIndex(memory, [
      ['linux/amd64', amd],
      ['linux/arm64', arm],
    ]).descriptor.digest,
  );
  memory.tags.set('arm', addIndex(memory, [['linux/arm64', arm]]).descriptor.digest);
  memory.tags.set('none', addIndex(memory, []).descriptor.digest);
  const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };

  it('takes the platform asked for, then the machine’s, then the only one', async () => {
    const digest = async (tag: string, ...wish: [typeof arm64?, typeof arm64?]) =>
      (await chooseImage(memory.source(tag), ...wish)).image.descriptor.digest;
    assert.equal(await digest('both', arm64), arm.descriptor.digest);
    assert.equal(await digest('both', undefined, arm64), arm.descriptor.digest);
    assert.equal(await digest('both'), amd.descriptor.digest);
    assert.equal(await digest('arm'), arm.descriptor.digest);
  });

  it('lists what is there where the platform is not, and never takes an attestation', async () => {
    const s390x = { os: 'linux', architecture: 's390x' };
    await assert.rejects(chooseImage(memory.source('both'), s390x), /linux\/amd64, linux\/arm64/);
    await assert.rejects(chooseImage(memory.source('none')), code('oci.platform_missing'));
  });
});
