import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import {
  type AdministratorGrant,
  createAccess,
  type OwnGrant,
  type Principal,
  principalOf,
} from './access.ts';
import { createAccounts } from './accounts.ts';
import type { CertificateOwner } from './certificate-owner.ts';
import {
  type CertificateIdentity,
  type Certificates,
  createCertificates,
  type PresentedCertificate,
} from './certificates.ts';
import { createRobots } from './robots.ts';

let now = 1_000_000;
let database: Database;
let certificates: Certificates;
let grant: OwnGrant;
let administrator: AdministratorGrant;
let robot: CertificateOwner<'own'>;
let removeRobot: () => Promise<unknown>;

const [ONE, TWO] = ['1'.repeat(64), '2'.repeat(64)];

before(async () => {
  database = await openSqliteDatabase(':memory:');
  const parts = { database, clock: { now: () => now }, random: systemRandom };
  const [accounts, robots, access] = [createAccounts(parts), createRobots(parts), createAccess(parts)];
  const admin: Principal = principalOf(
    await accounts.create({ name: 'admin', password: 'long enough', isAdmin: true }),
  );
  grant = access.checkSelf(admin);
  administrator = access.checkAdministrator(admin);
  const namespace = await access.checkNamespace(admin, 'own', 'admin');
  await robots.create(namespace, 'ci');
  robot = { kind: 'robot', grant: namespace, robot: 'ci' };
  removeRobot = () => robots.remove(namespace, 'ci');
  certificates = createCertificates({ ...parts, accounts, robots });
});
after(() => database[Symbol.asyncDispose]());

const self = (): CertificateOwner<'own'> => ({ kind: 'self', grant });
const fingerprint = (value: string): CertificateIdentity => ({ kind: 'fingerprint', value });
const dns = (value: string): CertificateIdentity => ({ kind: 'dns', value });

function presented(wish: Partial<PresentedCertificate> = {}): PresentedCertificate {
  return { fingerprint: ONE, names: [], notBefore: 0, notAfter: 2_000_000, isVerified: true, ...wish };
}

async function who(wish: Partial<PresentedCertificate>): Promise<string | undefined> {
  const principal = await certificates.identify(presented(wish));
  return principal === undefined || principal.kind === 'anonymous' ? undefined : principal.name;
}

/** Registers, and takes everything away at the end. */
async function registered(
  owner: CertificateOwner<'own'>,
  identity: CertificateIdentity,
  more: { expiresAt?: number } = {},
) {
  const { id } = await certificates.create(owner, { name: 'x', identity, ...more }, administrator);
  return {
    id,
    [Symbol.asyncDispose]: async () => void (await certificates.remove(owner, id).catch(() => {})),
  };
}

test('certificates: one is known by its fingerprint, vouched for or not, and no other is', async () => {
  await using _ = await registered(self(), fingerprint(ONE));
  assert.equal(await who({ isVerified: false }), 'admin');
  assert.equal(await who({ fingerprint: TWO }), undefined);
});

test('certificates: a name stands for its login only where an authority vouches, in its own kind', async () => {
  await using _ = await registered(robot, dns('CI.acme.test'));
  const names = [{ kind: 'dns', value: 'ci.acme.test' }] as const;
  assert.equal(await who({ names }), 'admin+ci');
  assert.equal(await who({ names, fingerprint: TWO, isVerified: false }), undefined);
  const common = [{ kind: 'common-name', value: 'ci.acme.test' }] as const;
  assert.equal(await who({ names: common, fingerprint: '3'.repeat(64) }), undefined);
});

test('certificates: the certificate itself goes before its names, and those in their order', async () => {
  await using _own = await registered(self(), fingerprint(ONE));
  await using _robot = await registered(robot, dns('a.test'));
  await using _other = await registered(self(), { kind: 'uri', value: 'spiffe://a/b' });
  const [host, uri] = [
    { kind: 'dns', value: 'a.test' },
    { kind: 'uri', value: 'spiffe://a/b' },
  ] as const;
  assert.equal(await who({ names: [host] }), 'admin');
  assert.equal(await who({ fingerprint: TWO, names: [host, uri] }), 'admin+ci');
  assert.equal(await who({ fingerprint: '3'.repeat(64), names: [uri, host] }), 'admin');
});

test('certificates: outside its time it is refused, within it is not, to the millisecond', async () => {
  await using _ = await registered(self(), fingerprint(ONE));
  const code = { code: 'hub.certificate_not_valid' };
  await assert.rejects(who({ notAfter: now - 1 }), code);
  await assert.rejects(who({ notBefore: now + 1 }), code);
  assert.equal(await who({ notBefore: now, notAfter: now }), 'admin');
});

test('certificates: a registration ends by its time, by its removal, and with its robot', async () => {
  {
    await using one = await registered(self(), fingerprint(ONE), { expiresAt: now + 10 });
    assert.equal(await certificates.isStanding(one.id), true);
    now += 10;
    assert.equal(await certificates.isStanding(one.id), false);
    assert.equal(await who({}), undefined);
    await using again = await registered(robot, fingerprint(ONE));
    assert.equal(await who({}), 'admin+ci');
    await certificates.remove(robot, again.id);
    assert.equal(await who({}), undefined);
  }
  const { id } = await registered(robot, fingerprint(ONE));
  await removeRobot();
  assert.equal(await who({}), undefined);
  assert.equal(await certificates.isStanding(id), false);
});

test('certificates: the use is noted once a minute', async () => {
  await using _ = await registered(self(), fingerprint(ONE));
  const used = async () => (await certificates.list(self()))[0]?.lastUsedAt;
  assert.equal(await used(), undefined);
  const first = now;
  await who({});
  now += 59_999;
  await who({});
  assert.equal(await used(), first);
  now += 1;
  await who({});
  assert.equal(await used(), now);
});

test('certificates: what cannot be registered is said', async () => {
  const create = (identity: CertificateIdentity, more = {}, by?: AdministratorGrant) =>
    certificates.create(self(), { name: 'x', identity, ...more }, by);
  const invalid = { code: 'hub.certificate_invalid' };
  await assert.rejects(create(dns('a.test')), invalid, 'a name without an administrator');
  for (const value of ['*.a.test', 'a"b', 'a,b', ''])
    await assert.rejects(create(dns(value), {}, administrator), invalid, value);
  for (const value of ['', '1'.repeat(63), 'g'.repeat(64)])
    await assert.rejects(create(fingerprint(value)), invalid);
  await assert.rejects(create(fingerprint(ONE), { name: 'a\nb' }), invalid);
  await assert.rejects(create(fingerprint(ONE), { expiresAt: now }), invalid);
  await assert.rejects(create(fingerprint(ONE), { permissions: [] }), { code: 'hub.permission_invalid' });
  await using _ = await registered(self(), fingerprint(ONE));
  await assert.rejects(create(fingerprint(ONE)), { code: 'hub.certificate_taken' });
  await assert.rejects(certificates.remove(self(), 'nothing'), { code: 'hub.certificate_missing' });
  const nobody = { kind: 'account', grant: administrator, account: 'nobody' } as const;
  await assert.rejects(certificates.list(nobody), { code: 'hub.account_missing' });
});

test('certificates: as many as the limit, and no more', async () => {
  const spell = (at: number) => fingerprint(at.toString(16).padStart(64, '0'));
  for (let at = 0; at < limits.certificates; at += 1)
    await certificates.create(self(), { name: 'x', identity: spell(at) });
  await assert.rejects(certificates.create(self(), { name: 'x', identity: spell(limits.certificates) }), {
    code: 'hub.certificates_too_many',
  });
});
