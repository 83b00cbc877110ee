// Another root under signing: what was signed below the former one and below the new one verifies, and no root is taken
// that the instance's own did not endorse, unless a person names it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { certifyBelow, certifyRoot, endorseRoot } from '../../engines/authority/establish.ts';
import { certifyRenewal } from '../../engines/authority/renew.ts';
import { certifySuccessor } from '../../engines/authority/successor.ts';
import { exactly } from '../../engines/verify/pattern.ts';
import { verifyBundle } from '../../engines/verify/verify-bundle.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { formatRenewal, parseRenewal, type Renewal } from '../../formats/x509/renewal.ts';
import { createKeyFolder } from '../../io/keys/key-folder.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { systemRandom } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import type { Actor } from '../hub/audit.ts';
import { createRotation, type RotatedKey, type Rotation } from './rotation.ts';
import { openTrustWorld, publicUrl, START, type TrustWorld } from './trust-world.fixture.ts';

const HOUR = 3_600_000;
const actor: Actor = { account: 'admin', via: 'password' };
const organization = 'images.example.org';
const hex = 'a'.repeat(64);
const unsuitable = { code: 'authority.certificate_unsuitable' };

function rotationOf({ database, ring, clock }: TrustWorld): Rotation {
  return createRotation({
    database,
    ring,
    clock,
    random: systemRandom,
    origin: organization,
    overlapMs: HOUR,
    pinnedOverlapMs: HOUR,
  });
}

function formerKey(world: TrustWorld, renewal: Renewal): Promise<SigningKey> {
  const offline = createKeyFolder({ folder: join(world.folder, 'offline'), random: systemRandom });
  return offline.open(renewal.rootReference);
}

async function ask(rotation: Rotation): Promise<Renewal> {
  const { renewal, rotated } = await rotation.start(actor, ['root']);
  assert.ok(renewal !== undefined);
  assert.deepEqual([rotated, renewal.newRoot], [[], {}]);
  return parseRenewal(formatRenewal(renewal));
}

const around = ({ clock }: TrustWorld) => ({ clock, random: systemRandom });
const newKey = () => createMemoryKey('ecdsa-p384-sha384');

async function succeed(world: TrustWorld, renewal: Renewal, key?: SigningKey): Promise<Renewal> {
  const former = await formerKey(world, renewal);
  const keys = { key: key ?? (await newKey()), reference: 'hashivault://root-2', former };
  return parseRenewal(formatRenewal(await certifySuccessor(renewal, keys, around(world))));
}

async function sign({ trust }: TrustWorld): Promise<Uint8Array> {
  const subjects = [{ digest: { sha256: hex } }];
  return (await trust.signAsInstance({ subjects, predicateType: predicateTypes.sign, predicate: {} })).bundle;
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

test('another root: signing goes on, and all of it verifies with the roots fetched since', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const oldRoot = await world.trust.readTrustedRoot();
  const signed = [await sign(world)];
  const asked = await ask(rotation);
  assert.deepEqual(await ask(rotation), asked, 'the same keys are asked for again');
  const made = await rotation.apply(actor, await succeed(world, asked));
  const times = ({ purpose, signsFrom, formerUntil }: RotatedKey) => [purpose, signsFrom, formerUntil];
  assert.deepEqual(made.map(times), [
    ['root', START + HOUR, START + 2 * HOUR],
    ['issuing', START + HOUR, START + 2 * HOUR],
    ['stamping', START + HOUR, START + 2 * HOUR],
  ]);
  const overlapRoot = await world.trust.readTrustedRoot();
  for (const at of [1, HOUR - 1, HOUR, 3 * HOUR]) {
    world.clock.set(START + at);
    signed.push(await sign(world));
  }
  const later = await world.trust.readTrustedRoot();
  for (const bundle of signed)
    for (const root of [overlapRoot, later]) assert.equal(await outcomeOf(world, bundle, root), 'passed');
  assert.equal(await outcomeOf(world, signed[0] as Uint8Array, oldRoot), 'passed');
  assert.notEqual(await outcomeOf(world, signed.at(-1) as Uint8Array, oldRoot), 'passed');

  // The next certificates are asked of the new root, by where its key is.
  const { renewal } = await rotation.start(actor, ['issuing']);
  assert.equal(renewal?.rootReference, 'hashivault://root-2');
  const audited = await world.database.query.selectFrom('audit').selectAll().execute();
  const row = audited.find(({ action, target }) => action === 'key.rotate' && target === 'root');
  assert.match(JSON.stringify(row), /isEndorsed[\\":]+true/);
});

test('another root: none is taken by halves, twice, or while a new key waits to sign', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const asked = await ask(rotation);
  const key = await newKey();
  const done = await succeed(world, asked, key);
  await assert.rejects(rotation.apply(actor, asked), { code: 'trust.renewal_unknown' }, 'none was made');
  const halves = { ...done, requests: done.requests.slice(0, 1) };
  await assert.rejects(rotation.apply(actor, halves), { code: 'trust.renewal_unknown' });
  const { newRoot: _, ...belowAlone } = done;
  await assert.rejects(rotation.apply(actor, belowAlone), unsuitable, 'below a root that was not taken');
  const same = await succeed(world, asked, await formerKey(world, asked));
  await assert.rejects(rotation.apply(actor, same), { code: 'trust.key_reused' }, 'a root after itself');
  await rotation.apply(actor, done);
  await assert.rejects(rotation.apply(actor, done), unsuitable, 'it endorses nothing after itself');
  await assert.rejects(rotation.start(actor, ['root']), { code: 'trust.rotation_pending' });

  world.clock.set(START + 3 * HOUR);
  const { renewal } = await rotation.start(actor, ['issuing']);
  await rotation.apply(actor, await certifyRenewal(renewal as Renewal, key, around(world)));
  await assert.rejects(rotation.start(actor, ['root']), { code: 'trust.rotation_pending' }, 'what is below');
});

test('another root: one that nothing endorses is taken only where a person names it', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const asked = await ask(rotation);
  const keys = { key: await newKey(), reference: 'file:root-2.pem' };
  const done = await certifySuccessor(asked, keys, around(world));
  const fingerprint = hashHex('sha256', done.newRoot?.certificate as Uint8Array);
  await assert.rejects(rotation.apply(actor, done), {
    code: 'trust.root_unendorsed',
    message: `nothing endorses the new root, SHA-256 ${fingerprint}`,
  });
  await assert.rejects(rotation.apply(actor, done, { unendorsedRoot: hex }), {
    code: 'trust.root_unendorsed',
  });
  await rotation.apply(actor, done, { unendorsedRoot: fingerprint });
  world.clock.set(START + HOUR);
  assert.equal(await outcomeOf(world, await sign(world), await world.trust.readTrustedRoot()), 'passed');
});

test('another root: only the own root’s key endorses, and only that key and name', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = rotationOf(world);
  const asked = await ask(rotation);
  const former = await formerKey(world, asked);
  const key = await newKey();
  const done = await succeed(world, asked, key);
  const { newRoot } = done;
  assert.ok(newRoot?.certificate !== undefined);
  const endorsed = (endorsement: Uint8Array) =>
    rotation.apply(actor, { ...done, newRoot: { ...newRoot, endorsement } });
  const second = Math.floor(START / 1000) * 1000;
  const plan = { organization, random: systemRandom, notBeforeMs: second - HOUR, notAfterMs: second + HOUR };

  const stranger = await certifyRoot(await newKey(), plan);
  await assert.rejects(endorsed(await endorseRoot(stranger, key.publicKey, plan)), unsuitable, 'by another');
  await assert.rejects(endorsed(newRoot.certificate), unsuitable, 'by itself');
  const own = { key: former, chain: [asked.root] };
  const other = await newKey();
  // The own root was made a minute before it was first used.
  const since = { ...plan, notBeforeMs: second - 60_000 };
  await assert.rejects(endorsed(await endorseRoot(own, other.publicKey, since)), unsuitable, 'another key');
  const below = await certifyBelow(own, 'issuing', key, since);
  await assert.rejects(endorsed(below.chain[0] as Uint8Array), unsuitable, 'an authority of the own root');
  const renamed = await endorseRoot(own, key.publicKey, { ...since, organization: 'other.example.org' });
  await assert.rejects(endorsed(renamed), unsuitable, 'another name');
  const over = await endorseRoot(own, key.publicKey, { ...since, notAfterMs: second });
  world.clock.set(START + 1000);
  await assert.rejects(endorsed(over), unsuitable, 'its time is over');
  await assert.rejects(endorsed(Buffer.from('no certificate')), { code: 'x509.certificate_invalid' });

  const instead = (certificate: Uint8Array) =>
    rotation.apply(actor, { ...done, newRoot: { ...newRoot, certificate } });
  await assert.rejects(instead(below.chain[0] as Uint8Array), unsuitable, 'no root');
  const [elsewhere] = (await certifyRoot(key, { ...plan, organization: 'other.example.org' })).chain;
  await assert.rejects(instead(elsewhere as Uint8Array), unsuitable, 'of somebody else');
  const small = await createMemoryKey('ecdsa-p256-sha256');
  const [weak] = (await certifyRoot(small, plan)).chain;
  await assert.rejects(instead(weak as Uint8Array), unsuitable, 'of another kind');
  await assert.rejects(certifySuccessor(asked, { key: small, reference: 'x', former }, around(world)), {
    code: 'authority.key_unsuitable',
  });
  await assert.rejects(certifySuccessor(asked, { key, reference: 'x', former: other }, around(world)), {
    code: 'authority.key_mismatch',
  });
  world.clock.set(START + 21 * 365 * 24 * HOUR);
  await assert.rejects(certifySuccessor(asked, { key, reference: 'x', former }, around(world)), {
    code: 'authority.certificate_expired',
  });
});
