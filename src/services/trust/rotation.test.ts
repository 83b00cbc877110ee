// Renewing keys under signing: nothing that is signed meanwhile fails, what was signed before and after verifies with
// the root that was fetched in time, and no certificate is taken that the instance's own root did not give its own key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certifyRenewal } from '../../engines/authority/renew.ts';
import { certifyWorkloadRoot, isIssuedBy, trustDomainOf } from '../../engines/authority/workload.ts';
import { exactly } from '../../engines/verify/pattern.ts';
import { verifyBundle } from '../../engines/verify/verify-bundle.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { Renewal } from '../../formats/x509/renewal.ts';
import { createKeyFolder } from '../../io/keys/key-folder.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { systemRandom } from '../../kit/clock.ts';
import type { Actor } from '../hub/audit.ts';
import { trustErrors } from './errors.ts';
import { createRotation, type Rotation } from './rotation.ts';
import { addTrustKeys, keyInUse, listTrustKeys, type TrustKey } from './trust-key.ts';
import { openTrustWorld, publicUrl, START, type TrustWorld } from './trust-world.fixture.ts';

const HOUR = 3_600_000;
const actor: Actor = { account: 'admin', via: 'password' };
const hex = 'a'.repeat(64);
const statement = {
  subjects: [{ digest: { sha256: hex } }],
  predicateType: predicateTypes.sign,
  predicate: {},
};

function rotationOf({ database, ring, clock }: TrustWorld, republish?: () => Promise<void>): Rotation {
  const around = { database, ring, clock, random: systemRandom, origin: 'images.example.org' };
  return createRotation({
    ...around,
    overlapMs: HOUR,
    pinnedOverlapMs: HOUR,
    ...(republish === undefined ? {} : { republish }),
  });
}

/** As on the machine where the root's key is. */
async function certify(world: TrustWorld, renewal: Renewal | undefined): Promise<Renewal> {
  assert.ok(renewal !== undefined);
  const offline = createKeyFolder({ folder: `${world.folder}/offline`, random: systemRandom });
  const key = await offline.open(renewal.rootReference);
  return certifyRenewal(renewal, key, { clock: world.clock, random: systemRandom });
}

async function outcomeOf(world: TrustWorld, bundle: Uint8Array, root: Uint8Array): Promise<string> {
  const { outcome } = await verifyBundle({
    bundle: parseBundle(bundle),
    artifact: { digest: `sha256:${hex}` as Digest },
    trustedRoots: [parseTrustedRoot(root)],
    expectations: { kind: 'signature', identity: exactly(publicUrl), issuer: exactly(publicUrl) },
    now: new Date(world.clock.now()),
  });
  return outcome;
}

test('rotation: signing goes on while every key is renewed, and all of it verifies with the roots fetched since', async (t) => {
  const world = await openTrustWorld(t);
  let published = 0;
  const rotation = rotationOf(world, async () => {
    published += 1;
  });
  const oldRoot = await world.trust.readTrustedRoot();
  const signed: Uint8Array[] = [];
  const sign = async (): Promise<void> =>
    void signed.push((await world.trust.signAsInstance(statement)).bundle);
  await sign();
  const signing = Promise.all(Array.from({ length: 20 }, sign));
  const { rotated, renewal } = await rotation.start(actor, [
    'issuing',
    'stamping',
    'certificate-log',
    'log',
    'identity',
    'bearer-token',
  ]);
  await signing;
  const certified = await rotation.apply(actor, await certify(world, renewal));
  assert.deepEqual([...rotated, ...certified].map(({ purpose }) => purpose).toSorted(), [
    'bearer-token',
    'certificate-log',
    'identity',
    'issuing',
    'log',
    'stamping',
  ]);
  assert.equal(published, 2);
  const overlapRoot = await world.trust.readTrustedRoot();
  for (const { purpose, signsFrom } of [...rotated, ...certified])
    assert.equal(signsFrom, START + (['bearer-token', 'identity'].includes(purpose) ? 0 : HOUR), purpose);
  for (const at of [1, HOUR - 1, HOUR, HOUR + 999, 2 * HOUR, 3 * HOUR]) {
    world.clock.set(START + at);
    await Promise.all([sign(), sign()]);
  }
  const later = await world.trust.readTrustedRoot();
  for (const [at, bundle] of signed.entries()) {
    assert.equal(await outcomeOf(world, bundle, overlapRoot), 'passed', `${at} with the root of the overlap`);
    assert.equal(await outcomeOf(world, bundle, later), 'passed', `${at} with the root of today`);
  }
  assert.equal(await outcomeOf(world, signed[0] as Uint8Array, oldRoot), 'passed');
  assert.notEqual(
    await outcomeOf(world, signed.at(-1) as Uint8Array, oldRoot),
    'passed',
    'by nobody’s surprise',
  );
  const used = (await world.trust.listKeys()).filter(({ lastUsedAt }) => lastUsedAt === START + 3 * HOUR);
  assert.equal(used.length, 4, 'the four new ones');
});

test('rotation: a key that is published and does not sign yet is not renewed again, and a request is told again', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  await rotation.start(actor, ['log']);
  await assert.rejects(rotation.start(actor, ['log']), { code: 'trust.rotation_pending' });
  const first = await rotation.start(actor, ['stamping']);
  const again = await rotation.start(actor, ['stamping', 'certificate-log']);
  assert.deepEqual(again.renewal, first.renewal);
  assert.deepEqual(
    again.rotated.map(({ purpose }) => purpose),
    ['certificate-log'],
  );
  const keys = await world.trust.listKeys();
  assert.equal(keys.filter(({ purpose }) => purpose === 'stamping').length, 1, 'nothing signs uncertified');
  const audited = await world.database.query.selectFrom('audit').select(['action', 'target']).execute();
  assert.deepEqual(
    audited.map(({ action, target }) => `${action} ${target}`),
    ['key.rotate log', 'key.request stamping', 'key.rotate certificate-log'],
  );
});

test('rotation: a certificate counts once, of the own root, for the own key and its use', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const { renewal } = await rotation.start(actor, ['issuing', 'stamping']);
  assert.ok(renewal !== undefined);
  const certified = await certify(world, renewal);
  const [issuing, stamping] = certified.requests as [
    Renewal['requests'][number],
    Renewal['requests'][number],
  ];
  const apply = (...requests: Renewal['requests'][number][]) =>
    rotation.apply(actor, { ...renewal, requests });
  const unsuitable = { code: 'authority.certificate_unsuitable' };
  await assert.rejects(
    rotation.apply(actor, renewal),
    { code: 'trust.renewal_unknown' },
    'no certificate yet',
  );
  await assert.rejects(apply({ ...issuing, certificate: stamping.certificate as Uint8Array }), unsuitable);
  const other = (await createMemoryKey('ecdsa-p256-sha256')).publicKey;
  const swapped = await certify(world, { ...renewal, requests: [{ ...issuing, publicKey: other }] });
  await assert.rejects(apply(...swapped.requests), unsuitable, 'another key');
  const crossed = await certify(world, { ...renewal, requests: [{ ...issuing, role: 'stamping' }] });
  await assert.rejects(
    apply({ ...issuing, certificate: crossed.requests[0]?.certificate as Uint8Array }),
    unsuitable,
  );
  const strange = await openTrustWorld(t);
  const foreign = await rotationOf(strange).start(actor, ['issuing']);
  const byOther = await certify(strange, {
    ...(foreign.renewal as Renewal),
    requests: [{ ...issuing, publicKey: issuing.publicKey }],
  });
  await assert.rejects(apply(...byOther.requests), unsuitable, 'another root');
  await assert.rejects(apply({ ...issuing, id: 'nobody' }), { code: 'trust.renewal_unknown' });
  const before = (await listTrustKeys(world.database.query)).length;
  await assert.rejects(apply(issuing, { ...stamping, id: 'nobody' }), { code: 'trust.renewal_unknown' });
  assert.equal((await listTrustKeys(world.database.query)).length, before, 'all or nothing');
  await apply(issuing, stamping);
  await assert.rejects(apply(issuing), { code: 'trust.renewal_unknown' }, 'twice');
});

test('rotation: of a stolen key nothing more is believed, at once', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const old = keyInUse(await world.trust.listKeys(), 'log', START);
  world.clock.set(START + 500);
  const { rotated } = await rotation.start(actor, ['log'], { isAtOnce: true });
  assert.deepEqual(
    rotated.map(({ signsFrom, formerUntil }) => [signsFrom, formerUntil]),
    [[START + 1000, START + 1000]],
  );
  world.clock.set(START + 1000);
  const keys = await world.trust.listKeys();
  assert.notEqual(keyInUse(keys, 'log', START + 1000).id, old.id);
  const { bundle } = await world.trust.signAsInstance(statement);
  assert.equal(await outcomeOf(world, bundle, await world.trust.readTrustedRoot()), 'passed');
});

test('rotation: an authority whose certificate has expired signs again as soon as it has a new one', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  world.clock.set(START + 6 * 365 * 24 * HOUR);
  await assert.rejects(world.trust.signAsInstance(statement), { code: 'authority.certificate_expired' });
  const { renewal } = await rotation.start(actor, ['issuing', 'stamping']);
  await rotation.apply(actor, await certify(world, renewal));
  const { bundle } = await world.trust.signAsInstance(statement);
  assert.equal(await outcomeOf(world, bundle, await world.trust.readTrustedRoot()), 'passed');
});

test('rotation: a place that still holds the key in use renews nothing', async (t) => {
  const world = await openTrustWorld(t);
  const [log] = (await listTrustKeys(world.database.query)).filter(({ purpose }) => purpose === 'log');
  assert.ok(log !== undefined);
  const key = await world.ring.open(log.reference);
  const ring = { ...world.ring, create: async () => ({ reference: 'hashivault://log', key }) };
  await assert.rejects(rotationOf({ ...world, ring }).start(actor, ['log']), {
    code: trustErrors.key_reused.code,
    message: 'the key at hashivault://log is one that this instance has had already',
  });
  assert.equal(
    (await listTrustKeys(world.database.query)).filter(({ purpose }) => purpose === 'log').length,
    1,
  );
});

test('rotation: the authority of parts certifies itself anew for its trust domain, where there is one', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  assert.deepEqual(
    (await rotation.start(actor, ['log', 'workload'])).rotated.length,
    1,
    'nobody needs one yet',
  );
  await assert.rejects(rotation.start(actor, ['workload']), { code: 'trust.key_missing' });
  const trustDomain = 'images.example.org';
  const { key, reference } = await world.ring.create('workload-one', 'ecdsa-p256-sha256');
  const first = await certifyWorkloadRoot(key, { trustDomain, fromMs: START, random: systemRandom });
  const row = { id: 'one', purpose: 'workload' as const, reference, publicKey: key.publicKey };
  const times = { madeAt: START, validFrom: START };
  await addTrustKeys(world.database.query, [{ ...row, ...times, chain: first.chain }]);
  const { rotated } = await rotation.start(actor, ['workload']);
  assert.deepEqual(
    rotated.map(({ purpose, signsFrom, formerUntil }) => ({ purpose, signsFrom, formerUntil })),
    [{ purpose: 'workload', signsFrom: START + HOUR, formerUntil: START + 2 * HOUR }],
  );
  const keys = (await listTrustKeys(world.database.query)).filter(({ purpose }) => purpose === 'workload');
  assert.equal(keys.length, 2);
  const [own] = (keys.at(-1) as TrustKey).chain as [Uint8Array];
  assert.equal(trustDomainOf(own), trustDomain);
  assert.equal(isIssuedBy(own, own), true);
  assert.equal(keyInUse(keys, 'workload', START + HOUR).id, keys.at(-1)?.id);
});
