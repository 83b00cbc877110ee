import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import {
  createSigningKey,
  createTrust,
  delegate,
  type FixtureTrust,
} from '../../formats/notary1/trust.fixture.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { createTrustMemory, openTrustFolder, type TrustStore } from '../../io/images/trust-archive.ts';
import type { TrustServer } from '../../io/images/trust-server.ts';
import { hashHex } from '../../kit/hash.ts';
import { readTrustFiles } from './archived.ts';
import { collectTrust } from './collect.ts';
import { judgeTrust } from './judge.ts';

const GUN = 'registry.example.org/team/app';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => NOW };

interface FakeServer extends TrustServer {
  /** What was asked for, in order, hashes cut. */
  readonly asked: string[];
  /** Serves this from now on, beside what it served. */
  publish(files: ReadonlyMap<string, Uint8Array>): void;
  /** The names that break off. */
  readonly broken: Set<string>;
  readonly files: Map<string, Uint8Array>;
}

/** Serves by name, by hash, and roots by version, as a Notary v1 server does. */
function createServer(trust: FixtureTrust): FakeServer {
  const files = new Map<string, Uint8Array>();
  const server: FakeServer = {
    host: 'notary.example.org',
    gun: GUN,
    asked: [],
    broken: new Set(),
    files,
    async read(name) {
      const short = name.replace(/\.[0-9a-f]{64}$/, '.#');
      server.asked.push(short);
      if (server.broken.has(short)) throw imageErrors.registry_failed(`${short} breaks off`);
      const bytes = files.get(name);
      const url = `https://notary.example.org/${name}`;
      return bytes === undefined ? { url } : { bytes, url };
    },
    publish(added) {
      for (const [name, bytes] of added) {
        files.set(name, bytes);
        files.set(`${name}.${hashHex('sha256', bytes)}`, bytes);
      }
      const root = added.get('root');
      if (root !== undefined) files.set(`${trust.root.version}.root`, root);
    },
  };
  server.publish(trust.publish());
  return server;
}

function makeTrust(): FixtureTrust {
  const trust = createTrust(GUN);
  trust.targets.targets['1.0'] = { digest: 'ab'.repeat(32), sizeBytes: 504 };
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  releases.targets['2.0'] = { digest: 'cd'.repeat(32), sizeBytes: 505 };
  delegate(trust, 'targets/releases/stable', [createSigningKey('ecdsa', '')], ['']);
  return trust;
}

/** The next version of everything, the root signed by its old keys too. */
function publishNext(trust: FixtureTrust, server: FakeServer): void {
  for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) trust[role].version += 1;
  server.publish(trust.publish());
}

async function folderStore(t: TestContext): Promise<() => Promise<TrustStore>> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-trust-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return () => openTrustFolder(folder);
}

test('dct: every role file is fetched by its hash, earlier roots by version, and all of it holds', async () => {
  const trust = makeTrust();
  const server = createServer(trust);
  publishNext(trust, server);
  publishNext(trust, server);
  const store = createTrustMemory();
  const archive = await collectTrust({ server, store, clock });
  assert.deepEqual(server.asked, [
    'root',
    'timestamp',
    'snapshot.#',
    '2.root',
    '1.root',
    'targets.#',
    'targets/releases.#',
    'targets/releases/stable.#',
  ]);
  const files = await readTrustFiles(archive, store.read);
  assert.deepEqual([...files.roots.keys()], [2, 1]);
  assert.equal(files.seen, undefined);
  assert.equal(judgeTrust(files, NOW).outcome, 'passed');
  const [only] = archive.imports;
  assert.equal(only?.isComplete, true);
  assert.equal(only?.at, '2026-03-01T12:00:00.000Z');
  assert.equal(only?.fetches.length, 8);
});

test('dct: an import that broke off goes on, and asks for nothing again that cannot change', async (t) => {
  const open = await folderStore(t);
  const trust = makeTrust();
  const server = createServer(trust);
  publishNext(trust, server);
  server.broken.add('targets/releases.#');
  await assert.rejects(collectTrust({ server, store: await open(), clock }), {
    code: 'images.registry_failed',
  });
  const kept = await open();
  assert.equal(kept.archive?.imports[0]?.isComplete, false);
  // What came is judged as far as it goes, and is never taken for the whole.
  const partly = judgeTrust(await readTrustFiles(kept.archive as never, kept.read), NOW);
  assert.deepEqual([partly.outcome, partly.isAccepted], ['unknown', false]);
  server.broken.clear();
  server.asked.length = 0;
  const store = await open();
  const archive = await collectTrust({ server, store, clock });
  assert.deepEqual(server.asked, ['root', 'timestamp', 'targets/releases.#', 'targets/releases/stable.#']);
  assert.equal(judgeTrust(await readTrustFiles(archive, store.read), NOW).outcome, 'passed');
});

test('dct: a later import is compared with what an earlier one saw', async (t) => {
  const open = await folderStore(t);
  const trust = makeTrust();
  const server = createServer(trust);
  const old = trust.publish();
  publishNext(trust, server);
  await collectTrust({ server, store: await open(), clock });
  const judge = async () => {
    const store = await open();
    const archive = await collectTrust({ server, store, clock });
    return judgeTrust(await readTrustFiles(archive, store.read), NOW);
  };
  const same = await judge();
  assert.equal(same.outcome, 'passed');
  assert.ok(same.checks.some(({ code, outcome }) => code === 'anchor' && outcome === 'passed'));
  publishNext(trust, server);
  assert.equal((await judge()).outcome, 'passed');
  // The server shows what it showed at first.
  for (const [name, bytes] of old) server.files.set(name, bytes);
  const back = await judge();
  assert.equal(back.isAccepted, false);
  const failed = back.checks
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ code, role }) => `${code} ${role}`);
  assert.deepEqual(failed, ['version root', 'version timestamp', 'version snapshot', 'version targets']);
  // The step back did not become the measure.
  publishNext(trust, server);
  assert.equal((await judge()).outcome, 'passed');
});

test('dct: a root that is published meanwhile is fetched as the snapshot means it', async () => {
  const trust = makeTrust();
  const server = createServer(trust);
  const before = server.files.get('root') as Uint8Array;
  publishNext(trust, server);
  server.files.set('root', before);
  const store = createTrustMemory();
  const archive = await collectTrust({ server, store, clock });
  assert.deepEqual(server.asked.slice(0, 5), ['root', 'timestamp', 'snapshot.#', 'root.#', '1.root']);
  const judged = judgeTrust(await readTrustFiles(archive, store.read), NOW);
  assert.equal(judged.outcome, 'passed');
  assert.equal(judged.roles[0]?.file?.version, 2);
});

test('dct: where a hash is not served the name is asked, and what cannot be read is kept', async () => {
  const trust = makeTrust();
  const server = createServer(trust);
  const targets = server.files.get('targets') as Uint8Array;
  server.files.delete(`targets.${hashHex('sha256', targets)}`);
  server.files.set('targets', Buffer.from('not JSON'));
  const store = createTrustMemory();
  const archive = await collectTrust({ server, store, clock });
  // The snapshot names the delegations that targets would have led to.
  assert.deepEqual(server.asked.slice(3), [
    'targets.#',
    'targets',
    'targets/releases.#',
    'targets/releases/stable.#',
  ]);
  const fetches = archive.imports[0]?.fetches ?? [];
  assert.deepEqual(
    fetches.filter(({ file }) => file === undefined).map(({ role }) => role),
    ['targets'],
  );
  const files = await readTrustFiles(archive, store.read);
  assert.equal(Buffer.from(files.current.get(parseRoleName('targets')) ?? []).toString(), 'not JSON');
  assert.equal(judgeTrust(files, NOW).isAccepted, false);
});

test('dct: earlier roots end where the server has none', async () => {
  const trust = makeTrust();
  trust.root.version = 1_000_000_000;
  const server = createServer(trust);
  const store = createTrustMemory();
  const archive = await collectTrust({ server, store, clock });
  assert.deepEqual(
    server.asked.filter((name) => name.endsWith('.root')),
    ['999999999.root'],
  );
  assert.equal(judgeTrust(await readTrustFiles(archive, store.read), NOW).outcome, 'unknown');
});

test('dct: nothing there, too much there and another repository are said', async (t) => {
  const server = createServer(makeTrust());
  const store = createTrustMemory();
  await assert.rejects(collectTrust({ server, store, clock, mostBytes: 3000 }), { code: 'dct.too_much' });
  server.files.clear();
  const open = await folderStore(t);
  await assert.rejects(collectTrust({ server, store: await open(), clock }), { code: 'dct.nothing_signed' });
  assert.equal((await open()).archive, undefined);
  await (await open()).save({ gun: 'registry.example.org/team/other', imports: [] });
  await assert.rejects(collectTrust({ server, store: await open(), clock }), {
    code: 'dct.other_repository',
  });
});
