// What must hold after any crash, in one function that every crash test uses: no row without its durable blob, no byte
// that is wrong, every image whole that was not pushed sparse, and nothing acknowledged lost.
import assert from 'node:assert/strict';
import { type Digest, digestOf } from '../../../src/formats/oci/digest.ts';
import { grant, type RegistryFixture } from '../../../src/services/registry/registry.fixture.ts';

/** By tag, the digest. */
export type Tags = Readonly<Record<string, string>>;

/** Every row against its file, every reference against its row, every tag down to its last byte. */
export async function checkInvariants(registry: RegistryFixture): Promise<void> {
  const { query } = registry.stores.database;
  const rows = await query.selectFrom('blob').select(['digest', 'size_bytes', 'damaged_at']).execute();
  for (const { digest, size_bytes, damaged_at } of rows) {
    assert.equal(damaged_at, null, `${digest} was found damaged`);
    const bytes = await registry.stores.blobs.readAll(digest as Digest, 10_000_000);
    assert.equal(digestOf(bytes), digest, 'a blob has the digest of its name');
    assert.equal(bytes.byteLength, size_bytes);
  }
  assert.deepEqual(
    await query.selectFrom('manifest_missing').selectAll().execute(),
    [],
    'no image lacks a blob',
  );
  const manifests = await query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .select(['repository.name', 'manifest.digest'])
    .execute();
  const wanted = manifests.map(({ name, digest }) => ({ name, digest }));
  for (const { name, digest } of wanted) {
    const got = await registry.manifests.get(grant('pull', name), { digest: digest as Digest });
    const { config, layers } = JSON.parse(Buffer.from(got.bytes).toString());
    for (const blob of [config, ...layers]) {
      const { sizeBytes } = await registry.blobs.stat(grant('pull', name), blob.digest);
      assert.equal(sizeBytes, blob.size, `${name} serves all of ${digest}`);
    }
  }
  const trash = await query.selectFrom('trash').select('digest').execute();
  for (const { digest } of trash)
    assert.ok(
      rows.some((row) => row.digest === digest),
      `what can be undeleted is there: ${digest}`,
    );
}

export async function readTags(registry: RegistryFixture, name: string): Promise<Tags> {
  const rows = await registry.stores.database.query
    .selectFrom('tag')
    .innerJoin('repository', 'repository.id', 'tag.repository_id')
    .select(['tag.name', 'tag.digest'])
    .where('repository.name', '=', name)
    .orderBy('tag.name')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.name, row.digest]));
}

/** One line of the workload. */
export interface Told {
  readonly name: string;
  readonly phase: 'try' | 'done' | 'failed';
  readonly step: 'push' | 'blob' | 'deleteTag' | 'deleteManifest' | 'undelete';
  readonly tag?: string;
  readonly digest?: string;
  readonly tags?: readonly string[];
  readonly missingBlobs?: number;
}

/** The tags after a step that took effect. */
export function applyStep(tags: Tags, told: Told): Tags {
  const { step, tag = '', digest = '' } = told;
  const left = Object.entries(tags);
  if (step === 'push') return { ...tags, [tag]: digest };
  if (step === 'deleteTag') return Object.fromEntries(left.filter(([name]) => name !== tag));
  if (step === 'deleteManifest') return Object.fromEntries(left.filter(([, of]) => of !== digest));
  if (step === 'undelete')
    return { ...tags, ...Object.fromEntries((told.tags ?? []).map((name) => [name, digest])) };
  return tags;
}

/**
 * What one client's repository holds now, checked against what it was told: every step that was answered took effect,
 * the one that was under way took effect wholly or not at all.
 */
export async function checkAcknowledged(
  registry: RegistryFixture,
  name: string,
  before: Tags,
  lines: readonly Told[],
): Promise<Tags> {
  let tags = before;
  let underWay: Told | undefined;
  for (const told of lines) {
    if (told.phase === 'try') underWay = told;
    if (told.phase === 'done') {
      tags = applyStep(tags, told);
      underWay = undefined;
      assert.equal(told.missingBlobs ?? 0, 0, `${JSON.stringify(told)} was whole when it was answered`);
    }
    // It said that it failed: it may have taken effect all the same, as far as nobody was told otherwise.
  }
  const now = await readTags(registry, name);
  const sorted = (some: Tags): string => JSON.stringify(Object.entries(some).sort());
  const may = [tags, ...(underWay === undefined ? [] : [applyStep(tags, underWay)])].map(sorted);
  assert.ok(
    may.includes(sorted(now)),
    `${name} has ${sorted(now)}; told were ${may.join(' or ')}; under way ${JSON.stringify(underWay)}`,
  );
  return now;
}
