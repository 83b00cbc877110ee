// Certificates that change on disk: taken when they are sound, and what is broken leaves the old ones in place.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority } from '../../test/world/authority.ts';
import type { TlsMaterial } from '../entry/http/tls.ts';
import { silentLog } from '../kit/log.ts';
import { createTlsWatch } from './tls-watch.ts';

const root = mkdtempSync(join(tmpdir(), 'plimsoll-watch-'));
after(() => rmSync(root, { recursive: true }));
const authority = createAuthority();
const issue = (hours = 24) =>
  authority.issue({ commonName: 'server', notAfter: new Date(Date.now() + hours * 3_600_000) });

async function watch(name: string) {
  const folder = join(root, name);
  mkdirSync(folder);
  const first = issue();
  const files = first.write(folder, 'tls');
  const said: string[] = [];
  const log = {
    ...silentLog,
    error: (text: string) => said.push(text),
    warn: (text: string) => said.push(text),
  };
  let now = Date.now();
  const watching = await createTlsWatch(files, { clock: { now: () => now }, log });
  const taken: TlsMaterial[] = [];
  watching.start((material) => taken.push(material));
  const metric = (wanted: string) =>
    watching.read().find(({ name: one }) => one === wanted)?.samples[0]?.value;
  return {
    folder,
    files,
    first,
    watching,
    taken,
    said,
    failures: () => metric('plimsoll_tls_reload_failures_total'),
    notAfter: () => metric('plimsoll_tls_certificate_not_after_seconds'),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('tls watch: a new pair is taken once, and the metric says when it ends', async () => {
  const world = await watch('renew');
  await using _ = world.watching;
  const before = world.notAfter() as number;
  await world.watching.look();
  assert.equal(world.taken.length, 0);
  const next = issue(48);
  next.write(world.folder, 'tls');
  for (let looks = 0; looks < 3; looks += 1) await world.watching.look();
  assert.deepEqual(
    world.taken.map(({ certificate }) => certificate),
    [next.certificate],
  );
  assert.ok((world.notAfter() as number) > before);
  assert.equal(world.failures(), 0);
});

test('tls watch: a link that turns to another folder, as Kubernetes mounts secrets, is followed', async () => {
  const folder = join(root, 'mount');
  const [first, next] = [issue(), issue()];
  for (const [name, pair] of [['a', first] as const, ['b', next] as const]) {
    mkdirSync(join(folder, name), { recursive: true });
    pair.write(join(folder, name), 'tls');
  }
  symlinkSync('a', join(folder, '..data'));
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(folder, file));
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  await using watching = await createTlsWatch(files, { clock: { now: Date.now }, log: silentLog });
  symlinkSync('b', join(folder, '..new'));
  renameSync(join(folder, '..new'), join(folder, '..data'));
  await watching.look();
  assert.equal(watching.material.certificate, next.certificate);
});

test('tls watch: half of a renewal is waited for, and said where it stays so', async () => {
  const world = await watch('half');
  await using _ = world.watching;
  const next = issue();
  writeFileSync(world.files.certificate, next.certificate);
  await world.watching.look();
  assert.deepEqual([world.said, world.failures()], [[], 0], 'the key may be on its way');
  writeFileSync(world.files.key, next.key);
  await world.watching.look();
  assert.deepEqual([world.taken.length, world.failures()], [1, 0]);
  writeFileSync(world.files.key, issue().key);
  for (let looks = 0; looks < 4; looks += 1) await world.watching.look();
  assert.deepEqual([world.taken.length, world.failures(), world.said.length], [1, 1, 1], 'said once');
  assert.equal(world.watching.material.key, next.key);
  rmSync(world.files.key);
  for (let looks = 0; looks < 3; looks += 1) await world.watching.look();
  assert.equal(world.failures(), 2, 'another failure');
  writeFileSync(world.files.key, next.key);
  await world.watching.look();
  assert.deepEqual([world.taken.length, world.failures()], [1, 2], 'mended');
});

test('tls watch: who asks hears of a failure at once', async () => {
  const world = await watch('asked');
  await using _ = world.watching;
  writeFileSync(world.files.certificate, 'broken');
  await world.watching.look({ isAsked: true });
  assert.deepEqual([world.failures(), world.said.length], [1, 1]);
  assert.equal(world.watching.material.certificate, world.first.certificate);
});

test('tls watch: what the listener cannot take is a failure too', async () => {
  const world = await watch('refused');
  await using _ = world.watching;
  world.watching.start(() => {
    throw new Error('no');
  });
  issue().write(world.folder, 'tls');
  await world.watching.look({ isAsked: true });
  assert.equal(world.failures(), 1);
  assert.equal(world.watching.material.certificate, world.first.certificate);
});

test('tls watch: an end that is near is said once a day', async () => {
  const world = await watch('near');
  await using _ = world.watching;
  for (let looks = 0; looks < 3; looks += 1) await world.watching.look();
  assert.equal(world.said.length, 1);
  world.pass(25 * 3_600_000);
  await world.watching.look();
  assert.equal(world.said.length, 2);
});

test('tls watch: it looks by itself every ten seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const world = await watch('timer');
  issue().write(world.folder, 'tls');
  t.mock.timers.tick(9_999);
  await world.watching.look().then(() => assert.equal(world.taken.length, 1, 'only because it was asked to'));
  const next = issue();
  next.write(world.folder, 'tls');
  t.mock.timers.tick(1);
  await world.watching[Symbol.asyncDispose]();
  assert.equal(world.watching.material.certificate, next.certificate);
});
