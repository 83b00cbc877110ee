// Joining and standing at the service itself: what is raced for, what is bounded, and whose rights end with whose.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { readWorkload } from '../../engines/authority/workload.ts';
import { formatPartProof } from '../../formats/spiffe/part-proof.ts';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { createAccess, principalOf } from '../hub/access.ts';
import { createAccounts } from '../hub/accounts.ts';
import { createRobots } from '../hub/robots.ts';
import { openTrustWorld, START } from '../trust/trust-world.fixture.ts';
import { createMemberships, type Membership } from './membership.ts';
import { listPartKeys } from './part-keys.ts';
import { createParts } from './parts.ts';
import { createWorkloadAuthority } from './workload-authority.ts';

const host = 'images.example.org';
const place = { trustDomain: host, address: `https://${host}:8444` };

async function open(t: TestContext) {
  const world = await openTrustWorld(t);
  const deps = { ...world, random: systemRandom };
  const [accounts, robots, access] = [createAccounts(deps), createRobots(deps), createAccess(deps)];
  const admin = principalOf(await accounts.create({ name: 'admin', password: 'long enough', isAdmin: true }));
  const grant = { administrator: access.checkAdministrator(admin), self: access.checkSelf(admin) };
  const parts = createParts(deps);
  const authority = createWorkloadAuthority(deps);
  const memberships = createMemberships({ ...deps, accounts, robots, authority, place: () => place });
  return { ...deps, accounts, robots, access, admin, grant, parts, authority, memberships };
}

type World = Awaited<ReturnType<typeof open>>;

async function invite({ parts, grant }: World, name: string, uses = 1): Promise<string> {
  await parts.ensure(grant, { name });
  return (await parts.invite(grant, name, { uses, validMs: 60_000 })).secret;
}

function asked(invitation: string, key: KeyObject, from = '192.0.2.1') {
  const right = Buffer.from(invitation);
  const publicKey = spkiOf(key);
  const proof = sign('sha256', formatPartProof({ host, right, publicKey }), key);
  return { host, from, invitation, publicKey, proof };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function spkiOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

const readOf = ({ certificate }: Membership) => readWorkload(new X509Certificate(certificate).raw);

test('membership: of two who come with one invitation at once one joins', async (t) => {
  const world = await open(t);
  const secret = await invite(world, 'gate/prod');
  const both = await Promise.allSettled(
    [newKey(), newKey()].map((key) => world.memberships.join(asked(secret, key))),
  );
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const refused = both.find((one) => one.status === 'rejected');
  assert.equal(refused?.reason.code, 'parts.invitation_wrong');
});

test('membership: who guesses invitations waits, and others do not', async (t) => {
  const world = await open(t);
  const wrong = (from: string) => world.memberships.join(asked('plms_wrong', newKey(), from));
  for (let tries = 0; tries < 6; tries += 1)
    await assert.rejects(wrong('192.0.2.1'), { code: 'parts.invitation_wrong' });
  await assert.rejects(wrong('192.0.2.1'), { code: 'parts.joins_slowed' });
  const secret = await invite(world, 'gate/prod');
  await assert.rejects(world.memberships.join(asked(secret, newKey())), { code: 'parts.joins_slowed' });
  await world.memberships.join(asked(secret, newKey(), '192.0.2.2'));
});

test('membership: a part ends with its owner, and with its name', async (t) => {
  const world = await open(t);
  const { access, admin, robots, parts, grant, memberships } = world;
  const namespace = await access.checkNamespace(admin, 'own', 'admin');
  await robots.create(namespace, 'gate');
  await parts.ensure(grant, { name: 'gate/robot', robot: 'admin+gate' });
  const { secret } = await parts.invite(grant, 'gate/robot', { uses: 1, validMs: 60_000 });
  const read = readOf(await memberships.join(asked(secret, newKey())));
  const principal = await memberships.identify(read);
  assert.equal(principal.kind === 'robot' ? principal.name : '', 'admin+gate');
  await assert.rejects(memberships.identify({ ...read, id: { ...read.id, path: '/gate/other' } }), {
    code: 'parts.removed',
  });
  await assert.rejects(memberships.identify({ ...read, keySha256: '0'.repeat(64) }), {
    code: 'parts.certificate_refused',
  });
  await assert.rejects(memberships.identify({ ...read, id: { ...read.id, trustDomain: 'b.test' } }), {
    code: 'parts.certificate_refused',
  });
  await assert.rejects(memberships.identify({ ...read, notBeforeMs: START + 1 }), {
    code: 'parts.certificate_over',
  });
  await robots.remove(namespace, 'gate');
  await assert.rejects(memberships.identify(read), { code: 'parts.removed' });
  const [left] = await parts.list(grant.administrator);
  assert.equal(left?.owner, undefined);
});

test('membership: as many parts, invitations and holders as there may be', async (t) => {
  const world = await open(t);
  const { database, parts, grant, memberships } = world;
  const secret = await invite(world, 'gate/full');
  const { id } = await database.query.selectFrom('part').select('id').executeTakeFirstOrThrow();
  for (let made = 1; made < limits.partInvitations; made += 1)
    await parts.invite(grant, 'gate/full', { uses: 1, validMs: 60_000 });
  const once = { uses: 1, validMs: 60_000 };
  await assert.rejects(parts.invite(grant, 'gate/full', once), { code: 'parts.too_many' });
  const times = { made_at: START, renewed_at: START, not_after: START };
  const holder = { part_id: id, former_key_sha256: null, ...times, last_used_at: null, suspected_at: null };
  await database.query
    .insertInto('part_holder')
    .values(
      Array.from({ length: limits.partHolders }, (_, at) => ({
        ...holder,
        id: `${at}`,
        key_sha256: `${at}`,
      })),
    )
    .execute();
  await assert.rejects(memberships.join(asked(secret, newKey())), { code: 'parts.too_many' });
  assert.equal((await listPartKeys(database.query)).length, limits.reportedKeys);
  world.clock.set(START + limits.partLapseMs + 1);
  const later = (await parts.invite(grant, 'gate/full', once)).secret;
  await memberships.join(asked(later, newKey()));
  assert.equal((await listPartKeys(database.query)).length, 1, 'who can renew no more is forgotten');
});

test('membership: the key of the authority is made once, when it is first needed, and again for another name', async (t) => {
  const world = await open(t);
  const { authority, database } = world;
  const keysOf = () =>
    database.query.selectFrom('trust_key').select('purpose').where('purpose', '=', 'workload').execute();
  assert.equal((await keysOf()).length, 0);
  assert.deepEqual(await authority.listAuthorities(host), []);
  const publicKey = spkiOf(newKey());
  const issue = (trustDomain: string) =>
    authority.issue({ id: { trustDomain, path: '/instance' }, publicKey });
  await Promise.all([issue(host), issue(host)]);
  assert.equal((await keysOf()).length, 1);
  await issue('b.test');
  assert.equal((await keysOf()).length, 2);
  await issue(host);
  assert.equal((await keysOf()).length, 2, 'the former name has its key still');
  assert.equal((await authority.listAuthorities(host)).length, 1);
  world.clock.set(START + 6 * 365 * 24 * 3_600_000);
  await issue(host);
  assert.equal((await keysOf()).length, 3, 'a certificate of five years has ended');
});
