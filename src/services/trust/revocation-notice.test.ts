// A revocation is on the image whatever stopped in between, and on the image that is pushed after it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestTrust } from '../../../test/world/trust.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { AdministratorGrant } from '../hub/access.ts';
import { createAccess } from '../hub/access.ts';
import { dispatchEvents } from '../jobs/dispatch.ts';
import { createQueue } from '../jobs/queue.ts';
import { createAttachments } from '../registry/attachments.ts';
import { openRegistry } from '../registry/registry.fixture.ts';
import {
  createRevocationHandlers,
  createRevocationNotices,
  createRevocationRoutes,
} from './revocation-notice.ts';
import { createRevocations } from './revocations.ts';

const administrator = Object.freeze({ account: 'admin', via: 'password' }) as unknown as AdministratorGrant;
const why = 'a key was in it';

test('revocation notices: what a stop left out is hung by its job, once, and so is what is pushed later', async () => {
  await using registry = await openRegistry();
  const { stores } = registry;
  const { database, clock } = stores;
  const access = createAccess(stores);
  const notices = createRevocationNotices({ ...stores, access, attachments: createAttachments(stores) });
  const stopped = { post: () => Promise.reject(new Error('the power went')) };
  const trust = await createTestTrust();
  const revocations = createRevocations({ ...stores, access, notices: stopped, trust });
  const queue = createQueue({ database, clock });
  const handlers = createRevocationHandlers({ notices });
  const work = async (): Promise<number> => {
    while (await dispatchEvents({ database, clock, routes: createRevocationRoutes({ queue }) }));
    const jobs = await database.query.selectFrom('job').select(['kind', 'input_json']).execute();
    await database.query.deleteFrom('job').execute();
    for (const { kind, input_json } of jobs)
      await handlers[kind]?.run({ input: JSON.parse(input_json) } as never, new AbortController().signal);
    return jobs.length;
  };
  const hung = async (): Promise<readonly string[]> => {
    const rows = await database.query
      .selectFrom('attachment')
      .innerJoin('repository', 'repository.id', 'attachment.repository_id')
      .select(['repository.name', 'attachment.subject_digest'])
      .orderBy('repository.name')
      .execute();
    return rows.map(({ name, subject_digest }) => `${name} ${subject_digest}`);
  };

  const digest: Digest = await registry.pushImage('team/app', '1', ['layer']);
  assert.equal(await work(), 0, 'nothing was taken back');
  const wish = { action: 'revoke', why } as const;
  await assert.rejects(
    revocations.setThing(administrator, { kind: 'digest', value: digest, ...wish }),
    /the power went/,
  );
  assert.deepEqual(await hung(), []);
  assert.equal(await work(), 1);
  assert.deepEqual(await hung(), [`team/app ${digest}`]);
  await handlers['revocation-notice']?.run({ input: { digest } } as never, new AbortController().signal);
  assert.deepEqual(await hung(), [`team/app ${digest}`], 'again changes nothing');

  assert.equal(await registry.pushImage('team/later', '1', ['layer']), digest);
  assert.equal(await work(), 1);
  assert.deepEqual(await hung(), [`team/app ${digest}`, `team/later ${digest}`]);

  const listed = await revocations.list(
    { kind: 'account', name: 'admin', id: 'x', isAdministrator: true } as never,
    { after: 0, limit: 9 },
  );
  assert.deepEqual(
    listed.revocations.map(({ value, isStanding }) => [value, isStanding]),
    [[digest, true]],
    'said once, though its sayer was told of a failure',
  );
});
