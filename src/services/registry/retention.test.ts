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
    judgeTags(rule, tags, {
      now: NOW,
      pullsSince: NOW - 60 * DAY,
      isRecord: (name) => name.startsWith('record-'),
      isFixed: (name) => name.startsWith('fixed-'),
    }).map((one) => [one.name, one.reasons.join(', ')]),
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
    tag('fixed-a', 90),
  ];
  assert.deepEqual(judge({ keepLast: 0 }, ...tags), {
    '1.2.3': 'it is a release',
    'v1.2.3': 'it is a release',
    '1.2': '',
    '1.2.3-rc1': '',
    'record-a': 'it records an environment',
    'fixed-a': 'it cannot move, by the rule of its repository',
  });
  assert.equal(judge({ keepLast: 0, keepReleases: false }, ...tags)['1.2.3'], '');
  assert.equal(judge({ keepLast: 0, keepReleases: false }, ...tags)['fixed-a'], '');
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

test('retention: kept by its last pull; where pulls are not known for so long, that keeps it', () => {
  const pulled = (name: string, pulledDaysAgo: number): RetentionTag => ({
    ...tag(name, 200),
    pulledAt: NOW - pulledDaysAgo * DAY,
  });
  const tags = [pulled('used', 29), pulled('idle', 30), tag('never', 200), tag('young', 29)];
  assert.deepEqual(judge({ pulledWithin: 30 }, ...tags), {
    used: 'it was pulled within 30 days',
    idle: '',
    never: '',
    young: 'it has not been here for 30 days yet',
  });
  // Records begin sixty days ago.
  assert.deepEqual(judge({ pulledWithin: 61 }, ...tags), {
    used: 'it was pulled within 61 days',
    idle: 'it was pulled within 61 days',
    never: 'pull records begin on 1972-07-29',
    young: 'pull records begin on 1972-07-29',
  });
  assert.equal(judge({ pulledWithin: 60 }, ...tags).never, '');
});

test('retention: a pattern is any text at each *, and none takes long', () => {
  const names = (pattern: string, ...all: string[]) =>
    Object.entries(judge({ keepMatching: [pattern] }, ...all.map((name) => tag(name, 1))))
      .filter(([, reasons]) => reasons !== '')
      .map(([name]) => name);
  assert.deepEqual(names('v*', 'v', 'v1', '1v'), ['v', 'v1']);
  assert.deepEqual(names('*-rc*', 'a-rc1', '-rc', 'arc'), ['a-rc1', '-rc']);
  assert.deepEqual(names('a*a', 'a', 'aa', 'aba'), ['aa', 'aba']);
  assert.deepEqual(names('a*b*c', 'abc', 'axbxc', 'acb', 'ac'), ['abc', 'axbxc']);
  assert.deepEqual(names('a.c', 'abc', 'a.c'), ['a.c']);
  assert.deepEqual(names(`${'a*'.repeat(60)}b`, 'a'.repeat(128)), []);
});

const retentionOf = ({ stores, tags, manifests, pulls }: RegistryFixture) =>
  createRetention({ ...stores, tags, manifests, pulls });

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
  await retention.ruleBook.setInstance([{ repositories: 'app/*', keepLast: 1 }], 'admin');
  assert.deepEqual(await retention.ruleBook.instance(), {
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
  assert.deepEqual(await retention.apply(remove, plan), { tags: 2, manifests: 1, left: 0 });
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
  assert.deepEqual(await retention.apply(remove, plan), { tags: 1, manifests: 3, left: 0 });
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
  await assert.rejects(retention.ruleBook.setInstance([{ repositories: '**' }], 'admin'), invalid);
  await assert.rejects(retention.plan([{ repositories: 'App', keepLast: 1 }]), invalid);
});

const index = (...manifests: Digest[]) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: manifests.map((digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 })),
    }),
  );

test('retention: a pull by tag, by digest, and of a platform by its digest each keep the tags that stand there', async () => {
  await using registry = await openRegistry();
  const { clock } = registry.stores;
  await registry.pulls.since();
  const platform = await registry.pushImage('app/web', 'platform', ['a']);
  await registry.manifests.put(
    grant('push', 'app/web'),
    { tag: 'multi' },
    mediaTypes.ociIndex,
    index(platform),
  );
  const byDigest = await registry.pushImage('app/web', 'by-digest', ['b']);
  const idle = await registry.pushImage('app/web', 'idle', ['c']);
  const byTag = await registry.pushImage('app/web', 'by-tag', ['d']);
  clock.time += 100 * DAY;
  const note = (digest: Digest, name?: string) =>
    registry.pulls.note({
      repository: 'app/web',
      tag: name,
      digest,
      isIndex: false,
      isSent: true,
      puller: '192.0.2.1',
    });
  note(platform);
  note(byDigest);
  note(byTag, 'by-tag');
  const retention = retentionOf(registry);
  const { kept, going } = await retention.planOne(remove, { pulledWithin: 90 });
  assert.deepEqual(
    kept.map(({ name, reasons }) => [name, reasons.join()]),
    ['by-digest', 'by-tag', 'multi', 'platform'].map((name) => [name, 'it was pulled within 90 days']),
  );
  assert.deepEqual(
    going.map(({ name, digest }) => [name, digest]),
    [['idle', idle]],
  );
  clock.time += 90 * DAY;
  assert.equal((await retention.planOne(remove, { pulledWithin: 90 })).going.length, 5);
});

test('retention: a record that began within the asked time keeps everything', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('app/web', 'old', ['a']);
  registry.stores.clock.time += 100 * DAY;
  await registry.pulls.since();
  registry.stores.clock.time += 89 * DAY;
  const retention = retentionOf(registry);
  assert.deepEqual((await retention.planOne(remove, { pulledWithin: 90 })).kept[0]?.reasons, [
    'pull records begin on 1970-04-11',
  ]);
  registry.stores.clock.time += DAY;
  assert.equal((await retention.planOne(remove, { pulledWithin: 90 })).going.length, 1);
});

test('retention: a repository’s own rule goes before the instance’s, with the rights of who set it', async () => {
  await using registry = await openRegistry();
  const { database } = registry.stores;
  await database.query
    .insertInto('account')
    .values({ id: 'a', name: 'admin', password_hash: '', is_admin: 1, created_at: 1 })
    .execute();
  await registry.pushImage('app/web', 'main', ['a']);
  await registry.pushImage('app/api', 'main', ['a']);
  const { ruleBook, plan, planOne } = retentionOf(registry);
  const own = grant('maintain', 'app/web');
  assert.equal(await ruleBook.find(own), undefined);
  await assert.rejects(planOne(remove), { code: registryErrors.retention_missing.code });
  await ruleBook.setInstance([{ repositories: 'app/*', keepLast: 1 }], 'root');
  assert.deepEqual(await ruleBook.find(own), { rule: { keepLast: 1 }, setBy: 'root', pattern: 'app/*' });
  const held = { rule: { pulledWithin: 30 }, setBy: 'admin' };
  assert.deepEqual(await ruleBook.set(own, { pulledWithin: 30 }), held);
  assert.deepEqual(
    (await plan()).map(({ repository, setBy, rule }) => [repository, setBy, rule]),
    [
      ['app/api', 'root', { keepLast: 1 }],
      ['app/web', 'admin', { pulledWithin: 30 }],
    ],
  );
  const rows = await database.query.selectFrom('audit').select(['action', 'target']).execute();
  assert.deepEqual(rows.at(-1), { action: 'repository.retention_rule', target: 'app/web' });
  assert.equal((await ruleBook.set(own, null))?.pattern, 'app/*');
  const invalid = { code: registryErrors.retention_invalid.code };
  await assert.rejects(ruleBook.set(own, { keepReleases: true }), invalid);
  const robot = { ...grant('maintain', 'app/web'), account: 'acme+ci' };
  await assert.rejects(ruleBook.set(robot, { keepLast: 1 }), invalid);
  await assert.rejects(ruleBook.find(grant('pull', 'app/none')), { code: 'registry.name_unknown' });
});

test('retention: releases that the rule lets go are removed with a reason, a part at a time', async () => {
  await using registry = await openRegistry();
  for (const name of ['1.0.0', '1.0.1', '1.0.2']) await registry.pushImage('app/web', name, [name]);
  const retention = retentionOf(registry);
  const rule = { keepMatching: ['none'], keepReleases: false };
  const plan = await retention.planOne(remove, rule);
  assert.deepEqual(await retention.apply(remove, plan, { most: 2 }), { tags: 2, manifests: 2, left: 1 });
  const [move] = await registry.tagHistory.list({ repository: 'app/web' }, '1.0.0', { limit: 1 });
  assert.deepEqual([move?.record.kind, move?.record.via], ['deleted', 'retention']);
  assert.match(move?.record.reason ?? '', /retention/);
  assert.deepEqual(await tagsOf(registry), ['1.0.2']);
});

test('retention: bytes that go add up, and what another tag or repository needs is not among them', async () => {
  await using registry = await openRegistry();
  const size = (content: string) => Buffer.byteLength(content);
  const own = await registry.pushImage('app/web', 'platform', ['own layer', 'shared layer']);
  await registry.tags.delete(remove, 'platform');
  await registry.manifests.put(grant('push', 'app/web'), { tag: 'multi' }, mediaTypes.ociIndex, index(own));
  const twin = await registry.pushImage('app/web', 'twin-a', ['twin layer', 'elsewhere']);
  const twinBytes = imageManifest({ layers: ['twin layer', 'elsewhere'] });
  await registry.manifests.put(
    grant('push', 'app/web'),
    { tag: 'twin-b' },
    mediaTypes.ociManifest,
    twinBytes,
  );
  await registry.pushImage('app/web', 'main', ['shared layer']);
  await registry.pushImage('other/app', 'main', ['elsewhere']);
  const signature = imageManifest({
    layers: ['signature'],
    subject: { mediaType: mediaTypes.ociManifest, digest: twin, size: 1 },
  });
  await registry.pushBlob('app/web', 'signature');
  await registry.manifests.put(
    grant('push', 'app/web'),
    { digest: digestOf(signature) },
    mediaTypes.ociManifest,
    signature,
  );
  const retention = retentionOf(registry);
  const plan = await retention.preview(remove, { keepMatching: ['main'] });
  assert.deepEqual(
    plan.going.map(({ name }, at) => [name, plan.freedBytes[at]]),
    [
      [
        'multi',
        index(own).byteLength +
          imageManifest({ layers: ['own layer', 'shared layer'] }).byteLength +
          size('own layer'),
      ],
      ['twin-a', 0],
      ['twin-b', twinBytes.byteLength + size('twin layer') + signature.byteLength + size('signature')],
    ],
  );
  const before = await readNeeded(registry);
  await retention.apply(remove, plan);
  const freed = plan.freedBytes.reduce((sum, one) => sum + one, 0);
  assert.equal(before - (await readNeeded(registry)), freed);
});

/** Bytes of all that a manifest names or is. */
async function readNeeded({ stores }: RegistryFixture): Promise<number> {
  const { query } = stores.database;
  const parts = await query.selectFrom('manifest_child').select('child_digest as digest').execute();
  const manifests = await query.selectFrom('manifest').select('digest').execute();
  const rows = await query
    .selectFrom('blob')
    .select('size_bytes')
    .where(
      'digest',
      'in',
      [...parts, ...manifests].map((row) => row.digest),
    )
    .execute();
  return rows.reduce((sum, row) => sum + row.size_bytes, 0);
}
