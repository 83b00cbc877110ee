// The instance's trust over a real database and keys in files: what it signs is verified by its own trusted root, and
// a rotation takes hold while it runs.
import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { authorityErrors } from '../../engines/authority/errors.ts';
import { exactly } from '../../engines/verify/pattern.ts';
import { type Verification, verifyBundle } from '../../engines/verify/verify-bundle.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { keysErrors } from '../../io/keys/errors.ts';
import { trustErrors } from './errors.ts';
import { addTrustKeys, endTrustKey, keyInUse, type TrustKey } from './trust-key.ts';
import { openTrustWorld, publicUrl, START, type TrustWorld } from './trust-world.fixture.ts';

const hex = 'a'.repeat(64);
const statement = {
  subjects: [{ digest: { sha256: hex } }],
  predicateType: predicateTypes.sign,
  predicate: {},
};

async function verify({ trust, clock }: TrustWorld, bundle: Uint8Array): Promise<Verification> {
  return verifyBundle({
    bundle: parseBundle(bundle),
    artifact: { digest: `sha256:${hex}` as Digest },
    trustedRoots: [parseTrustedRoot(await trust.readTrustedRoot())],
    expectations: { kind: 'signature', identity: exactly(publicUrl), issuer: exactly(publicUrl) },
    now: new Date(clock.now()),
  });
}

test('trust: what the instance says is verified by its trusted root, its log and its time', async (t) => {
  const world = await openTrustWorld(t);
  const { bundle } = await world.trust.signAsInstance(statement);
  const answer = await verify(world, bundle);
  assert.deepEqual(
    answer.checks.filter(({ outcome }) => outcome !== 'passed'),
    [],
  );
});

test('trust: what was made at the first start is found at every other, and the log keeps its name', async (t) => {
  const world = await openTrustWorld(t);
  const files = readdirSync(join(world.folder, 'keys'));
  const again = await world.establish('https://elsewhere.example.org');
  assert.equal(again.isNew, false);
  assert.equal(again.origin, 'images.example.org');
  assert.deepEqual(readdirSync(join(world.folder, 'keys')), files);
  assert.deepEqual(again.keys.map(({ purpose }) => purpose).toSorted(), [
    'certificate-log',
    'issuing',
    'log',
    'root',
    'stamping',
  ]);
});

test('trust: the server signs without the root’s key, which somebody carried away', async (t) => {
  const world = await openTrustWorld(t);
  rmSync(join(world.folder, 'offline'), { recursive: true });
  const { bundle } = await world.trust.signAsInstance(statement);
  assert.equal((await verify(world, bundle)).outcome, 'passed');
});

test('trust: a rotation takes hold while it runs, is published before, and what was signed stays verified', async (t) => {
  const world = await openTrustWorld(t);
  const { trust, database, ring, clock } = world;
  const before = await trust.signAsInstance(statement);
  const HOUR = 3_600_000;
  const old = keyInUse(await trust.listKeys(), 'log', START);
  const { reference, key } = await ring.create('log-next', 'ed25519');
  const next: TrustKey = {
    ...{ id: 'next', purpose: 'log', reference, publicKey: key.publicKey, chain: [] },
    ...{ madeAt: START, validFrom: START + HOUR },
  };
  await database.transaction(async (query) => {
    await addTrustKeys(query, [next]);
    await endTrustKey(query, old.id, START + 2 * HOUR);
  });
  assert.equal(parseTrustedRoot(await trust.readTrustedRoot()).logs.length, 2, 'known before it signs');
  const between = await trust.signAsInstance(statement);
  clock.set(START + HOUR);
  const after = await trust.signAsInstance(statement);
  const ids = [before, between, after].map(({ entry }) => Buffer.from(entry.logId).toString('hex'));
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
  assert.deepEqual(
    [before, between, after].map(({ entry }) => entry.index),
    [0, 1, 2],
    'one log',
  );
  clock.set(START + 3 * HOUR);
  for (const { bundle } of [before, between, after])
    assert.equal((await verify(world, bundle)).outcome, 'passed');
});

test('trust: statements signed while the log’s key changes are all in the one log', async (t) => {
  const { trust, database, ring, clock } = await openTrustWorld(t);
  const { reference, key } = await ring.create('log-next', 'ed25519');
  const next = { id: 'next', purpose: 'log' as const, reference, publicKey: key.publicKey, chain: [] };
  await database.transaction((query) =>
    addTrustKeys(query, [{ ...next, madeAt: START, validFrom: START + 1000 }]),
  );
  const log = (await trust.authority()).log;
  clock.set(START + 1000);
  const other = (await trust.authority()).log;
  assert.notDeepEqual(log.logId, other.logId);
  const entries = await Promise.all(
    Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? log : other).append(Buffer.from(`entry ${at}`))),
  );
  assert.deepEqual(
    entries.map(({ index }) => index).toSorted((a, b) => a - b),
    [...entries.keys()],
  );
});

test('trust: a time for which there is no key, a lost key and a swapped one are said, and nothing is signed', async (t) => {
  const { trust, clock, folder } = await openTrustWorld(t);
  const keys = join(folder, 'keys');
  const [issuing = '', stamping = ''] = ['issuing', 'stamping'].map(
    (name) => readdirSync(keys).find((file) => file.startsWith(name)) ?? '',
  );
  clock.set(0);
  await assert.rejects(trust.signAsInstance(statement), { code: trustErrors.key_missing.code });
  clock.set(START);
  renameSync(join(keys, stamping), join(keys, 'kept'));
  await assert.rejects(trust.signAsInstance(statement), { code: keysErrors.file_unreadable.code });
  renameSync(join(keys, issuing), join(keys, stamping));
  renameSync(join(keys, 'kept'), join(keys, issuing));
  await assert.rejects(trust.signAsInstance(statement), { code: authorityErrors.key_mismatch.code });
  renameSync(join(keys, issuing), join(keys, 'kept'));
  renameSync(join(keys, stamping), join(keys, issuing));
  renameSync(join(keys, 'kept'), join(keys, stamping));
  assert.equal((await trust.signAsInstance(statement)).entry.index, 0, 'as soon as the keys are back');
});

test('trust: keys say when they were last used, to the minute', async (t) => {
  const { trust, clock } = await openTrustWorld(t);
  const used = async () => keyInUse(await trust.listKeys(), 'issuing', clock.now()).lastUsedAt;
  assert.equal(await used(), undefined);
  await trust.signAsInstance(statement);
  assert.equal(await used(), START);
  clock.set(START + 59_000);
  await trust.signAsInstance(statement);
  assert.equal(await used(), START);
  clock.set(START + 60_000);
  await trust.signAsInstance(statement);
  assert.equal(await used(), START + 60_000);
});
