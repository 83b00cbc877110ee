import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { proposeRoot } from '../../engines/tuf/propose-root.ts';
import { createRepository, type Repository, TRUSTED_ROOT } from '../../engines/tuf/repository.fixture.ts';
import { acceptRoot, readNewestRoot } from '../../engines/tuf/root-shelf.ts';
import { signProposal } from '../../engines/tuf/sign-role.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { parseRoleFile } from '../../formats/tuf/role-file.ts';
import { systemClock } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { createMemoryKey } from '../keys/memory.ts';
import { openTestHttp } from '../net/http.fixture.ts';
import { fetchFirstRoot, findRepository } from './find-repository.ts';
import { createTrustedRoots, type TrustedRoots } from './trusted-roots.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-roots-'));
const http = openTestHttp();
after(async () => {
  await http[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Served extends AsyncDisposable {
  readonly url: string;
  /** Bytes in place of what the repository has; a status in place of an answer. */
  readonly instead: Map<string, Uint8Array | number>;
}

/** The repository as an instance serves it; every other path is a page. */
async function serve({ publisher }: Repository): Promise<Served> {
  const instead = new Map<string, Uint8Array | number>();
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').slice(1);
    const file = path.startsWith('trust/tuf/') ? path.slice('trust/tuf/'.length) : undefined;
    const put = instead.get(file ?? path);
    if (typeof put === 'number') response.writeHead(put).end();
    else if (file === undefined) response.end('<!doctype html>');
    else {
      const bytes = put ?? (await publisher.read(file));
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    instead,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

let made = 0;
function fresh(): TrustedRoots {
  made += 1;
  return createTrustedRoots({
    folder: join(folder, String(made)),
    http: async () => http,
    clock: systemClock,
  });
}

async function addTo(roots: TrustedRoots, served: Served, repository: Repository, name = 'acme') {
  const root = (await repository.publisher.read('1.root.json')) as Uint8Array;
  return roots.add({ name, url: `${served.url}/trust/tuf`, root });
}

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? '').toString();

test('trusted roots: the public Sigstore’s is there without a file and without a network', async () => {
  const roots = createTrustedRoots({
    folder: join(folder, 'nothing-here'),
    http: () => assert.fail('the network is asked'),
    clock: systemClock,
  });
  const [sigstore, ...others] = await roots.list();
  assert.deepEqual([sigstore?.name, sigstore?.refreshed, others.length], ['sigstore', undefined, 0]);
  assert.ok(parseTrustedRoot(sigstore?.trustedRoot as Uint8Array).certificateAuthorities.length > 0);
  await roots.remove('sigstore');
  assert.deepEqual(await roots.list(), []);
  await assert.rejects(roots.refresh('sigstore'), { code: 'trustfiles.name_unknown' });
  assert.deepEqual(await roots.restorePublic(), sigstore);
  await assert.rejects(roots.restorePublic(), { code: 'trustfiles.name_taken' });
  assert.deepEqual(await roots.list(), [sigstore]);
});

test('trusted roots: one is added, follows its repository through a new root, and is removed', async () => {
  const repository = await createRepository();
  await using served = await serve(repository);
  const roots = fresh();
  const added = await addTo(roots, served, repository);
  assert.equal(textOf(added.trustedRoot), '{"first":true}');
  assert.equal(
    added.firstRootSha256,
    hash('sha256', (await repository.store.read('1.root.json')) ?? '', 'hex'),
  );
  assert.ok((added.refreshed?.freshUntil ?? 0) > Date.now() + 6 * DAY_MS);
  assert.equal(added.signingConfig, undefined);

  const key = await createMemoryKey('ed25519');
  repository.online.get('timestamp')?.push(key);
  const proposal = proposeRoot(
    await readNewestRoot(repository.store),
    { onlineKeys: { timestamp: [key.publicKey] } },
    repository.clock.now(),
  );
  await acceptRoot(
    repository.store,
    await signProposal(proposal, repository.rootKeys[0] as never),
    Date.now(),
  );
  repository.targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
  repository.targets.set('signing_config.v0.2.json', Buffer.from('{}'));
  await repository.publisher.publish();
  assert.deepEqual(
    (await roots.list()).map(({ name, rootVersion }) => [name, rootVersion > 1]),
    [
      ['acme', false],
      ['sigstore', true],
    ],
  );
  const refreshed = await roots.refresh('acme');
  assert.deepEqual(
    [textOf(refreshed.trustedRoot), textOf(refreshed.signingConfig), refreshed.rootVersion],
    ['{"second":true}', '{}', 2],
  );
  repository.targets.delete('signing_config.v0.2.json');
  await repository.publisher.publish();
  assert.equal((await roots.refresh('acme')).signingConfig, undefined);

  await assert.rejects(addTo(roots, served, repository), { code: 'trustfiles.name_taken' });
  await roots.remove('acme');
  await assert.rejects(roots.remove('acme'), { code: 'trustfiles.name_unknown' });
  assert.deepEqual(readdirSync(roots.folder), []);
});

test('trusted roots: what is older, expired, signed by others or changed on the way is refused, and what was kept stays', async () => {
  const repository = await createRepository();
  const stranger = await createRepository();
  const { publisher, targets, clock, store } = repository;
  await using served = await serve(repository);
  const roots = fresh();
  await addTo(roots, served, repository);
  const old = (await store.read('timestamp.json')) as Uint8Array;
  targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
  await publisher.publish();
  await roots.refresh('acme');

  const refuse = async (instead: Record<string, Uint8Array | number>, code: string, message?: RegExp) => {
    for (const [name, bytes] of Object.entries(instead)) served.instead.set(name, bytes);
    await assert.rejects(roots.refresh('acme'), { code, ...(message === undefined ? {} : { message }) });
    served.instead.clear();
    const kept = (await roots.list()).find(({ name }) => name === 'acme');
    assert.equal(textOf(kept?.trustedRoot), '{"second":true}');
  };
  const code = 'trustfiles.refused';
  await refuse({ 'timestamp.json': old }, code, /version 1 is less than current version 2/);
  await refuse(
    { 'timestamp.json': (await stranger.store.read('timestamp.json')) as Uint8Array },
    code,
    /signed by 0\/1/,
  );
  await refuse({ 'timestamp.json': Buffer.from('{}') }, code);
  await refuse(
    { '2.root.json': (await store.read('1.root.json')) as Uint8Array },
    code,
    /Expected version 2, got 1/,
  );
  await refuse({ '2.root.json': (await stranger.store.read('1.root.json')) as Uint8Array }, code);
  await refuse({ 'timestamp.json': 404 }, code);
  await refuse({ 'timestamp.json': 500 }, 'trustfiles.refresh_failed');
  await refuse({ '2.root.json': Buffer.alloc(limits.tufFileBytes + 1) }, 'net.answer_too_large');

  targets.set(TRUSTED_ROOT, Buffer.from('{"third":true}'));
  clock.offsetMs = -8 * DAY_MS;
  await publisher.publish();
  await refuse({}, code, /expired/);
  clock.offsetMs = 2 * DAY_MS;
  await publisher.publish();
  const { signed } = parseRoleFile('targets', (await store.read('3.targets.json')) as Uint8Array);
  const path = `targets/${signed.targets[TRUSTED_ROOT]?.hashes.sha256}.${TRUSTED_ROOT}`;
  await refuse({ [path]: Buffer.from('{"wrong":true}') }, code);
  assert.equal(textOf((await roots.refresh('acme')).trustedRoot), '{"third":true}');
});

test('trusted roots: nothing is kept of one that cannot be added', async () => {
  const repository = await createRepository();
  const stranger = await createRepository();
  await using served = await serve(repository);
  const roots = fresh();
  await assert.rejects(addTo(roots, served, stranger), { code: 'trustfiles.refused' });
  await assert.rejects(roots.add({ name: 'x', url: served.url, root: Buffer.from('{}') }), {
    code: 'tuf.file_invalid',
  });
  for (const name of ['', 'Acme', '../acme', '.acme', 'a/b', 'x'.repeat(64)])
    await assert.rejects(addTo(roots, served, repository, name), { code: 'trustfiles.name_invalid' }, name);
  repository.targets.clear();
  await repository.publisher.publish();
  await assert.rejects(addTo(roots, served, repository), { code: 'trustfiles.repository_absent' });
  assert.deepEqual(
    (await roots.list()).map(({ name }) => name),
    ['sigstore'],
  );
  assert.deepEqual(readdirSync(roots.folder), []);
});

test('trusted roots: what is damaged is said, never read as nothing', async () => {
  const repository = await createRepository();
  await using served = await serve(repository);
  const roots = fresh();
  await addTo(roots, served, repository);
  for (const [file, text] of [
    ['targets/trusted_root.json', undefined],
    ['source.json', '{}'],
    ['source.json', '{"kind":"kept","url":"x","firstRootSha256":"x","rootVersion":1,"refreshed":{}}'],
  ] as const) {
    const path = join(roots.folder, 'acme', file);
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    await assert.rejects(roots.list(), { code: 'trustfiles.damaged' }, file);
  }
});

test('trusted roots: an instance’s address leads to its repository, a page to none', async () => {
  const repository = await createRepository();
  await using served = await serve(repository);
  const parts = { http };
  const url = `${served.url}/trust/tuf`;
  assert.equal(await findRepository(parts, `${served.url}/`), url);
  assert.equal(await findRepository(parts, url), url);
  const first = await repository.publisher.read('1.root.json');
  assert.equal(textOf(await fetchFirstRoot(parts, url)), textOf(first));
  const code = 'trustfiles.repository_absent';
  await assert.rejects(findRepository(parts, `${served.url}/elsewhere`), { code });
  served.instead.set('1.root.json', 404);
  await assert.rejects(fetchFirstRoot(parts, url), { code });
  served.instead.set('1.root.json', 503);
  await assert.rejects(fetchFirstRoot(parts, url), { code: 'trustfiles.refresh_failed' });
});

test('trusted roots: whatever a repository answers, it is followed or refused with a code', async () => {
  const repository = await createRepository();
  await using served = await serve(repository);
  const roots = fresh();
  await addTo(roots, served, repository);
  repository.targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
  await repository.publisher.publish();
  const names = ['timestamp.json', '2.snapshot.json', '2.targets.json', '2.root.json'] as const;
  const edit = fc.record({
    name: fc.constantFrom(...names),
    at: fc.nat(700),
    cut: fc.nat(4),
    put: fc.string({ maxLength: 8 }),
    isDeep: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ name, at, cut, put, isDeep }) => {
      const text = textOf(
        (await repository.publisher.read(name)) ?? (await repository.publisher.read('1.root.json')),
      );
      const added = isDeep ? '['.repeat(100_000) : put;
      served.instead.set(name, Buffer.from(text.slice(0, at) + added + text.slice(at + cut)));
      try {
        return textOf((await roots.refresh('acme')).trustedRoot) === '{"second":true}';
      } catch (error) {
        return isPlimsollError(error, { kind: 'untrusted' });
      } finally {
        served.instead.clear();
      }
    }),
    { numRuns: 60 },
  );
});
