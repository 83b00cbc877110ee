// Writing to a registry: uploads, mounts, referrers without the API for them, and whole images.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import {
  basic,
  code,
  describe,
  manifest,
  open,
  password,
  serve,
  serveUploads,
} from './registry-client.fixture.ts';
import type { RegistryClient } from './registry-client.ts';
import { openRegistryTarget } from './registry-source.ts';

const layer = Buffer.from('a layer');
const write = (client: RegistryClient, mountFrom?: string) =>
  client.writeBlob('a/b', describe(layer), async () => Readable.from([layer]), mountFrom);

test('an upload keeps the query that the registry gave, and is started over after a failure', async (t) => {
  const registry = await serveUploads(t, { failFirst: true });
  await write(open(t, registry.host));
  assert.deepEqual(registry.stored.get(describe(layer).digest), layer);
  const put = `PUT /up?state=a%20b~c&digest=${encodeURIComponent(describe(layer).digest)} -`;
  assert.deepEqual(
    registry.seen.filter((line) => !line.startsWith('GET')),
    ['POST /v2/a/b/blobs/uploads/ -', put, 'POST /v2/a/b/blobs/uploads/ -', put],
  );
});

test('a mount saves the bytes; where it is not done, they are sent', async (t) => {
  const mounting = await serveUploads(t, { mounts: true });
  await write(open(t, mounting.host), 'other/repo');
  assert.equal(mounting.stored.size, 0);
  const sending = await serveUploads(t);
  await write(open(t, sending.host), 'other/repo');
  assert.equal(sending.stored.size, 1);
});

test('an upload sent to another origin carries no Authorization there', async (t) => {
  const other = await serveUploads(t);
  const registry = await serve(t, ({ request, response }) => {
    if (request.headers.authorization !== basic)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else response.writeHead(202, { location: `${other.origin}/up` }).end();
  });
  await write(open(t, registry.host, { credential: password }));
  assert.equal(other.seen.length, 1);
  assert.match(other.seen[0] ?? '', / -$/);
});

test('bytes that are not the descriptor’s are not stored', async (t) => {
  const registry = await serveUploads(t);
  const client = open(t, registry.host);
  const lie = { ...describe(layer), digest: digestOf('else') };
  await assert.rejects(
    client.writeBlob('a/b', lie, async () => Readable.from([layer])),
    code('images.damaged'),
  );
});

test('without the API, a pushed referrer is added to the index under the subject’s tag, once and rightly', async (t) => {
  const registry = await serveUploads(t);
  const client = open(t, registry.host);
  const subject = { mediaType: mediaTypes.ociManifest, digest: manifest.descriptor.digest, size: 9 };
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'a/x',
      config,
      layers: [],
      subject,
    }),
  );
  const referrer = { bytes, descriptor: describe(bytes, mediaTypes.ociManifest) };
  assert.deepEqual(await client.listReferrers('a/b', manifest.descriptor.digest), []);
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  const found = await client.listReferrers('a/b', manifest.descriptor.digest);
  assert.deepEqual(found, [{ ...referrer.descriptor, artifactType: 'a/x' }]);

  // sigstore/cosign#4641: entered without what it is; another's entry stays as it stands.
  const wrong = { ...referrer.descriptor, artifactType: mediaTypes.ociEmpty };
  const other = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf('other'),
    sizeBytes: 7,
    artifactType: 'b/y',
  };
  const wire = [wrong, other].map(({ sizeBytes, ...rest }) => ({ ...rest, size: sizeBytes }));
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: wire }),
  );
  const tag = manifest.descriptor.digest.replace(':', '-');
  await client.writeManifest('a/b', tag, { bytes: index, descriptor: describe(index, mediaTypes.ociIndex) });
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  assert.deepEqual(await client.listReferrers('a/b', manifest.descriptor.digest), [
    other,
    { ...referrer.descriptor, artifactType: 'a/x' },
  ]);
});

test('a target writes the root under its tag, children by digest, and no other image than it names', async (t) => {
  const registry = await serveUploads(t);
  const reference = { kind: 'registry', host: registry.host, repository: 'a/b', tag: 'v1' } as const;
  const client = open(t, registry.host);
  const target = openRegistryTarget(reference, client);
  await target.putManifest(manifest, false);
  await target.putManifest(manifest, true);
  assert.deepEqual(
    [...registry.stored.keys()],
    [`/v2/a/b/manifests/${manifest.descriptor.digest}`, '/v2/a/b/manifests/v1'],
  );
  const other = openRegistryTarget({ ...reference, digest: digestOf('else') }, client);
  await assert.rejects(other.putManifest(manifest, true), code('images.registry_refused'));
});
