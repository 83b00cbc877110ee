// A part's own side: joining, what is kept, renewing while things go wrong.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createWorkload } from '../../../test/world/workload.ts';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { type Log, silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import { INVITATION, problem, startInstance } from './instance.fixture.ts';
import { joinInstance, leaveInstance, parseInstanceAddress } from './join.ts';
import { parsePartAnswer } from './part-answer.ts';
import { formatPartFile, type PartFile, parsePartFile } from './part-file.ts';
import { createPartFolder, type PartFolder } from './part-folder.ts';
import { createPartKeeper } from './part-keeper.ts';
import { renewPart } from './renew.ts';

const MINUTE = 60_000;

async function open(t: TestContext) {
  const place = mkdtempSync(join(tmpdir(), 'plimsoll-parts-'));
  t.after(() => rmSync(place, { recursive: true }));
  const clock = { at: Date.now(), now: () => clock.at };
  const http = createHttp({ clock, random: systemRandom, log: silentLog, userAgent: 'test' });
  t.after(() => http[Symbol.asyncDispose]());
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const log: Log = { debug() {}, notice: note, warn: note, error: note };
  const folder = createPartFolder(join(place, 'parts'));
  const fake = await startInstance(t, clock.now);
  const deps = { folder, http, clock };
  const keeper = (of: PartFolder = folder) =>
    createPartKeeper({ folder: of, http: () => http, clock, random: systemRandom, log });
  return {
    place,
    clock,
    folder,
    fake,
    deps,
    said,
    keeper,
    join: () => joinInstance(deps, fake.instance, INVITATION),
  };
}

test('parts: who joins keeps a certificate for a key that was made here, for its owner alone', async (t) => {
  const { place, folder, fake, join: joinIt } = await open(t);
  const file = await joinIt();
  assert.equal(file.spiffeId, 'spiffe://images.example.org/gate/prod');
  assert.deepEqual(await createPartFolder(folder.folder).read(fake.host), file);
  const names = readdirSync(join(place, 'parts')).filter((name) => name.endsWith('.json'));
  assert.deepEqual(names, [`${fake.host.replace(':', '_')}.json`]);
  assert.equal(statSync(join(place, 'parts', names[0] as string)).mode & 0o777, 0o600);
  assert.equal(statSync(join(place, 'parts')).mode & 0o777, 0o700);
  assert.deepEqual(await folder.hosts(), [fake.host]);
  await assert.rejects(joinIt(), { code: 'partfiles.host_taken', message: /is spiffe:.*gate\/prod of 127/ });
  await leaveInstance(folder, fake.host);
  assert.equal(folder.has(fake.host), false);
  assert.equal(await folder.read(fake.host), undefined);
  await assert.rejects(leaveInstance(folder, fake.host), { code: 'partfiles.host_unknown' });
  await joinIt();
});

test('parts: an address is that of an instance, and nothing else', () => {
  assert.equal(parseInstanceAddress('Images.example.org'), 'https://images.example.org');
  assert.equal(parseInstanceAddress('https://images.example.org:8443/'), 'https://images.example.org:8443');
  assert.equal(parseInstanceAddress('http://127.0.0.1:1876'), 'http://127.0.0.1:1876');
  for (const text of ['', 'ftp://a', 'https://a/b', 'https://u:p@a', 'https://a?x', 'a b', 'https://a/#x'])
    assert.throws(() => parseInstanceAddress(text), { code: 'partfiles.address_invalid' }, text);
});

test('parts: an answer that could not be used is refused before anything is kept', async (t) => {
  const { fake, folder, clock, join: joinIt } = await open(t);
  const other = createWorkload('images.example.org');
  const elsewhere = createWorkload('other.example.org');
  const uris = ['spiffe://images.example.org/gate/prod'];
  const leaf = fake.workload.issue({ uris });
  for (const [change, about] of [
    [{ host: 'a.test' }, /it is for a\.test/],
    [{ spiffeId: 'spiffe://images.example.org/gate/x' }, /is of .*gate\/prod, and it says .*gate\/x/],
    [{ certificate: leaf.certificate }, /for another key/],
    [{ certificate: 'x' }, /cannot be used/],
    [{ authorities: [other.certificate] }, /by none of its authorities/],
    [{ authorities: [fake.workload.certificate, elsewhere.certificate] }, /another trust domain/],
    [{ authorities: [leaf.certificate] }, /may not issue others/],
    [{ authorities: [] }, /no authorities/],
    [{ authorities: [1] }, /is no text/],
    [{ serverId: 'spiffe://other.example.org/instance' }, /not of its trust domain/],
    [{ serverId: uris[0] }, /not of its trust domain/],
    [{ address: 'http://127.0.0.1:1' }, /is not https/],
    [{ address: 'https://127.0.0.1:1/a' }, /is not https/],
    [{ renewAfter: 'soon' }, /renewed before it begins/],
    [{ renewAfter: 7 }, /renewAfter is no text/],
  ] as const) {
    fake.mend = (answer) => ({ ...answer, ...change });
    await assert.rejects(joinIt(), { code: 'partfiles.answer_untrusted', message: about });
  }
  fake.mend = (answer) => answer;
  fake.lifeMs = -1;
  await assert.rejects(joinIt(), { code: 'partfiles.answer_untrusted', message: /does not hold now/ });
  clock.at -= 3 * MINUTE;
  fake.refusal = { status: 200, body: 'no' };
  await assert.rejects(joinIt(), { code: 'partfiles.answer_untrusted', message: /no JSON object/ });
  assert.equal(folder.has(fake.host), false);
  assert.throws(() => parsePartAnswer(Buffer.from('[]')), { code: 'partfiles.answer_untrusted' });
});

test('parts: a refusal is told in the instance’s own words, a busy instance from a no', async (t) => {
  const { fake, deps, join: joinIt } = await open(t);
  await assert.rejects(joinInstance(deps, fake.instance, 'wrong'), {
    code: 'partfiles.refused',
    message: /answers 401: this is no invitation \(parts\.invitation_wrong\)/,
  });
  for (const [status, code] of [
    [503, 'partfiles.unavailable'],
    [429, 'partfiles.unavailable'],
    [302, 'partfiles.refused'],
    [404, 'partfiles.refused'],
  ] as const) {
    fake.refusal = { status, body: 'x' };
    await assert.rejects(joinIt(), { code });
  }
});

test('parts: past its half a certificate is renewed on the way, with a new key', async (t) => {
  const { fake, clock, folder, keeper, said, join: joinIt } = await open(t);
  const first = await joinIt();
  const parts = keeper();
  assert.deepEqual(await parts.find(fake.host), first);
  assert.equal(await parts.find('a.test'), undefined);
  clock.at += 31 * MINUTE;
  const [next, same] = await Promise.all([parts.find(fake.host), parts.find(fake.host)]);
  assert.notEqual(next?.key, first.key);
  assert.equal(next, same);
  assert.deepEqual(fake.asked, ['join', 'renew']);
  assert.deepEqual(await folder.read(fake.host), next);
  assert.equal((next as PartFile).nextKey, undefined);
  assert.deepEqual(said, ['the certificate of a part was renewed']);
});

test('parts: an answer that was lost is asked for again with the same key', async (t) => {
  const { fake, clock, folder, deps, join: joinIt } = await open(t);
  const first = await joinIt();
  clock.at += 31 * MINUTE;
  fake.losses = 1;
  await assert.rejects(renewPart(deps, fake.host, 0), { code: 'net.unreachable' });
  const held = await folder.read(fake.host);
  assert.equal(held?.certificate, first.certificate);
  const next = await renewPart(deps, fake.host, 0);
  assert.equal(next.key, held?.nextKey);
  clock.at += 31 * MINUTE;
  const third = await renewPart(deps, fake.host, 0);
  assert.notEqual(third.key, next.key);
});

test('parts: what cannot be renewed goes on serving until its end, and is tried with growing pauses', async (t) => {
  const { fake, clock, keeper, said, join: joinIt } = await open(t);
  const first = await joinIt();
  const parts = keeper();
  fake.refusal = { status: 503, body: '' };
  clock.at += 31 * MINUTE;
  assert.equal((await parts.find(fake.host))?.certificate, first.certificate);
  await parts.find(fake.host);
  assert.equal(fake.asked.length, 2, 'not again at once');
  const tries: number[] = [];
  for (const end = first.notAfterMs; clock.at < end; clock.at += 1_000) {
    const before = fake.asked.length;
    await parts.look();
    if (fake.asked.length > before) tries.push(clock.at);
  }
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] as number));
  assert.ok(tries.length >= 5 && tries.length <= 25, `${tries.length} tries`);
  assert.ok((pauses[0] as number) <= 21_000 && Math.max(...pauses) >= 2 * MINUTE, pauses.join());
  assert.match(said[0] ?? '', /could not be renewed; the one of before serves/);
  clock.at = first.notAfterMs + 10 * MINUTE;
  await assert.rejects(parts.find(fake.host), { code: 'partfiles.unavailable' });
  await assert.rejects(parts.find(fake.host), { code: 'partfiles.unavailable' });
  fake.refusal = undefined;
  clock.at += 10 * MINUTE;
  assert.notEqual(
    (await parts.find(fake.host))?.certificate,
    first.certificate,
    'it is renewed after its end too',
  );
});

test('parts: a copied file is told once, not asked for again, and may be replaced by joining', async (t) => {
  const { place, fake, clock, folder, deps, keeper, said, join: joinIt } = await open(t);
  const first = await joinIt();
  const copy = createPartFolder(join(place, 'copy'));
  mkdirSync(copy.folder);
  const name = `${fake.host.replace(':', '_')}.json`;
  copyFileSync(join(folder.folder, name), join(copy.folder, name));
  clock.at += 31 * MINUTE;
  await renewPart({ ...deps, folder: copy }, fake.host, 0);
  const parts = keeper();
  assert.equal((await parts.find(fake.host))?.certificate, first.certificate);
  await parts.find(fake.host);
  await keeper().find(fake.host);
  assert.deepEqual(fake.asked, ['join', 'renew', 'renew']);
  assert.equal(said.filter((one) => /was copied/.test(one)).length, 2, 'once for each process');
  clock.at = first.notAfterMs;
  await assert.rejects(parts.find(fake.host), { code: 'partfiles.superseded' });
  await joinIt();
  assert.ok(await parts.find(fake.host));
});

test('parts: what ended long ago is not renewed, and may be replaced by joining', async (t) => {
  const { fake, clock, keeper, join: joinIt } = await open(t);
  await joinIt();
  clock.at += limits.partLapseMs + 2 * 60 * MINUTE;
  fake.refusal = problem(401, 'parts.lapsed', 'it ended too long ago');
  await assert.rejects(keeper().find(fake.host), { code: 'partfiles.lapsed', message: /ended too long ago/ });
  fake.refusal = undefined;
  await joinIt();
});

test('parts: two processes do not renew at once; the second takes what the first has got', async (t) => {
  const { fake, clock, folder, deps, keeper, join: joinIt } = await open(t);
  const first = await joinIt();
  clock.at += 31 * MINUTE;
  const release = Promise.withResolvers<void>();
  fake.gate = release.promise;
  const one = renewPart(deps, fake.host, 0);
  while (fake.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const second = createPartFolder(folder.folder);
  await assert.rejects(renewPart({ ...deps, folder: second }, fake.host, 0), { code: 'partfiles.in_use' });
  assert.equal((await keeper(second).find(fake.host))?.certificate, first.certificate);
  const patient = renewPart({ ...deps, folder: second }, fake.host, limits.partLockMs);
  release.resolve();
  assert.deepEqual(await patient, await one);
  assert.deepEqual(fake.asked, ['join', 'renew']);
});

test('parts: nobody renews what was left meanwhile', async (t) => {
  const { fake, clock, folder, deps, join: joinIt } = await open(t);
  await joinIt();
  clock.at += 31 * MINUTE;
  const release = Promise.withResolvers<void>();
  fake.gate = release.promise;
  const renewal = renewPart(deps, fake.host, 0);
  while (fake.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const left = leaveInstance(folder, fake.host);
  release.resolve();
  await Promise.all([renewal, left]);
  assert.equal(folder.has(fake.host), false);
  await assert.rejects(renewPart(deps, fake.host, 0), { code: 'partfiles.host_unknown' });
});

test('parts: a folder that cannot be written to is told, and asks nothing', async (t) => {
  const { place, fake, deps } = await open(t);
  writeFileSync(join(place, 'file'), '');
  const folder = createPartFolder(join(place, 'file'));
  await assert.rejects(joinInstance({ ...deps, folder }, fake.instance, INVITATION), {
    code: 'partfiles.unavailable',
  });
  await assert.rejects(folder.hosts(), { code: 'partfiles.unavailable' });
  assert.deepEqual(fake.asked, []);
});

test('parts: a file that was changed is told with its path, and stops no other', async (t) => {
  const { fake, folder, keeper, said, join: joinIt } = await open(t);
  const file = await joinIt();
  const text = formatPartFile(file);
  const value = JSON.parse(text);
  assert.deepEqual(parsePartFile(text, 'a'), file);
  const other = fake.workload.issue({ uris: [file.spiffeId] });
  for (const [change, about] of [
    [{ version: 2 }, /version is not 1/],
    [{ instance: 'https://a.test/b' }, /host is not that of its instance/],
    [{ host: 'a.test' }, /host is not that of its instance/],
    [{ key: other.key }, /key is not that of its certificate/],
    [{ key: '' }, /key is no text/],
    [{ nextKey: 'x' }, /is not the file of a part/],
    [{ nextKey: 1 }, /nextKey is no text/],
    [{ address: 'https://a/b' }, /address is not https/],
    [{ notAfter: 'x' }, /until when/],
    [{ spiffeId: file.serverId }, /another name/],
    [{ serverId: 'spiffe://a.test/instance' }, /another trust domain/],
    [{ authorities: [createWorkload('a.test').certificate] }, /another trust domain/],
    [{ authorities: [] }, /no list/],
  ] as const)
    assert.throws(() => parsePartFile(JSON.stringify({ ...value, ...change }), 'here'), {
      code: 'partfiles.damaged',
      message: about,
    });
  const path = join(folder.folder, `${fake.host.replace(':', '_')}.json`);
  for (const bad of ['{', 'x'.repeat(limits.partFileBytes + 1), Buffer.from([0xff])]) {
    writeFileSync(path, bad);
    await assert.rejects(folder.read(fake.host), { code: 'partfiles.damaged' });
  }
  writeFileSync(join(folder.folder, 'a.test.json'), text);
  await assert.rejects(folder.read('a.test'), { code: 'partfiles.damaged', message: /is that of 127/ });
  writeFileSync(path, text);
  assert.deepEqual(await keeper().list(), [file]);
  assert.deepEqual(said, ['the file of a part cannot be used']);
  assert.match(readFileSync(path, 'utf8'), /"version": 1/);
});
