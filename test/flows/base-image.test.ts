// Promise: an image's page says which image of this server it was built upon, and how that is known; nobody is told
// the name of a base that they may not pull.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageDetail, ImageReport, KnownImageList } from '../../src/entry/http/contract.ts';
import { limits } from '../../src/kit/limits.ts';
import { writeFeeds } from '../world/feeds.ts';
import { artifact, image, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';

const folder = temporaryFolder();
let world: ProductWorld;
const system = [{ path: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' }];
const tools = [{ path: 'usr/bin/tool', body: 'a tool' }];
const app = [{ path: 'app', body: 'an app' }];
const small = image([system]);
const base = image([system, tools]);
const child = image([system, tools, app]);

before(async () => {
  writeFeeds(join(folder.path, 'feeds'));
  world = await bootProduct({ folder: folder.path });
  for (const [repository, tag, made] of [
    ['bases/small', '12', small],
    ['bases/tools', '1', base],
    ['bases/tools', '1.2.3', base],
    ['team/app', '1', child],
  ] as const) {
    await world.push(repository, tag, made);
    await world.untilScanned(repository, tag);
  }
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('the base is the image with most of the layers, by its most telling name, and is current', async () => {
  const { report } = await world.detail('team/app', '1');
  assert.deepEqual(report?.base, {
    reference: `${world.host}/bases/tools:1.2.3`,
    aliases: [`${world.host}/bases/tools:1`],
    digest: base.digest,
    layers: 2,
    method: 'layers',
    confidence: 'certain',
    why: 'All its layers are the 2 lowest of this image; no image known here has more of them.',
    isCurrent: true,
    createdAt: '2026-01-01T00:00:00Z',
  });
  const own = await world.detail('bases/small', '12');
  assert.equal(own.report?.base, undefined, 'nothing lies below it, and it is not its own base');
  assert.match(own.report?.baseUnknowns.at(-1) ?? '', /do not tell which image it was built upon/);
});

test('by layers the API names what lies below them, those with most layers first', async () => {
  const { images } = await world.get<KnownImageList>(byLayers(await world.detail('team/app', '1')));
  assert.deepEqual(
    images.map(({ digest, layers }) => [digest, layers]),
    [
      [child.digest, 3],
      [base.digest, 2],
      [small.digest, 1],
    ],
  );
  assert.deepEqual(images[1]?.references, [`${world.host}/bases/tools:1`, `${world.host}/bases/tools:1.2.3`]);
  assert.deepEqual(await world.get<KnownImageList>('/api/v1/images/by-layers'), { images: [] });
  const most = Array.from({ length: limits.askedDiffIds }, () => `diff_id=${base.digest}`).join('&');
  assert.deepEqual(await world.get<KnownImageList>(`/api/v1/images/by-layers?${most}`), { images: [] });
  const over = `/api/v1/images/by-layers?${most}&diff_id=${base.digest}`;
  assert.equal((await world.problem(over, 400)).code, 'http.query_invalid');
  assert.equal((await world.problem('/api/v1/images/by-layers?diff_id=x', 400)).code, 'http.query_invalid');
});

test('a provenance that comes after the image names the base, which is behind once its tag has moved', async () => {
  const name = `pkg:docker/${world.host}/bases/tools@1`;
  await world.push('team/app', 'provenance', provenanceOf(child, [{ uri: name, digest: digestSet(base) }]));
  const stated = await untilBase('team/app', '1', ({ base: found }) => found?.method === 'provenance');
  assert.equal(stated.base?.reference, `${world.host}/bases/tools:1`);
  assert.deepEqual(
    [stated.base?.confidence, stated.base?.layers, stated.base?.isCurrent],
    ['certain', 2, true],
  );
  const newer = image([system, [{ path: 'usr/bin/tool', body: 'a newer tool' }]]);
  await world.push('bases/tools', '1', newer);
  const behind = await world.detail('team/app', '1');
  assert.deepEqual([behind.report?.base?.digest, behind.report?.base?.isCurrent], [base.digest, false]);
});

test('a private base is not named to anonymous, neither stated nor by its layers', async () => {
  world.rows(`update repository set is_public = 0 where name = 'bases/tools'`);
  const other = image([system, tools, [{ path: 'other', body: 'another' }]]);
  await world.push('team/other', '1', other);
  const { report, ...detail } = await world.untilScanned('team/other', '1');
  assert.deepEqual(
    [report?.base?.reference, report?.base?.layers],
    [`${world.host}/bases/small:12`, 1],
    'the next that may be seen',
  );
  assert.doesNotMatch(JSON.stringify({ report, detail }), /tools/);
  const { images } = await world.get<KnownImageList>(byLayers({ ...detail, report }));
  assert.deepEqual(
    images.map(({ digest }) => digest),
    [other.digest, small.digest],
  );
  const asAdmin = await world.get<ImageDetail>('/api/v1/repositories/team/other/-/images/1', {
    isAdmin: true,
  });
  assert.equal(asAdmin.report?.base?.reference, `${world.host}/bases/tools:1.2.3`);
  const stated = (await world.detail('team/app', '1')).report;
  assert.equal(stated?.base?.isCurrent, undefined, 'what its tag names now is not for everybody');
});

test('what is deleted is no base any more', async () => {
  const path = `/v2/bases/small/manifests/${small.digest}`;
  const headers = { authorization: `Bearer ${await world.token('repository:bases/small:pull,delete')}` };
  assert.equal((await world.send('DELETE', path, { headers })).status, 202);
  const found = await untilBase('team/other', '1', ({ base: left }) => left === undefined);
  assert.equal(found.base, undefined);
  await until(
    async () =>
      world.rows('select 1 from image_chain where digest = ?', small.digest).length === 0 || undefined,
    'its layers forgotten',
  );
});

test('images that were looked into before there were rows of layers get them', async () => {
  world.rows('delete from image_chain');
  world.rows(`delete from setting where name = 'schedule.layers'`);
  assert.equal(world.rows('select 1 from image_chain').length, 0);
  await world[Symbol.asyncDispose]();
  world = await bootProduct({ folder: folder.path });
  await until(
    async () =>
      world.rows('select 1 from image_chain where digest = ?', child.digest).length === 3 || undefined,
    'rows of layers',
  );
});

function byLayers({ report }: Pick<ImageDetail, 'report'>): string {
  const query = report?.layers.map(({ diffId }) => `diff_id=${diffId}`).join('&');
  return `/api/v1/images/by-layers?${query}`;
}

function untilBase(
  repository: string,
  reference: string,
  isMeant: (report: ImageReport) => boolean,
): Promise<ImageReport> {
  return until(async () => {
    const { report } = await world.detail(repository, reference);
    return report !== undefined && isMeant(report) ? report : undefined;
  }, `the base of ${repository}`);
}

function digestSet({ digest }: { digest: string }): { sha256: string } {
  return { sha256: digest.slice('sha256:'.length) };
}

function provenanceOf(subject: MadeImage, materials: readonly object[]): MadeImage {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: 'app', digest: digestSet(subject) }],
    predicate: { buildType: 'https://mobyproject.org/buildkit@v1', builder: { id: '' }, materials },
  };
  const type = 'application/vnd.in-toto+json';
  return artifact(subject, JSON.stringify(statement), { artifactType: type, layerType: type });
}
