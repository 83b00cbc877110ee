// Signers and builds without a server: looking again is nothing new, only what is proved teaches, statements in BuildKit's
// manifests count for as much as is signed, and all of it goes with the images.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { provenance, workflowOf } from '../../../test/world/signer.ts';
import { type Digest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { LeasedJob } from '../jobs/queue.ts';
import { grant } from '../registry/registry.fixture.ts';
import { identityAllJob } from './identity-job.ts';
import { home, open, states } from './identity-watch.fixture.ts';

test('signers: what was looked at is not told again, whoever dies between, and goes with its image', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  await world.sign(image);
  const other = await world.sign(image, { identity: workflowOf('mallory/app') });
  // An image that is signed twice by one is one image.
  await world.sign(image, { identity: workflowOf('mallory/app') });
  await world.settle();
  const look = { kind: 'identity', input: { repositoryId: 1, digest: image } } as unknown as LeasedJob;
  await world.handlers.identity?.run(look, new AbortController().signal);
  const repository = await world.repository();
  assert.deepEqual(states(await world.signers.list(repository)), [
    ['signature', 'proposed', 1],
    ['signature', 'unexpected', 1],
  ]);
  assert.equal((await world.told('signature_unexpected')).length, 1);
  assert.equal((await world.told('identity_learned')).length, 1);
  const rows = () => world.database.query.selectFrom('signature_sighting').select('carrier_digest').execute();
  assert.equal((await rows()).length, 3);
  await world.registry.manifests.delete(grant('delete', home), other);
  await world.settle();
  assert.equal((await rows()).length, 2);
  await world.registry.manifests.delete(grant('delete', home), image);
  await world.settle();
  assert.deepEqual(await rows(), []);
});

test('signers: one who was revoked teaches nothing, and of those who are not expected only the last are kept', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  const bad = workflowOf('mallory/app');
  const said = {
    action: 'revoke',
    kind: 'identity',
    repository: '',
    why: 'left',
    who: 'admin',
    at: 0,
    is_standing: 1,
  };
  const name = bad.subject.kind === 'uri' ? bad.subject.uri : '';
  await world.database.query
    .insertInto('revocation')
    .values({
      ...said,
      value: name,
      from_at: null,
      bundle: Buffer.from('{}'),
    })
    .execute();
  await world.sign(image, { identity: bad });
  await world.settle();
  const repository = await world.repository();
  const { identities, unproved, outcome } = await world.signers.list(repository);
  assert.deepEqual(
    [outcome, identities, unproved.map((one) => [one.outcome, one.why])],
    ['none', [], [['failed', `The identity ${name} was taken back: left`]]],
  );
  for (let count = 0; count < limits.unexpectedIdentities + 3; count += 1)
    await world.sign(image, { identity: workflowOf(`many/app${count}`) });
  await world.settle();
  const all = await world.signers.list(repository);
  assert.equal(
    all.identities.filter(({ state }) => state === 'unexpected').length,
    limits.unexpectedIdentities,
  );
  assert.equal(all.identities.filter(({ state }) => state === 'proposed').length, 1);
  assert.equal((await world.told('signature_unexpected')).length, limits.unexpectedIdentities + 2);
});

test('signers: a key is known once its owner hands it in, and what it signed before is then proved', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': home },
        image: { 'docker-manifest-digest': image },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  await world.registry.pushBlob(home, payload);
  const signature = signBytes('sha256', payload, privateKey).toString('base64');
  const layer = {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    digest: digestOf(payload),
    size: payload.byteLength,
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  };
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 };
  const old = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
  await world.put(Buffer.from(JSON.stringify(old)), mediaTypes.ociManifest, `${image.replace(':', '-')}.sig`);
  await world.settle();
  const repository = await world.repository();
  const before = await world.signers.list(repository);
  assert.deepEqual([before.outcome, before.unproved.map((one) => one.outcome)], ['none', ['unknown']]);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const owner = grant('own', home);
  const wish = { use: 'signature', reason: 'the release key' } as const;
  const another = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  await world.signers.addKey(owner, {
    ...wish,
    publicKey: another.export({ type: 'spki', format: 'pem' }).toString(),
  });
  await world.settle();
  // Of another key's signature nobody can say that it is wrong.
  assert.deepEqual(
    (await world.signers.list(repository)).unproved.map((one) => one.outcome),
    ['unknown'],
  );
  const added = await world.signers.addKey(owner, { ...wish, publicKey: pem });
  await assert.rejects(world.signers.addKey(owner, { ...wish, publicKey: pem }), (error) =>
    isPlimsollError(error, { code: 'trust.identity_decided' }),
  );
  await world.settle();
  const after = await world.signers.list(repository);
  assert.deepEqual([after.outcome, after.unproved], ['confirmed', []]);
  assert.deepEqual(
    after.identities
      .filter(({ id }) => id === added.id)
      .map(({ images, lastDigest }) => [images, lastDigest]),
    [[1, image]],
  );
});

test('builds: a statement in BuildKit’s manifest is unsigned, until somebody signs the manifest', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  const statement = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v0.1',
      predicateType: predicateTypes.slsaprovenance1,
      subject: [{ name: 'pkg:docker/team/app', digest: { sha256: digestHex(image) } }],
      predicate: provenance('https://builder.example.org/1', 'a'.repeat(40)),
    }),
  );
  await world.registry.pushBlob(home, statement);
  const layer = {
    mediaType: 'application/vnd.in-toto+json',
    digest: digestOf(statement),
    size: statement.byteLength,
    annotations: { 'in-toto.io/predicate-type': predicateTypes.slsaprovenance1 },
  };
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 };
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] }),
  );
  const attestation = await world.put(bytes);
  const child = (digest: Digest, more: object) => ({
    mediaType: mediaTypes.ociManifest,
    digest,
    size: 1,
    ...more,
  });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image,
  };
  const manifests = [child(image, {}), child(attestation, { annotations })];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  await world.put(index, mediaTypes.ociIndex, 'latest');
  await world.settle();
  const build = async () => {
    const { builds } = await world.buildChanges.compare(await world.repository(), image, image);
    return [builds[0]?.after?.proof, builds[0]?.after?.record.builder, builds[0]?.after?.signer?.state];
  };
  assert.deepEqual(await build(), ['unsigned', 'https://builder.example.org/1', undefined]);
  assert.deepEqual((await world.signers.list(await world.repository())).identities, []);
  await world.sign(attestation, { identity: workflowOf('acme/app') });
  await world.settle();
  assert.deepEqual(await build(), ['proved', 'https://builder.example.org/1', 'proposed']);
  // The signature is of what says how it was built: no signature of the image.
  assert.deepEqual(states(await world.signers.list(await world.repository())), [
    ['provenance', 'proposed', 1],
  ]);
});

test('builds: what is said at length is kept by its hash, and what is too much is said to be left out', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  const next = await world.registry.pushImage(home, '2', ['two']);
  const said = (long: string) => ({
    buildDefinition: { buildType: 'https://git.example.org/build/v1', externalParameters: { script: long } },
    runDetails: { builder: { id: 'https://builder.example.org/1' } },
  });
  const predicateType = predicateTypes.slsaprovenance1;
  await world.sign(image, { predicateType, predicate: said('a'.repeat(3_000)) });
  await world.sign(next, { predicateType, predicate: said(`${'a'.repeat(2_999)}b`) });
  await world.settle();
  const { outcome, builds } = await world.buildChanges.compare(await world.repository(), image, next);
  assert.equal(outcome, 'changed');
  assert.match(
    builds[0]?.changes[0]?.sentence ?? '',
    /^The parameter script was 3000 characters, sha256:[0-9a-f]{64} and is 3000/,
  );
  const materials = Array.from({ length: 9_000 }, (_, at) => ({ uri: `pkg:npm/${'x'.repeat(60)}@${at}` }));
  const many = {
    ...said('x'),
    buildDefinition: { ...said('x').buildDefinition, resolvedDependencies: materials },
  };
  const large = await world.registry.pushImage(home, '3', ['three']);
  await world.sign(large, { predicateType, predicate: many });
  await world.settle();
  const cut = await world.buildChanges.compare(await world.repository(), next, large);
  assert.ok(cut.builds[0]?.unknowns.some((why) => why.includes('more than are kept')));
});

test('signers: all that was not proved is looked at again once the roots are others, and only then', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  await world.sign(image);
  const own = world.known.roots;
  world.known.roots = [];
  await world.settle();
  const again = () =>
    world.handlers[identityAllJob.kind]?.run({ input: {} } as LeasedJob, new AbortController().signal);
  await again();
  await world.settle();
  const repository = await world.repository();
  assert.equal(
    (await world.signers.list(repository)).answer,
    'There are signatures here, and this server can prove none of them.',
  );
  world.known.roots = own;
  await again();
  await world.settle();
  assert.equal((await world.signers.list(repository)).outcome, 'proposed');
  await again();
  assert.equal(
    (
      await world.database.query
        .selectFrom('job')
        .select('id')
        .where('state', '=', 'ready')
        .where('kind', '=', 'identity')
        .execute()
    ).length,
    0,
  );
});

test('signers: whatever hangs on an image, the look at it ends and teaches nothing', async () => {
  const world = await open();
  await using _ = world.registry;
  const image = await world.registry.pushImage(home, '1', ['one']);
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 };
  const types = ['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.in-toto+json'];
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      fc.constantFrom(...types),
      fc.boolean(),
      async (bytes, mediaType, isAttestation) => {
        await world.registry.pushBlob(home, bytes);
        const manifest = {
          schemaVersion: 2,
          mediaType: mediaTypes.ociManifest,
          artifactType: isAttestation ? 'application/vnd.docker.attestation.manifest.v1+json' : types[0],
          config,
          layers: [{ mediaType, digest: digestOf(bytes), size: bytes.byteLength }],
          subject: { mediaType: mediaTypes.ociManifest, digest: image, size: 1 },
        };
        const digest = await world.put(Buffer.from(JSON.stringify(manifest)));
        await world.settle();
        assert.deepEqual((await world.signers.list(await world.repository())).identities, []);
        await world.registry.manifests.delete(grant('delete', home), digest);
      },
    ),
    { numRuns: 40 },
  );
});
