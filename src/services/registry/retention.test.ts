import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { registryErrors } from './errors.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { createRetention } from './retention.ts';
import { judgeTags, type RetentionTag } from './retention-rule.ts';
import { createTrash } from './trash.ts';

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_000 * DAY;
const remove = grant('delete', 'app/web');

const tag = (name: string, ageDays: number, of: string = name): RetentionTag => ({
  name,
  digest: digestOf(of),
  updatedAt: NOW - ageDays * DAY,
});
const judge = (rule: object, ...tags: RetentionTag[]) =>
  Object.fromEntries(
    judgeTags({ repositories: '**', ...rule }, tags, NOW, (name) => name.startsWith('record-')).map((one) => [
      one.name,
      one.reasons.join(', '),
    ]),
  );

test('retention: each kept tag says why, by every part of the rule that keeps it', () => {
  assert.deepEqual(
    judge(
      { keepLast: 2, keepDays: 10, keepMatching: ['main', 'stable-*'] },
      tag('main', 90),
      tag('stable-1', 90),
      tag('unstable-1', 90),
      tag('new', 1),
      tag('next', 9),
      tag('third', 9.5),
      tag('old', 10),
    ),
    {
      main: 'it matches main',
      'stable-1': 'it matches stable-*',
      'unstable-1': '',
      new: 'it is among the last 2, it moved within 10 days',
      next: 'it is among the last 2, it moved within 10 days',
      third: 'it moved within 10 days',
      old: '',
    },
  );
});

test('retention: releases stay unless the rule says otherwise, records always', () => {
  const tags = [
    tag('1.2.3', 90),
    tag('v1.2.3', 90),
    tag('1.2', 90),
    tag('1.2.3-rc1', 90),
    tag('record-a', 90),
  ];
  assert.deepEqual(judge({ keepLast: 0 }, ...tags), {
    '1.2.3': 'it is a release',
    'v1.2.3': 'it is a release',
    '1.2': '',
    '1.2.3-rc1': '',
    'record-a': 'it records an environment',
  });
  assert.equal(judge({ keepLast: 0, keepReleases: false }, ...tags)['1.2.3'], '');
});

test('retention: a signature goes with what it belongs to, not before and not after', () => {
  const attached = (of: string) => `sha256-${digestOf(of).slice('sha256:'.length)}.sig`;
  assert.deepEqual(
    judge(
      { keepMatching: ['kept'] },
      tag('kept', 1),
      tag('gone', 1),
      tag(attached('kept'), 1),
      tag(attached('gone'), 1),
      tag(attached('platform'), 1),
    ),
    {
      kept: 'it matches kept',
      gone: '',
      [attached('kept')]: `it belongs to ${digestOf('kept')}`,
      [attached('gone')]: '',
      [attached('platform')]: `it belongs to ${digestOf('platform')}`,
    },
  );
});

const retentionOf = ({ stores, tags, manifests }: RegistryFixture) =>
  createRetention({ ...stores, tags, manifests });

async function tagsOf(registry: RegistryFixture): Promise<readonly string[]> {
  return registry.tags.list(grant('pull', 'app/web'), { limit: 100 });
}

test('retention: a plan changes nothing; applied it removes tags, and manifests with their last one, into the trash', async () => {
  await using registry = await openRegistry();
  const pull = grant('pull', 'app/web');
  const old = await registry.pushImage('app/web', 'old', ['old']);
  const shared = await registry.pushImage('app/web', 'also-old', ['shared']);
  registry.stores.clock.time += 30 * DAY;
  await registry.pushImage('app/web', 'new', ['shared']);
  await registry.pushImage('other/app', 'old', ['old']);
  const retention = retentionOf(registry);
  await retention.setRules([{ repositories: 'app/*', keepLast: 1 }], 'admin');
  assert.deepEqual(await retention.rules(), {
    rules: [{ repositories: 'app/*', keepLast: 1 }],
    setBy: 'admin',
  });
  const plans = await retention.plan();
  assert.deepEqual(
    plans.map(({ repository, going, kept }) => [
      repository,
      going.map((one) => one.name),
      kept.map((one) => one.name),
    ]),
    [['app/web', ['also-old', 'old'], ['new']]],
  );
  assert.equal((await tagsOf(registry)).length, 3);
  // One moves on after the plan: it is judged by the next one.
  const [plan] = plans;
  assert.ok(plan);
  assert.deepEqual(await retention.apply(remove, plan), { tags: 2, manifests: 1 });
  assert.deepEqual(await tagsOf(registry), ['new']);
  assert.equal((await registry.manifests.stat(pull, { digest: shared })).digest, shared);
  await assert.rejects(registry.manifests.stat(pull, { digest: old }), { code: 'registry.manifest_unknown' });
  const back = await createTrash(registry.stores, registry.manifests).undelete(grant('push', 'app/web'), {
    tag: 'old',
  });
  assert.deepEqual([back.digest, back.tags], [old, ['old']]);
});

test('retention: an index goes with the platforms and referrers that only it had; a tag that moved since is left', async () => {
  await using registry = await openRegistry();
  const push = grant('push', 'app/web');
  const own = await registry.pushImage('app/web', 'platform-a', ['a']);
  const common = await registry.pushImage('app/web', 'platform-b', ['b']);
  const descriptor = (digest: Digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 });
  const putIndex = (name: string, ...manifests: Digest[]) =>
    registry.manifests.put(
      push,
      { tag: name },
      mediaTypes.ociIndex,
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: manifests.map(descriptor),
          annotations: { name },
        }),
      ),
    );
  const { digest: index } = await putIndex('old', own, common);
  await putIndex('kept', common);
  const signature = imageManifest({ subject: descriptor(index), artifactType: 'application/x.signature' });
  await registry.manifests.put(push, { digest: digestOf(signature) }, mediaTypes.ociManifest, signature);
  for (const name of ['platform-a', 'platform-b']) await registry.tags.delete(remove, name);
  await registry.pushImage('app/web', 'moved', ['before']);
  const retention = retentionOf(registry);
  const [plan] = await retention.plan([{ repositories: '**', keepMatching: ['kept'] }]);
  assert.ok(plan);
  await registry.pushImage('app/web', 'moved', ['after']);
  // The index, its own platform, its signature.
  assert.deepEqual(await retention.apply(remove, plan), { tags: 1, manifests: 3 });
  assert.deepEqual(await tagsOf(registry), ['kept', 'moved']);
  const left = await registry.stores.database.query.selectFrom('manifest').select('digest').execute();
  assert.ok(left.some((row) => row.digest === common));
  assert.ok(!left.some((row) => [index, own, digestOf(signature)].includes(row.digest as Digest)));
});

test('retention: no rules, no plan; a rule that keeps nothing or names nothing is refused', async () => {
  await using registry = await openRegistry();
  const retention = retentionOf(registry);
  await registry.pushImage('app/web', '1', ['layer']);
  assert.deepEqual(await retention.plan(), []);
  const invalid = { code: registryErrors.retention_invalid.code };
  await assert.rejects(retention.setRules([{ repositories: '**' }], 'admin'), invalid);
  await assert.rejects(retention.plan([{ repositories: 'App', keepLast: 1 }]), invalid);
});
