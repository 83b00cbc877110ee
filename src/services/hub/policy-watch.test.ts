import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parsePolicyFile } from '../../engines/policy/policy-file.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { silentLog } from '../../kit/log.ts';
import { createQueue } from '../jobs/queue.ts';
import { openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { noticeNewPolicy } from './policy-watch.ts';
import type { RejudgeDeps } from './rejudge.ts';

let registry: RegistryFixture;
let deps: RejudgeDeps;

before(async () => {
  registry = await openRegistry();
  const { database, clock } = registry.stores;
  deps = { database, clock, log: silentLog, queue: createQueue({ database, clock }) };
  const at = { layers_done: 0, layers_total: 0, queued_at: 0, repository_id: 1 };
  await database.query
    .insertInto('scan')
    .values([
      { ...at, digest: digestOf('indexed'), state: 'judged', indexed_at: 1 },
      { ...at, digest: digestOf('queued'), state: 'queued' },
    ])
    .execute();
});
after(() => registry[Symbol.asyncDispose]());

/** What the notice led to; the jobs are taken away. */
async function notice(text?: string): Promise<readonly [boolean, readonly string[]]> {
  const policy = text === undefined ? undefined : parsePolicyFile(text, 'server.yaml');
  const isNew = await noticeNewPolicy(deps, policy);
  const jobs = await deps.database.query.selectFrom('job').select('key').execute();
  await deps.database.query.deleteFrom('job').execute();
  return [isNew, jobs.map(({ key }) => key)];
}

test('what was indexed is judged again exactly when the policy says something else', async () => {
  const all = [true, [digestOf('indexed')]] as const;
  const nothing = [false, []] as const;
  assert.deepEqual(await notice(), nothing, 'reports of before were judged by the standard policy');
  const one = 'policies: [{name: non-root-user}]';
  assert.deepEqual(await notice(one), all);
  assert.deepEqual(await notice(one), nothing);
  assert.deepEqual(
    await notice(`# a remark\npolicies:\n  - {name: default-non-root-user, weight: 5}`),
    nothing,
  );
  assert.deepEqual(await notice('policies: [{name: non-root-user, weight: 6}]'), all);
  assert.deepEqual(await notice(), all);
  assert.deepEqual(await notice(), nothing);
});
