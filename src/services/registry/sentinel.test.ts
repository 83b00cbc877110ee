import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { grant, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { createSentinelEventRoutes, judgeAgain, judgeAgainJob } from './sentinel-job.ts';

const HOUR_MS = 60 * 60 * 1000;
const repository = 'team/app';

interface Built {
  readonly user?: string;
  readonly created?: string;
  readonly layer?: string;
}

/** Pushes an image of this configuration under the tag, by this account. */
async function push(registry: RegistryFixture, tag: string, built: Built, account = 'admin') {
  const { user = '1000', created = '2026-01-01T00:00:00Z', layer = 'layer' } = built;
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    created,
    config: { User: user },
    layer,
  });
  for (const blob of [config, layer]) await registry.pushBlob(repository, blob);
  const describe = (mediaType: string, content: string) => ({
    mediaType,
    digest: digestOf(content),
    size: Buffer.byteLength(content),
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(mediaTypes.ociConfig, config),
      layers: [describe(mediaTypes.ociLayer, layer)],
    }),
  );
  const by = Object.freeze({ repository, account, via: 'password' }) as unknown as Grant<'push'>;
  registry.stores.clock.time += HOUR_MS;
  return registry.manifests.put(by, { tag }, mediaTypes.ociManifest, bytes);
}

async function judgementOf(registry: RegistryFixture, tag: string) {
  const [move] = await registry.tagHistory.list({ repository }, tag, { limit: 1 });
  const { suspicions, unknowns } = move?.judgement ?? {};
  return { rules: suspicions?.map(({ rule }) => rule), unknowns: unknowns?.map(({ where }) => where) };
}

test('sentinel: a first push and an unmoved tag are not judged, a plain next one raises nothing', async () => {
  await using registry = await openRegistry();
  await push(registry, 'latest', {});
  assert.deepEqual(await judgementOf(registry, 'latest'), { rules: undefined, unknowns: undefined });
  await push(registry, 'latest', {});
  await push(registry, 'latest', { layer: 'next' });
  assert.deepEqual(await judgementOf(registry, 'latest'), {
    rules: [],
    unknowns: ['builder_changed', 'workflow_changed', 'source_changed', 'packages_changed'],
  });
});

test('sentinel: what is suspicious is in the history, an event and the audit log', async () => {
  await using registry = await openRegistry();
  const first = await push(registry, 'latest', {});
  await push(registry, 'latest', { user: 'root', created: '2025-01-01T00:00:00Z' }, 'eve');
  const rules = ['new_credential', 'start_changed', 'older_creation'];
  assert.deepEqual((await judgementOf(registry, 'latest')).rules, rules);
  const { query } = registry.stores.database;
  const events = await query
    .selectFrom('event')
    .select('subject_json')
    .where('kind', '=', 'tag_suspected')
    .execute();
  assert.deepEqual(
    events.map(({ subject_json }) => {
      const { suspicions, previous, pushedBy } = JSON.parse(subject_json);
      return [previous, pushedBy, suspicions.map(({ rule }: { rule: string }) => rule)];
    }),
    [[first.digest, 'eve', rules]],
  );
  const audit = await query.selectFrom('audit').select('who').where('action', '=', 'tag.suspect').execute();
  assert.deepEqual(audit, [{ who: 'eve' }]);
  // What was there before is no news, and who pushed once is known.
  await push(registry, 'latest', { layer: 'back' }, 'eve');
  assert.deepEqual((await judgementOf(registry, 'latest')).rules, []);
});

test('sentinel: off judges nothing, hold keeps the tag and new tags go through', async () => {
  await using off = await openRegistry({ sentinel: 'off' });
  await push(off, 'latest', {});
  await push(off, 'latest', { user: 'root' });
  assert.deepEqual((await judgementOf(off, 'latest')).rules, undefined);
  await using registry = await openRegistry({ sentinel: 'hold' });
  const first = await push(registry, 'latest', {});
  const held = await push(registry, 'latest', { user: 'root' });
  assert.deepEqual([held.tags, held.held], [[], ['latest']]);
  const stat = await registry.manifests.stat(grant('pull', repository), { tag: 'latest' });
  assert.equal(stat.digest, first.digest);
  assert.deepEqual((await push(registry, 'other', { user: 'root' }, 'eve')).tags, ['other']);
  assert.deepEqual((await judgementOf(registry, 'other')).rules, ['new_credential']);
  // A push that nothing speaks against moves the tag and ends the waiting.
  assert.deepEqual((await push(registry, 'latest', { layer: 'fine' })).tags, ['latest']);
  assert.deepEqual(await registry.tagHolds.list(grant('maintain', repository)), []);
});

test('sentinel: a push that another one overtakes waits, and says why', async () => {
  await using registry = await openRegistry({ sentinel: 'hold' });
  await push(registry, 'latest', {});
  const [one, other] = await Promise.all([
    push(registry, 'latest', { layer: 'one' }),
    push(registry, 'latest', { layer: 'other' }),
  ]);
  assert.equal(one.held.length + other.held.length, 1);
  const [hold] = await registry.tagHolds.list(grant('maintain', repository));
  assert.ok(hold?.unknowns.some(({ where }) => where === 'move'));
});

test('sentinel: packages are judged once both images are scanned', async () => {
  await using registry = await openRegistry();
  const { query } = registry.stores.database;
  const scanned = async (digest: Digest, count: number) => {
    const { id } = await query.selectFrom('repository').select('id').executeTakeFirstOrThrow();
    const scan = { digest, state: 'judged', repository_id: id, layers_done: 1, layers_total: 1 };
    const times = { queued_at: 1, indexed_at: 2 };
    await query
      .insertInto('scan')
      .values({ ...scan, ...times } as never)
      .execute();
    const rows = Array.from({ length: count }, (_, at) => ({
      name: `p${at}`,
      version: '1',
      type: 'deb',
      digest,
    }));
    await query.insertInto('scan_component').values(rows).execute();
  };
  for (const [layer, count] of [
    ['a', 10],
    ['b', 12],
  ] as const)
    await scanned((await push(registry, 'latest', { layer })).digest, count);
  const { digest } = await push(registry, 'latest', { layer: 'c' });
  assert.ok((await judgementOf(registry, 'latest')).unknowns?.includes('packages_changed'));
  await scanned(digest, 60);
  const asked: string[] = [];
  const routes = createSentinelEventRoutes({
    queue: { enqueue: async (_, wish) => void asked.push(`${wish.kind} ${wish.key}`) },
  });
  await routes.scan_ended(query, { digest });
  await routes.scan_ended(query, { digest: digestOf('nobody knows it') });
  assert.deepEqual(asked, [`${judgeAgainJob} ${repository}@${digest}`]);
  await judgeAgain(registry.stores, repository, digest);
  await judgeAgain(registry.stores, 'team/gone', digest);
  const judged = await judgementOf(registry, 'latest');
  assert.deepEqual(judged.rules, ['packages_changed']);
  assert.ok(!judged.unknowns?.includes('packages_changed'));
});

test('sentinel: what is undeleted, and what the product pushes, is not judged', async () => {
  await using registry = await openRegistry({ sentinel: 'hold' });
  const { digest } = await push(registry, 'latest', {});
  await push(registry, 'other', { user: 'root' });
  const { bytes } = await registry.manifests.get(grant('pull', repository), { tag: 'other' });
  const own = Object.freeze({ repository, via: 'product' }) as unknown as Grant<'push'>;
  const moved = await registry.manifests.put(own, { tag: 'latest' }, mediaTypes.ociManifest, bytes);
  assert.deepEqual(moved.held, []);
  const first = await registry.manifests.get(grant('pull', repository), { digest });
  const by = grant('push', repository);
  const options = { via: 'undelete' };
  const back = await registry.manifests.put(
    by,
    { tag: 'latest' },
    mediaTypes.ociManifest,
    first.bytes,
    options,
  );
  assert.deepEqual([back.tags, back.held], [['latest'], []]);
  assert.deepEqual((await judgementOf(registry, 'latest')).rules, undefined);
});

test('sentinel: how a waiting ends is told with its reason, and what was said of the push stays in the history', async () => {
  await using registry = await openRegistry({ sentinel: 'hold' });
  const { query } = registry.stores.database;
  const { tagHolds } = registry;
  const owner = grant('maintain', repository);
  const ended = async () =>
    (
      await query
        .selectFrom('event')
        .select(['kind', 'subject_json'])
        .where('kind', 'in', ['tag_confirmed', 'tag_dropped'])
        .orderBy('id')
        .execute()
    ).map(({ kind, subject_json }) => {
      const { pushedBy, reason, who } = JSON.parse(subject_json);
      return [kind, pushedBy, who, reason];
    });
  await push(registry, 'latest', {});
  const odd = await push(registry, 'latest', { user: 'root' }, 'eve');
  assert.equal(await tagHolds.count(owner), 1);
  await tagHolds.confirm(owner, { tag: 'latest', digest: odd.digest, reason: 'asked eve' });
  assert.deepEqual((await judgementOf(registry, 'latest')).rules, ['new_credential', 'start_changed']);
  const worse = await push(registry, 'latest', { user: 'daemon' });
  await assert.rejects(tagHolds.drop(owner, { tag: 'latest', digest: odd.digest }), {
    code: registryErrors.hold_unknown.code,
  });
  await tagHolds.drop(owner, { tag: 'latest', digest: worse.digest });
  await push(registry, 'latest', { user: 'daemon' });
  await push(registry, 'latest', { user: 'root', layer: 'fine' });
  await push(registry, 'latest', { user: 'daemon' });
  await registry.tags.delete(grant('delete', repository), 'latest');
  assert.equal(await tagHolds.count(owner), 0);
  assert.deepEqual(await ended(), [
    ['tag_confirmed', 'eve', 'admin', 'asked eve'],
    ['tag_dropped', 'admin', 'admin', undefined],
    ['tag_dropped', 'admin', 'admin', 'another push moved the tag'],
    ['tag_dropped', 'admin', 'admin', 'the tag was deleted'],
  ]);
  const audit = await query
    .selectFrom('audit')
    .select('detail_json')
    .where('action', '=', 'tag.confirm')
    .executeTakeFirstOrThrow();
  assert.equal(JSON.parse(audit.detail_json).reason, 'asked eve');
});

test('sentinel: what an image says of itself at any length is told cut', async () => {
  await using registry = await openRegistry();
  await push(registry, 'latest', {});
  await push(registry, 'latest', { layer: 'x' }, 'f'.repeat(2000));
  const [last] = await registry.tagHistory.list({ repository }, 'latest', { limit: 1 });
  assert.deepEqual(
    last?.judgement?.suspicions.map(({ why }) => why.length),
    [limits.sentinelWhyChars],
  );
});
