import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import type { Attestation, Material } from '../attest/attestation.ts';
import { type BaseRequest, findBase } from './find.ts';
import type { BaseImage } from './lineage.ts';
import type { KnownImage, OpenedImage, OpenImage } from './place.ts';

const layers = ['one', 'two', 'three', 'four'].map((name) => digestOf(name));
const own = digestOf('own');
const NAME = 'org.opencontainers.image.base.name';
const DIGEST = 'org.opencontainers.image.base.digest';
const debian = 'docker.io/library/debian:12-slim';

function request(more: Partial<BaseRequest> = {}, diffIds: readonly Digest[] = layers): BaseRequest {
  return {
    digest: own,
    platform: { os: 'linux', architecture: 'amd64' },
    ...more,
    config: { diffIds, history: [], labels: {}, ...more.config },
  };
}

function image(name: string, lowest: number, more: Partial<OpenedImage> = {}): OpenedImage {
  return { kind: 'opened', digest: digestOf(name), diffIds: layers.slice(0, lowest), ...more };
}

function opener(images: Readonly<Record<string, OpenedImage>>, asked: string[] = []): OpenImage {
  return async (reference) => {
    asked.push(reference);
    return images[reference] ?? { kind: 'unasked', why: 'it is not here' };
  };
}

function provenance(materials: readonly Material[], more: Partial<Attestation> = {}): readonly Attestation[] {
  return [
    {
      predicateType: 'https://slsa.dev/provenance/v1',
      digest: digestOf('statement'),
      via: 'index',
      isAboutImage: true,
      provenance: { mode: 'min', materials },
      ...more,
    },
  ];
}

const material = (name: string, digest: Digest): Material => ({
  uri: `pkg:docker/${name}?platform=linux%2Famd64`,
  digest,
});

function known(name: string, lowest: number, ...references: string[]): KnownImage {
  return { digest: digestOf(name), indexDigests: [], layers: lowest, references };
}

async function baseOf(of: BaseRequest): Promise<BaseImage | undefined> {
  return (await findBase(of)).base;
}

test('lineage: of the images in a provenance the base is the one whose layers are the lowest, and most', async () => {
  const index = digestOf('an index');
  const attestations = provenance([
    material('docker/dockerfile@1', digestOf('frontend')),
    material('debian@12-slim', index),
    material('golang@1.26', digestOf('golang')),
    material('registry.example.org/team/small@1', digestOf('small')),
  ]);
  const asked: string[] = [];
  const open = opener(
    {
      [`${debian}@${index}`]: image('debian', 2, { indexDigest: index, createdAt: '2026-01-01T00:00:00Z' }),
      [`docker.io/library/golang:1.26@${digestOf('golang')}`]: {
        ...image('golang', 0),
        diffIds: [digestOf('x')],
      },
      [`registry.example.org/team/small:1@${digestOf('small')}`]: image('small', 1),
      [debian]: image('newer', 1, { indexDigest: digestOf('new index'), createdAt: '2026-02-01T00:00:00Z' }),
    },
    asked,
  );
  const lineage = await findBase(request({ attestations, open }));
  assert.deepEqual(lineage, {
    base: {
      reference: debian,
      aliases: [],
      digest: index,
      layers: 2,
      method: 'provenance',
      confidence: 'certain',
      why: 'Its provenance names it, and its 2 lowest layers are that image’s.',
      createdAt: '2026-01-01T00:00:00Z',
      current: { digest: digestOf('new index'), createdAt: '2026-02-01T00:00:00Z' },
    },
    unknowns: [],
  });
  assert.ok(
    asked.every((reference) => !reference.includes('dockerfile')),
    'the frontend is no candidate',
  );
});

test('lineage: a tag that names another index of the same platform image is current', async () => {
  const index = digestOf('an index');
  const attestations = provenance([material('debian@12-slim', index)]);
  const open = opener({
    [`${debian}@${index}`]: image('debian', 2, { indexDigest: index }),
    [debian]: image('debian', 2, { indexDigest: digestOf('another index') }),
  });
  const base = await baseOf(request({ attestations, open }));
  assert.equal(base?.current?.digest, index);
});

test('lineage: what cannot be compared is likely where it is alone, and a guess among several', async () => {
  const one = material('debian@12-slim', digestOf('debian'));
  const two = material('golang@1.26', digestOf('golang'));
  const alone = await findBase(request({ attestations: provenance([one]), open: opener({}) }));
  assert.deepEqual(
    [alone.base?.reference, alone.base?.confidence, alone.base?.layers],
    [debian, 'likely', undefined],
  );
  assert.deepEqual(alone.unknowns, [
    `${debian}@${digestOf('debian')}: it is not here.`,
    `${debian}: it is not here.`,
  ]);
  const several = await findBase(request({ attestations: provenance([one, two]) }));
  assert.deepEqual(
    [several.base?.reference, several.base?.confidence],
    ['docker.io/library/golang:1.26', 'guess'],
  );
  assert.match(several.base?.why ?? '', /^It is the last of 2 images/);
  const open = opener({
    [`docker.io/library/golang:1.26@${digestOf('golang')}`]: {
      ...image('golang', 0),
      diffIds: [digestOf('x')],
    },
  });
  const excluded = await baseOf(request({ attestations: provenance([one, two]), open }));
  assert.deepEqual([excluded?.reference, excluded?.confidence], [debian, 'likely']);
});

test('lineage: a guess gives way to what was compared', async () => {
  const attestations = provenance([
    material('debian@12-slim', digestOf('debian')),
    material('golang@1.26', digestOf('golang')),
  ]);
  const findByLayers = async () => [known('stacked', 3, 'hub.example.org/team/stacked:1')];
  const base = await baseOf(request({ attestations, findByLayers }));
  assert.deepEqual([base?.method, base?.confidence, base?.layers], ['layers', 'certain', 3]);
});

test('lineage: a provenance whose images are all ruled out leaves no guess', async () => {
  const attestations = provenance([material('golang@1.26', digestOf('golang'))]);
  const open = opener({
    [`docker.io/library/golang:1.26@${digestOf('golang')}`]: {
      ...image('golang', 0),
      diffIds: [digestOf('x')],
    },
  });
  const history = [
    { createdBy: 'ADD', emptyLayer: false },
    { createdBy: 'CMD ["sh"]', emptyLayer: true },
    ...['two', 'three', 'four'].map((createdBy) => ({ createdBy, emptyLayer: false })),
  ];
  const config = { diffIds: layers, history, labels: {} };
  const lineage = await findBase(request({ attestations, open, config }));
  assert.equal(lineage.base, undefined);
  assert.match(lineage.unknowns[0] ?? '', /names 1 image, and its layers begin with those of none/);
  const scratch = await findBase(request({ attestations: provenance([]), config }));
  assert.equal(scratch.base, undefined);
  assert.match(scratch.unknowns[0] ?? '', /names no image/);
  assert.equal((await baseOf(request({ config })))?.layers, 1, 'without one the history is read');
});

test('lineage: a provenance about another image, and stages for another machine, say nothing', async () => {
  const attestations = provenance([material('debian@12-slim', digestOf('debian'))], { isAboutImage: false });
  assert.equal(await baseOf(request({ attestations })), undefined);
  const stage = { uri: 'pkg:docker/golang@1.26?platform=linux%2Farm64' };
  assert.equal(await baseOf(request({ attestations: provenance([stage]) })), undefined);
});

test('lineage: annotations name the base with its digest, which is compared where it can be', async () => {
  const digest = digestOf('debian');
  const annotations = { [NAME]: debian, [DIGEST]: digest };
  const stated = await baseOf(request({ annotations }));
  assert.deepEqual(
    [stated?.reference, stated?.digest, stated?.method, stated?.confidence],
    [debian, digest, 'annotation', 'likely'],
  );
  const open = opener({ [`${debian}@${digest}`]: image('debian', 2), [debian]: image('debian', 2) });
  const compared = await baseOf(request({ annotations, open }));
  assert.deepEqual(
    [compared?.confidence, compared?.layers, compared?.current?.digest],
    ['certain', 2, digest],
  );
  const wrong = opener({ [`${debian}@${digest}`]: { ...image('debian', 0), diffIds: [digestOf('x')] } });
  const contradicted = await findBase(request({ annotations, open: wrong }));
  assert.equal(contradicted.base, undefined);
  assert.match(contradicted.unknowns[0] ?? '', /says that it was built upon .*debian:12-slim, but/);
});

test('lineage: a name without a digest is compared with what it means now, and may have moved on', async () => {
  const annotations = { [NAME]: 'debian:12-slim' };
  const same = await baseOf(request({ annotations, open: opener({ [debian]: image('debian', 2) }) }));
  assert.deepEqual(
    [same?.confidence, same?.digest, same?.current?.digest],
    ['certain', digestOf('debian'), digestOf('debian')],
  );
  const moved = opener({ [debian]: { ...image('newer', 0), diffIds: [digestOf('x')] } });
  const base = await baseOf(request({ annotations, open: moved }));
  assert.deepEqual([base?.confidence, base?.digest, base?.layers], ['likely', undefined, undefined]);
  assert.equal(base?.current?.digest, digestOf('newer'));
});

test('lineage: a label may come from the base itself, so more layers say more', async () => {
  const config = { diffIds: layers, history: [], labels: { [NAME]: debian, [DIGEST]: digestOf('debian') } };
  const open = opener({ [`${debian}@${digestOf('debian')}`]: image('debian', 1) });
  const findByLayers = async () => [
    known('debian', 1, 'hub.example.org/debian:12'),
    known('team', 3, 'hub.example.org/team/app:1'),
  ];
  const base = await baseOf(request({ config, open, findByLayers }));
  assert.deepEqual([base?.reference, base?.layers], ['hub.example.org/team/app:1', 3]);
  const only = await baseOf(request({ config, open }));
  assert.deepEqual([only?.reference, only?.method], [debian, 'annotation']);
});

test('lineage: by layers the longest whole image below, never the image itself, names in a fixed order', async () => {
  const findByLayers = async () => [
    { ...known('own', 4, 'hub.example.org/a:own'), digest: own },
    known('twin', 4, 'hub.example.org/a:twin'),
    known('low', 1, 'hub.example.org/a:low'),
    known('mid', 2, 'hub.example.org/b:latest', 'hub.example.org/b:1', 'hub.example.org/b:1.2.3'),
    known('mid too', 2, 'hub.example.org/c:1.2'),
  ];
  const base = await baseOf(request({ findByLayers }));
  assert.equal(base?.reference, 'hub.example.org/b:1.2.3');
  assert.deepEqual(base?.aliases, ['hub.example.org/b:1', 'hub.example.org/b:latest']);
  assert.deepEqual(
    [base?.layers, base?.digest, base?.current?.digest],
    [2, digestOf('mid'), digestOf('mid')],
  );
  assert.match(base?.why ?? '', /1 other image here has the same/);
  const shuffled = async () => (await findByLayers()).reverse();
  assert.deepEqual(await baseOf(request({ findByLayers: shuffled })), base);
});

test('lineage: an image with the same layers is a base only where somebody says so', async () => {
  const twin = known('twin', 4, 'hub.example.org/twin:1');
  const findByLayers = async () => [twin];
  assert.equal(await baseOf(request({ findByLayers })), undefined);
  const annotations = { [NAME]: 'hub.example.org/twin:1', [DIGEST]: twin.digest };
  const stated = await baseOf(request({ annotations, findByLayers }));
  assert.deepEqual([stated?.confidence, stated?.layers], ['certain', 4], 'known here, so it is compared');
  const itself = { [NAME]: 'hub.example.org/own:1' };
  const open = opener({ 'hub.example.org/own:1': image('', 4, { digest: own }) });
  assert.notEqual((await baseOf(request({ annotations: itself, open })))?.confidence, 'certain');
});

test('lineage: history guesses a number of layers and no name', async () => {
  const steps = (...texts: string[]) =>
    texts.map((createdBy) => ({ createdBy, emptyLayer: !/^(?:RUN|ADD|COPY)/.test(createdBy) }));
  const guess = (history: ReturnType<typeof steps>) =>
    baseOf(request({ config: { diffIds: layers, history, labels: {} } }));
  const base = await guess(
    steps(
      'ADD a',
      '/bin/sh -c #(nop)  CMD ["bash"]',
      'RUN b',
      'ENTRYPOINT ["x"]',
      'COPY c',
      'COPY d',
      'CMD ["y"]',
    ),
  );
  assert.deepEqual(
    [base?.layers, base?.reference, base?.method, base?.confidence],
    [2, undefined, 'history', 'guess'],
  );
  assert.equal(await guess(steps('ADD a', 'COPY b', 'COPY c', 'COPY d', 'CMD ["y"]')), undefined);
  assert.equal(
    await guess(steps('ADD a', 'CMD ["sh"]', 'COPY b')),
    undefined,
    'it does not go with the layers',
  );
});

test('lineage: where nothing is known, it says where was looked', async () => {
  const { unknowns } = await findBase(request({ attestations: [], findByLayers: async () => [] }));
  assert.deepEqual(unknowns, [
    'Its provenance, annotations, layers and history do not tell which image it was built upon.',
  ]);
  assert.match((await findBase(request())).unknowns[0] ?? '', /^Its annotations and history do not tell/);
});

test('lineage: names that others wrote never break it', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((part) => `pkg:docker/${part}`),
    fc.string().map((part) => `pkg:oci/${part}?repository_url=${part}`),
    fc.constantFrom('__proto__', 'debian@sha256:x', `pkg:oci/a@${own}?repository_url=h.example/a&tag=1`),
  );
  await fc.assert(
    fc.asyncProperty(text, text, text, async (uri, name, digest) => {
      const attestations = provenance([{ uri }, { uri: name }]);
      const config = { diffIds: layers, history: [], labels: { [NAME]: uri, [DIGEST]: digest } };
      const annotations = { [NAME]: name, [DIGEST]: digest };
      const { base, unknowns } = await findBase(
        request({ attestations, annotations, config, open: opener({}) }),
      );
      assert.ok(base !== undefined || unknowns.length > 0);
    }),
  );
});
