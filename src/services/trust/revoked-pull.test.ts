// The way of a pull through memory: a revocation counts from the moment that it is written, for tags and digests, by
// peek as by get, and ends with its undoing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestTrust } from '../../../test/world/trust.ts';
import type { AdministratorGrant } from '../hub/access.ts';
import { createAccess } from '../hub/access.ts';
import { createAttachments } from '../registry/attachments.ts';
import { grant, openRegistry } from '../registry/registry.fixture.ts';
import { createRevocationNotices } from './revocation-notice.ts';
import { createRevocations } from './revocations.ts';
import { withRevocations } from './revoked-pull.ts';

const administrator = Object.freeze({ account: 'admin', via: 'password' }) as unknown as AdministratorGrant;

test('revoked pulls: memory forgets what it knew the moment that something is revoked', async () => {
  await using registry = await openRegistry();
  const { stores } = registry;
  const digest = await registry.pushImage('team/app', '1', ['layer']);
  await registry.pushImage('team/other', '1', ['layer']);
  const manifests = withRevocations(registry.manifests, stores.database);
  const [app, other] = [grant('pull', 'team/app'), grant('pull', 'team/other')];
  const access = createAccess(stores);
  const notices = createRevocationNotices({ ...stores, access, attachments: createAttachments(stores) });
  const parts = { ...stores, access, notices };
  const revocations = createRevocations({ ...parts, trust: await createTestTrust() });
  const ways = [{ tag: '1' }, { digest }] as const;
  const pull = async () => {
    for (const way of ways) await manifests.get(app, way);
    return ways.map((way) => manifests.peek(app, way) !== undefined);
  };
  assert.deepEqual(await pull(), [true, true]);
  const say = (action: 'revoke' | 'reinstate') =>
    revocations.setDigest(grant('maintain', 'team/app'), digest, { action, why: 'a key was in it' });
  await say('revoke');
  for (const way of ways) {
    assert.equal(manifests.peek(app, way), undefined);
    await assert.rejects(manifests.get(app, way), { code: 'trust.revoked', message: /a key was in it/ });
    await assert.rejects(manifests.stat(app, way), { code: 'trust.revoked' });
    assert.equal(manifests.peek(app, way), undefined, 'nor after it was asked for');
    assert.equal((await manifests.get(other, way)).digest, digest, 'the other repository is not asked');
  }
  await assert.rejects(say('revoke'), { code: 'trust.revocation_standing' });
  await say('reinstate');
  assert.deepEqual(await pull(), [true, true]);
  await assert.rejects(say('reinstate'), { code: 'trust.revocation_standing' });

  const everywhere = { kind: 'digest', value: digest, why: 'malware' } as const;
  await revocations.setThing(administrator, { action: 'revoke', ...everywhere });
  for (const where of [app, other])
    await assert.rejects(manifests.get(where, { digest }), { message: /malware/ });
  await say('revoke');
  await say('reinstate');
  await assert.rejects(
    manifests.get(app, { digest }),
    { message: /malware/ },
    'undone here is not everywhere',
  );
});

test('revoked pulls: what follows may be read by those alone who may see the repository', async () => {
  await using registry = await openRegistry();
  const { stores } = registry;
  const digest = await registry.pushImage('team/app', '1', ['layer']);
  await stores.database.query.updateTable('repository').set({ is_public: 0 }).execute();
  const access = createAccess(stores);
  const notices = createRevocationNotices({ ...stores, access, attachments: createAttachments(stores) });
  const parts = { ...stores, access, notices };
  const revocations = createRevocations({ ...parts, trust: await createTestTrust() });
  await revocations.setDigest(grant('maintain', 'team/app'), digest, { action: 'revoke', why: 'why' });
  const key = { kind: 'key', value: 'ab'.repeat(32), why: 'lost' } as const;
  await revocations.setThing(administrator, { action: 'revoke', ...key });
  const page = { after: 0, limit: 1 };
  const first = await revocations.list({ kind: 'anonymous' }, page);
  assert.deepEqual([first.revocations.length, first.next], [0, 1]);
  const second = await revocations.list({ kind: 'anonymous' }, { ...page, after: first.next });
  assert.deepEqual([second.revocations[0]?.kind, second.next], ['key', 2]);
  const end = await revocations.list({ kind: 'anonymous' }, { ...page, after: second.next });
  assert.deepEqual(end, { revocations: [], next: 2 });
});

test('revoked pulls: nothing is taken back of what is not there', async () => {
  await using registry = await openRegistry();
  const { stores } = registry;
  const digest = await registry.pushImage('team/app', '1', ['layer']);
  const access = createAccess(stores);
  const notices = createRevocationNotices({ ...stores, access, attachments: createAttachments(stores) });
  const parts = { ...stores, access, notices };
  const wish = { action: 'revoke', why: 'why' } as const;
  await registry.pushImage('team/other', '1', ['another']);
  const able = createRevocations({ ...parts, trust: await createTestTrust() });
  await assert.rejects(able.setDigest(grant('maintain', 'team/other'), digest, wish), {
    code: 'registry.manifest_unknown',
  });
  await assert.rejects(able.setThing(administrator, { ...wish, kind: 'key', value: 'no' }), {
    code: 'trust.revocation_invalid',
  });
  assert.deepEqual(await stores.database.query.selectFrom('revocation').selectAll().execute(), []);
});
