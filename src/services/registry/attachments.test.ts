// The product's narrow right: a statement on a manifest that is there, taken away again by the product alone; and
// nothing else, whatever it is handed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { type BundleReferrer, formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import type { Database } from '../../io/db/database.ts';
import { createAccess, product } from '../hub/access.ts';
import { createAttachments } from './attachments.ts';
import { createQuotas } from './quotas.ts';
import { grant, imageManifest, openRegistry } from './registry.fixture.ts';

const statement = (subject: Digest, text = 'signed'): BundleReferrer =>
  formatBundleReferrer({
    subject: { mediaType: mediaTypes.ociManifest, digest: subject, sizeBytes: 10 },
    bundle: Buffer.from(text),
    predicateType: 'https://example.org/one',
    createdAtMs: 0,
  });

/** Every table with how many rows it has; without the tables that say what was done. */
async function count({ query }: Database): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const name of [
    'tag',
    'tag_leaf',
    'repository',
    'manifest',
    'upload',
    'trash',
    'attachment',
  ] as const) {
    const rows = await query
      .selectFrom(name)
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .execute();
    counts[name] = Number(rows[0]?.rows);
  }
  return counts;
}

async function open() {
  const registry = await openRegistry();
  const { stores } = registry;
  const attach = (repository: string) => createAccess(stores).grantAttach(product, repository);
  return { registry, stores, attach, attachments: createAttachments(stores) };
}

test('attachments: a statement hangs on an image, and moves, makes and counts nothing else', async () => {
  const { registry, stores, attach, attachments } = await open();
  await using _ = registry;
  const image = await registry.pushImage('team/app', '1', ['layer']);
  const { query } = stores.database;
  const usage = await createQuotas(stores).find({ namespace: 'team' });
  const before = await count(stores.database);
  const { updated_at } = await query.selectFrom('repository').select('updated_at').executeTakeFirstOrThrow();
  stores.clock.time += 1_000;
  const made = statement(image);
  const digest = await attachments.put(attach('team/app'), made);
  assert.equal(digest, digestOf(made.manifest));
  assert.equal(await attachments.put(attach('team/app'), made), digest, 'again, it is the same');

  const [referrer] = await registry.referrers.list(grant('pull', 'team/app'), image, { limit: 10 });
  assert.equal(referrer?.digest, digest);
  const { bytes } = await registry.manifests.get(grant('pull', 'team/app'), { digest });
  assert.deepEqual(Buffer.from(bytes), made.manifest);
  const after = await count(stores.database);
  assert.deepEqual(after, { ...before, manifest: (before.manifest ?? 0) + 1, attachment: 1 });
  const now = await query.selectFrom('repository').select('updated_at').executeTakeFirstOrThrow();
  assert.equal(now.updated_at, updated_at);
  const held = await createQuotas(stores).find({ namespace: 'team' });
  assert.deepEqual(held, usage);
  const events = await query.selectFrom('event').select('kind').orderBy('id').execute();
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['manifest_pushed', 'tag_moved', 'statement_attached'],
  );

  await stores.database.transaction((inside) => attachments.drop(inside, attach('team/app'), digest));
  assert.deepEqual(await count(stores.database), before);
  assert.deepEqual(await createQuotas(stores).find({ namespace: 'team' }), usage);
});

test('attachments: refused are a subject that is not there, one without, an index, and more than it names', async () => {
  const { registry, stores, attach, attachments } = await open();
  await using _ = registry;
  const image = await registry.pushImage('team/app', '1', ['layer']);
  const before = await count(stores.database);
  const made = statement(image);
  const put = (parts: BundleReferrer, repository = 'team/app') => attachments.put(attach(repository), parts);
  await assert.rejects(put(statement(digestOf('absent'))), { code: 'registry.subject_unknown' });
  await assert.rejects(put(made, 'no/such'), { code: 'registry.name_unknown' });
  const bare = imageManifest({ layers: ['layer'] });
  const blobs = [Buffer.from('{}'), Buffer.from('layer')];
  await assert.rejects(put({ manifest: bare, blobs }), { code: 'registry.attachment_invalid' });
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  await assert.rejects(put({ manifest: Buffer.from(JSON.stringify(index)), blobs: [] }));
  const more = [...made.blobs, Buffer.from('another')];
  await assert.rejects(put({ ...made, blobs: more }), { code: 'registry.attachment_invalid' });
  await assert.rejects(put({ ...made, blobs: [] }), { code: 'registry.attachment_invalid' });
  assert.deepEqual(await count(stores.database), before);
});

test('attachments: what somebody pushed is not taken away, whatever digest is given', async () => {
  const { registry, stores, attach, attachments } = await open();
  await using _ = registry;
  const image = await registry.pushImage('team/app', '1', ['layer']);
  const theirs = statement(image, 'of somebody');
  for (const blob of theirs.blobs) await registry.pushBlob('team/app', blob);
  const digest = digestOf(theirs.manifest);
  await registry.manifests.put(
    grant('push', 'team/app'),
    { digest },
    mediaTypes.ociManifest,
    theirs.manifest,
  );
  const before = await count(stores.database);
  await stores.database.transaction(async (inside) => {
    for (const one of [digest, image]) await attachments.drop(inside, attach('team/app'), one);
    await attachments.drop(inside, attach('no/such'), digest);
  });
  assert.deepEqual(await count(stores.database), before);
});

test('attachments: where what is done beside it fails, nothing hangs', async () => {
  const { registry, stores, attach, attachments } = await open();
  await using _ = registry;
  const image = await registry.pushImage('team/app', '1', ['layer']);
  const before = await count(stores.database);
  const failing = attachments.put(attach('team/app'), statement(image), async () => {
    throw new Error('the row was not written');
  });
  await assert.rejects(failing, /the row was not written/);
  assert.deepEqual(await count(stores.database), before);
});
