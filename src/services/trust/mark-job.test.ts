// Which marks are asked for, and when: by what happened, by keys or a policy that changed, and where one is missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { silentLog } from '../../kit/log.ts';
import { createQueue, type LeasedJob } from '../jobs/queue.ts';
import { grant, openRegistry } from '../registry/registry.fixture.ts';
import { createMarkHandlers, createMarkRoutes, markAllJob } from './mark-job.ts';

async function open() {
  const registry = await openRegistry();
  const { database, clock } = registry.stores;
  const queue = createQueue({ database, clock });
  const refreshed: string[] = [];
  const marks = {
    generation: 'first',
    refresh: async (digest: string) => void refreshed.push(digest),
  };
  const handlers = createMarkHandlers({
    database,
    clock,
    queue,
    log: silentLog,
    marks: { refresh: marks.refresh, generation: async () => marks.generation },
  });
  const { query } = database;
  return {
    registry,
    query,
    marks,
    refreshed,
    handlers,
    routes: createMarkRoutes({ queue }),
    async scan(digest: string, state: string) {
      const counts = { layers_done: 0, layers_total: 0, repository_id: 1, queued_at: 0 };
      await query
        .insertInto('scan')
        .values({ digest, state, ...counts })
        .execute();
    },
    /** What stands in the queue, and is taken from it. */
    async taken(): Promise<readonly string[]> {
      const rows = await query.deleteFrom('job').where('kind', '=', 'mark').returning('key').execute();
      return rows.map(({ key }) => key).sort();
    },
    look: () => handlers[markAllJob.kind]?.run({ input: {} } as LeasedJob, new AbortController().signal),
  };
}

/** Columns of a mark that say nothing here. */
const text = {
  policy: 'p',
  policy_digest: 'd',
  result: 'PASSED',
  outcome: 'pass',
  answer: '',
  because: '',
};

test('mark jobs: all that was looked into once keys or policy are others, else what lacks a mark', async () => {
  const { registry, query, marks, scan, taken, look } = await open();
  await using _ = registry;
  const image = await registry.pushImage('team/app', '1', ['one']);
  const waiting = await registry.pushImage('team/app', '2', ['two']);
  const manifests = [{ mediaType: mediaTypes.ociManifest, digest: image, size: 1 }];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const index = digestOf(bytes);
  await registry.manifests.put(grant('push', 'team/app'), { digest: index }, mediaTypes.ociIndex, bytes);
  await scan(image, 'judged');
  await scan(waiting, 'queued');
  await look();
  assert.deepEqual(await taken(), [image]);
  // Nothing has changed since, but the marks never came.
  await look();
  assert.deepEqual(await taken(), [image, index].sort());
  for (const digest of [image, index])
    await query
      .insertInto('mark')
      .values({
        ...text,
        repository_id: 1,
        digest,
        verdict_json: '{}',
        signer: '',
        fingerprint: '',
        manifest_digest: digest,
        made_at: 0,
        ended_at: null,
      })
      .execute();
  await look();
  assert.deepEqual(await taken(), []);
  marks.generation = 'second';
  await look();
  assert.deepEqual(await taken(), [image]);
});

test('mark jobs: by what happened, and for the image whose mark somebody deleted', async () => {
  const { registry, query, routes, refreshed, handlers, taken } = await open();
  await using _ = registry;
  const digest = digestOf('an image');
  const tell = (kind: string, subject: object) =>
    registry.stores.database.transaction(async (inside) =>
      routes[kind]?.(inside, JSON.parse(JSON.stringify(subject)), { id: 7, at: 0 }),
    );
  for (const kind of [
    'manifest_pushed',
    'manifest_completed',
    'manifest_deleted',
    'image_judged',
    'scan_ended',
    'image_revoked',
    'image_reinstated',
  ]) {
    await tell(kind, { digest });
    assert.deepEqual(await taken(), [digest], kind);
    await tell(kind, { digest: 'none' });
    assert.deepEqual(await taken(), [], kind);
  }
  assert.equal(routes.statement_attached, undefined, 'a mark leads to none');
  await registry.pushImage('team/app', '1', ['one']);
  const gone = digestOf('its mark');
  const more = { verdict_json: '{}', signer: '', fingerprint: '', made_at: 0, ended_at: null };
  const row = { ...text, ...more, repository_id: 1, digest, manifest_digest: gone };
  await query.insertInto('mark').values(row).execute();
  await tell('manifest_deleted', { digest: gone });
  assert.deepEqual(await taken(), [digest, gone].sort());
  const run = (input: object) => handlers.mark?.run({ input } as LeasedJob, new AbortController().signal);
  await run({ digest });
  await run({ digest: 'none' });
  assert.deepEqual(refreshed, [digest]);
});
