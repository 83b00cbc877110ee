// Promise: what cannot be looked into says so in one sentence, and what is not there is a clear 404; nothing
// that went wrong is ever shown as clean.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Home, TagList } from '../../src/entry/http/contract.ts';
import { debianImage, image, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, until } from '../world/product.ts';
import { digestFor } from '../world/registry.ts';

let world: ProductWorld;

before(async () => {
  world = await bootProduct();
});
after(() => world[Symbol.asyncDispose]());

test('a damaged layer ends in a failed scan that says why, in the page and in lists', async () => {
  await world.push(
    'bad/layer',
    'cut',
    withLayer(debianImage(['openssl 3.0.11-1']), (bytes) => bytes.subarray(0, 60)),
  );
  const cut = await world.untilScanned('bad/layer', 'cut');
  assert.equal(cut.scan.state, 'failed');
  assert.match(
    cut.scan.error ?? '',
    /^layer 0 \(sha256:[0-9a-f]{64}\): the compressed stream ends in the middle$/,
  );
  assert.equal(cut.report, undefined);
  const { tags } = await world.get<TagList>('/api/v1/repositories/bad/layer/-/tags');
  assert.equal(tags[0]?.scan.state, 'failed');
  assert.equal(tags[0]?.summary, undefined);
  assert.equal((await world.get<Home>('/api/v1/home')).totals.images, 0, 'it is not counted as judged');
});

test('a layer that is not what the configuration promised is refused too', async () => {
  const made = debianImage(['openssl 3.0.11-1']);
  const other = [...debianImage(['openssl 3.0.15-1']).blobs.values()][1] as Uint8Array;
  await world.push(
    'bad/layer',
    'swapped',
    withLayer(made, () => other, 1),
  );
  const swapped = await world.untilScanned('bad/layer', 'swapped');
  assert.equal(swapped.scan.state, 'failed');
  assert.match(
    swapped.scan.error ?? '',
    /^layer 1 .*the configuration says diffID sha256:.* but the bytes give sha256:/,
  );
});

test('pushing a failed image again looks into it again', async () => {
  const made = withLayer(debianImage(['openssl 3.0.11-1']), (bytes) => bytes.subarray(0, 60));
  const jobs = () => world.rows('select id from job where key = ?', made.digest).length;
  assert.equal(jobs(), 1);
  await world.push('bad/layer', 'cut', made);
  await until(async () => (jobs() === 2 ? true : undefined), 'the second job');
  assert.equal((await world.untilScanned('bad/layer', 'cut')).scan.state, 'failed');
});

test('an image in which nothing is recognised is unknown, not clean', async () => {
  await world.push('bare/scratch', 'latest', image([[{ path: 'app', body: 'not a program' }]]));
  const { report } = await world.untilScanned('bare/scratch', 'latest');
  assert.equal(report?.totals.packages, 0);
  assert.equal(report?.outcome, 'unknown');
  assert.equal(report?.answer, 'Not known: 2 of 3 rules could not be judged, the others are met');
});

test('without advisories nothing is judged, and the answer says so', async () => {
  await world.push('good/app', 'latest', debianImage(['openssl 3.0.11-1']));
  const { report } = await world.untilScanned('good/app', 'latest');
  assert.equal(report?.totals.findings, 0);
  assert.deepEqual([report?.coverage.packages, report?.coverage.judged], [1, 0]);
  assert.equal(report?.coverage.gaps[0]?.name, 'openssl');
  assert.equal(report?.outcome, 'unknown');
  assert.equal(report?.rules[0]?.outcome, 'unknown');
});

test('what is not there is a 404 with a code, a sentence, a hint and the request’s id', async () => {
  const cases: [string, string][] = [
    ['/api/v1/repositories/no/such', 'hub.repository_missing'],
    ['/api/v1/repositories/no/such/-/tags', 'hub.repository_missing'],
    ['/api/v1/repositories/no/such/-/images/latest', 'hub.repository_missing'],
    ['/api/v1/repositories/good/app/-/images/no-such-tag', 'hub.image_missing'],
    [`/api/v1/repositories/good/app/-/images/sha256:${'0'.repeat(64)}`, 'hub.image_missing'],
    ['/api/v1/repositories/bad/layer/-/images/cut/findings', 'hub.report_pending'],
    ['/api/v1/repositories/bad/layer/-/images/cut/sbom', 'hub.report_pending'],
    ['/api/v1/nothing/here', 'http.route_unknown'],
  ];
  for (const [path, code] of cases) {
    const problem = await world.problem(path, 404);
    assert.equal(problem.code, code, path);
    assert.equal(problem.type, `urn:plimsoll:error:${code}`);
    for (const text of [problem.title, problem.detail, problem.hint]) assert.ok(text.length > 5, path);
    assert.match(problem.requestId, /^[0-9a-f-]{36}$/);
  }
});

/** The image with one layer's bytes replaced, as a client that never looked at them would push it. */
function withLayer(made: MadeImage, change: (bytes: Uint8Array) => Uint8Array, position = 0): MadeImage {
  const old = made.layers[position] as string;
  const bytes = Buffer.from(change(made.blobs.get(old) as Uint8Array));
  const digest = digestFor(bytes);
  const document = JSON.parse(Buffer.from(made.bytes).toString('utf8')) as {
    layers: { digest: string; size: number }[];
  };
  Object.assign(document.layers[position] as object, { digest, size: bytes.byteLength });
  const manifest = Buffer.from(JSON.stringify(document));
  const changed = { mediaType: made.mediaType, bytes: manifest, digest: digestFor(manifest) };
  const blobs = new Map([...made.blobs, [digest, bytes]]);
  const layers = made.layers.with(position, digest);
  return { ...changed, blobs, layers, manifests: [changed] };
}
