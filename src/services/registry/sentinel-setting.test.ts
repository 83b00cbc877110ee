import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { limits } from '../../kit/limits.ts';
import type { AdministratorGrant, Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { modeOf } from './sentinel-setting.ts';

const repository = 'team/app';
const maintain = grant('maintain', repository);
const administrator = Object.freeze({ account: 'admin', via: 'password' }) as unknown as AdministratorGrant;
const weaker = { code: registryErrors.sentinel_weaker.code };

/** An image of this layer under `latest`, by who never pushed before. */
async function pushBy(registry: RegistryFixture, account: string, layer: string) {
  await registry.pushBlob(repository, layer);
  const by = Object.freeze({ repository, account, via: 'password' }) as unknown as Grant<'push'>;
  const bytes = imageManifest({ layers: [layer] });
  return registry.manifests.put(by, { tag: 'latest' }, mediaTypes.ociManifest, bytes);
}

async function judgementOf(registry: RegistryFixture) {
  const [move] = await registry.tagHistory.list({ repository }, 'latest', { limit: 1 });
  return move?.judgement;
}

test('sentinel setting: a repository is as its server, and stricter where its maintainer says so', async () => {
  await using registry = await openRegistry({ sentinel: 'log' });
  const { sentinelSettings } = registry;
  await registry.pushImage(repository, 'latest', ['one']);
  assert.deepEqual(await sentinelSettings.find({ repository }), { mode: 'log', server: 'log', rulesOff: [] });
  assert.deepEqual((await pushBy(registry, 'eve', 'two')).held, []);
  const set = await sentinelSettings.set(maintain, { mode: 'hold' });
  assert.deepEqual(set, { mode: 'hold', own: 'hold', server: 'log', rulesOff: [] });
  assert.deepEqual((await pushBy(registry, 'mallory', 'three')).held, ['latest']);
  assert.equal((await sentinelSettings.set(maintain, { mode: null })).mode, 'log');
  assert.deepEqual((await pushBy(registry, 'trudy', 'four')).held, []);
  await assert.rejects(sentinelSettings.find({ repository: 'team/gone' }), {
    code: registryErrors.name_unknown.code,
  });
});

test('sentinel setting: weaker than the server needs an administrator, and says so', async () => {
  await using registry = await openRegistry({ sentinel: 'hold' });
  const { sentinelSettings } = registry;
  await registry.pushImage(repository, 'latest', ['one']);
  await assert.rejects(sentinelSettings.set(maintain, { mode: 'log' }), {
    ...weaker,
    message:
      'log is weaker than hold, which this server is set to: only an administrator sets it for team/app',
  });
  assert.equal((await sentinelSettings.set(maintain, { mode: 'off' }, administrator)).mode, 'off');
  assert.deepEqual((await pushBy(registry, 'eve', 'two')).held, []);
  assert.equal(await judgementOf(registry), undefined);
});

test('sentinel setting: where the server becomes stricter, only an administrator’s word stays', () => {
  assert.equal(modeOf({ mode: 'log', isByAdministrator: false }, 'off'), 'log');
  assert.equal(modeOf({ mode: 'log', isByAdministrator: false }, 'hold'), 'hold');
  assert.equal(modeOf({ mode: 'log', isByAdministrator: true }, 'hold'), 'log');
  assert.equal(modeOf({ isByAdministrator: false }, 'hold'), 'hold');
});

test('sentinel setting: a rule that is switched off is not judged, and never called clean', async () => {
  await using registry = await openRegistry({ sentinel: 'hold' });
  const { sentinelSettings } = registry;
  await registry.pushImage(repository, 'latest', ['one']);
  const off = [{ rule: 'new_credential', reason: 'a new token each night' }];
  await assert.rejects(sentinelSettings.set(maintain, { rulesOff: off }), weaker);
  const { rulesOff } = await sentinelSettings.set(maintain, { rulesOff: off }, administrator);
  assert.deepEqual(rulesOff, [{ ...off[0], by: 'admin', at: registry.stores.clock.time }]);
  assert.deepEqual((await pushBy(registry, 'eve', 'two')).held, []);
  const judgement = await judgementOf(registry);
  assert.deepEqual(judgement?.suspicions, []);
  assert.deepEqual(
    judgement?.unknowns.find(({ where }) => where === 'new_credential'),
    { where: 'new_credential', why: 'switched off here: a new token each night' },
  );
  // What stays needs nobody, and keeps who it was; what is gone is on again.
  registry.stores.clock.time += 5;
  assert.deepEqual((await sentinelSettings.set(maintain, { rulesOff: off })).rulesOff, rulesOff);
  assert.deepEqual((await sentinelSettings.set(maintain, { rulesOff: [] })).rulesOff, []);
  assert.deepEqual((await pushBy(registry, 'mallory', 'three')).held, ['latest']);
});

test('sentinel setting: a rule that is none, or no reason, is refused; each change is an event and in the audit log', async () => {
  await using registry = await openRegistry();
  const { sentinelSettings } = registry;
  await registry.pushImage(repository, 'latest', ['one']);
  const code = registryErrors.sentinel_rule_unknown.code;
  for (const wrong of [
    { rule: 'nothing', reason: 'x' },
    { rule: 'unsigned', reason: ' ' },
    { rule: 'unsigned', reason: 'x'.repeat(limits.tagReasonChars + 1) },
  ])
    await assert.rejects(sentinelSettings.set(maintain, { rulesOff: [wrong] }, administrator), { code });
  const rulesOff = [{ rule: 'unsigned', reason: 'nothing is signed here' }];
  await sentinelSettings.set(maintain, { mode: 'hold', rulesOff }, administrator);
  const { query } = registry.stores.database;
  const events = await query
    .selectFrom('event')
    .select('subject_json')
    .where('kind', '=', 'sentinel_changed')
    .execute();
  const by = { who: 'admin', via: 'password' };
  assert.deepEqual(
    events.map(({ subject_json }) => JSON.parse(subject_json)),
    [{ repository, mode: 'hold', rulesOff, ...by }],
  );
  const audit = await query
    .selectFrom('audit')
    .select(['who', 'detail_json'])
    .where('action', '=', 'repository.sentinel')
    .execute();
  assert.deepEqual(
    audit.map(({ who, detail_json }) => [who, JSON.parse(detail_json)]),
    [['admin', { mode: 'hold', rulesOff }]],
  );
});
