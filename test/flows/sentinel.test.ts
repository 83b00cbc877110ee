// Promise: an attack that moves tags is told by rules over what lies here, and with `hold` the old images stay served
// until the owner says otherwise. Each incident of test/world/incidents.ts is replayed by real pushes, those that used tags in both modes;
// docs/reference/incidents.md shows what came of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { TagHistory, TagHolds } from '../../src/entry/http/contract-tag.ts';
import { runCommand } from '../world/command.ts';
import type { MadeImage, MadeManifest } from '../world/image.ts';
import { type Incident, incidents, olderTags, provenance } from '../world/incidents.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { makeRelease, makeSignature, type ReleaseWish } from '../world/release.ts';

const HOUR_MS = 60 * 60 * 1000;
const clock = { time: Date.parse('2026-03-01T00:00:00Z'), now: () => clock.time };

interface Stage {
  readonly world: ProductWorld;
  readonly admin: Person;
  readonly robot: Person;
  readonly robotSecret: string;
  readonly stranger: Person;
}

let hold: Stage;
let log: Stage;

before(async () => {
  [hold, log] = [await openStage('hold'), await openStage('log')];
});
after(async () => {
  await hold.world[Symbol.asyncDispose]();
  await log.world[Symbol.asyncDispose]();
});

async function openStage(mode: string): Promise<Stage> {
  const world = await bootProduct({ clock, flags: [['--registry-sentinel', mode]] });
  const admin = personIn(world, 'admin', password);
  await admin.call('POST', '/api/v1/accounts', 201, { name: 'mallory', password: 'a stolen password' });
  await admin.call('POST', '/api/v1/namespaces', 201, { name: 'acme', owner: 'admin' });
  const acme = '/api/v1/namespaces/acme';
  await admin.call('POST', `${acme}/robots`, 201, { name: 'ci' });
  for (const subject of [
    { kind: 'robot', name: 'ci' },
    { kind: 'account', name: 'mallory' },
  ])
    await admin.call('POST', `${acme}/roles`, 200, { subject, role: 'writer' });
  const { secret } = await admin.call<{ secret: string }>('POST', `${acme}/robots/ci/tokens`, 201, {
    name: 'pipeline',
  });
  const stranger = personIn(world, 'mallory', 'a stolen password');
  return { world, admin, robot: personIn(world, 'acme+ci', secret), robotSecret: secret, stranger };
}

async function pushTo(
  { world }: Stage,
  person: Person,
  repository: string,
  image: MadeImage,
  tags: readonly string[],
): Promise<readonly Response[]> {
  const authorization = `Bearer ${await person.token(`repository:${repository}:pull,push`)}`;
  for (const [digest, bytes] of image.blobs) {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    const body = bytes as Uint8Array<ArrayBuffer>;
    assert.equal((await world.send('POST', path, { headers: { authorization }, body })).status, 201);
  }
  const put = (reference: string, { mediaType, bytes }: MadeManifest) =>
    world.send('PUT', `/v2/${repository}/manifests/${reference}`, {
      headers: { authorization, 'content-type': mediaType },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
  for (const manifest of image.manifests)
    assert.equal((await put(manifest.digest, manifest)).status, 201, manifest.digest);
  const answers = [];
  for (const tag of tags) {
    const answer = await put(tag, image);
    assert.equal(answer.status, 201, await answer.clone().text());
    answers.push(answer);
  }
  return answers;
}

/** Usual life: older tags, then two releases, each built, signed and tagged by the robot. */
async function liveUsually(stage: Stage, repository: string): Promise<MadeImage> {
  const publish = async (tags: readonly string[], image: MadeImage): Promise<MadeImage> => {
    await pushTo(stage, stage.robot, repository, image, []);
    await pushTo(stage, stage.robot, repository, makeSignature(image), []);
    await pushTo(stage, stage.robot, repository, image, tags.slice(0, 1));
    for (const tag of tags.slice(1)) {
      if (olderTags.includes(tag)) clock.time += HOUR_MS;
      await pushTo(stage, stage.robot, repository, { ...image, blobs: new Map(), manifests: [] }, [tag]);
    }
    clock.time += HOUR_MS;
    return image;
  };
  await publish(olderTags, release({ version: 'old', provenance }));
  await publish(['v1.0.1', 'latest'], release({ version: '1', provenance }));
  return publish(['v1.0.2', 'latest'], release({ version: '2', provenance }));
}

function release(wish: Omit<ReleaseWish, 'createdAt'>): MadeImage {
  return makeRelease({ createdAt: new Date(clock.time).toISOString(), ...wish });
}

async function servedDigest({ world, robot }: Stage, repository: string, tag: string): Promise<string> {
  const headers = { authorization: `Bearer ${await robot.token(`repository:${repository}:pull`)}` };
  const answer = await world.send('HEAD', `/v2/${repository}/manifests/${tag}`, { headers });
  return answer.headers.get('docker-content-digest') ?? '';
}

const listHeld = ({ admin }: Stage, repository: string) =>
  admin.call<TagHolds>('GET', `/api/v1/repositories/${repository}/-/held`, 200);
const readMoves = ({ robot }: Stage, repository: string, tag: string) =>
  robot.call<TagHistory>('GET', `/api/v1/repositories/${repository}/-/history/${tag}`, 200);

/** Rules that were raised about this image, and the tags that did not move to it. */
async function replay(stage: Stage, incident: Incident): Promise<{ rules: string[]; held: string[] }> {
  const repository = `acme/${incident.name
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase()
    .replace(/^-/, '')}`;
  const good = await liveUsually(stage, repository);
  for (const tag of [...olderTags, 'latest', 'v1.0.2']) {
    const [move] = (await readMoves(stage, repository, tag)).moves;
    assert.deepEqual(move?.judgement?.suspicions ?? [], [], `${repository}:${tag} raises nothing`);
  }
  clock.time += HOUR_MS;
  const bad = release({ version: 'bad', ...incident.image });
  const person = incident.pusher === 'robot' ? stage.robot : stage.stranger;
  await pushTo(stage, person, repository, bad, []);
  if (incident.isSigned) await pushTo(stage, person, repository, makeSignature(bad), []);
  await pushTo(stage, person, repository, bad, incident.tags);
  const { holds } = await listHeld(stage, repository);
  const rules = new Set(holds.flatMap(({ suspicions }) => suspicions.map(({ rule }) => rule)));
  for (const tag of incident.tags) {
    const found = holds.some((one) => one.tag === tag);
    const digest = await servedDigest(stage, repository, tag);
    assert.equal(digest === bad.digest, !found, `${repository}:${tag}`);
    if (!found)
      for (const { rule } of (await readMoves(stage, repository, tag)).moves[0]?.judgement?.suspicions ?? [])
        rules.add(rule);
  }
  // The first tags of a burst are moved before it is one.
  const isCaughtAtOnce = incident.rules.some((rule) => rule !== 'many_tags');
  if (stage === hold && isCaughtAtOnce && incident.tags.includes('latest'))
    assert.equal(await servedDigest(stage, repository, 'latest'), good.digest);
  return { rules: [...rules].sort(), held: holds.map(({ tag }) => tag) };
}

test('each incident is caught by the rules that the documents name, whether it is logged or held', async (t) => {
  const rows: string[] = [];
  for (const incident of incidents) {
    const rulesSorted = [...incident.rules].sort();
    const held = await replay(hold, incident);
    assert.deepEqual(held.rules, rulesSorted, incident.name);
    // The rules are the same in both modes; what used tags is replayed in both.
    if (incident.usedTags)
      assert.deepEqual(await replay(log, incident), { rules: rulesSorted, held: [] }, incident.name);
    const count = `${held.held.length} of ${incident.tags.length}`;
    const rules = incident.rules.map((rule) => `\`${rule}\``).join(', ');
    rows.push(`| ${incident.name} | ${incident.usedTags ? 'tags' : 'its shape'} | ${rules} | ${count} |`);
  }
  for (const row of rows) t.diagnostic(row);
  const page = readFileSync(new URL('../../docs/reference/incidents.md', import.meta.url), 'utf8');
  const shown = page.split('\n').map((line) => line.replace(/ +/g, ' ').trim());
  for (const row of rows) assert.ok(shown.includes(row), `docs/reference/incidents.md lacks: ${row}`);
});

test('a held tag says so to the client, and its owner confirms or drops it, by the command too', async () => {
  const repository = 'acme/waits';
  const good = await liveUsually(hold, repository);
  const bad = release({ version: 'odd', provenance, user: 'root' });
  const worse = release({ version: 'odder', user: 'root' });
  await pushTo(hold, hold.robot, repository, makeSignature(bad), []);
  const [answer] = await pushTo(hold, hold.robot, repository, bad, ['latest']);
  assert.equal(
    answer?.headers.get('warning'),
    `299 - "tag latest of ${repository} is held and stays what it was; ` +
      `confirm with plimsoll repository confirm HOST/${repository}:latest@${bad.digest}"`,
  );
  const path = `/api/v1/repositories/${repository}/-/held`;
  await hold.robot.call('GET', path, 403);
  await hold.robot.call('POST', `${path}/latest`, 403, { decision: 'confirm', digest: bad.digest });
  const unknown = { decision: 'confirm', digest: good.digest };
  assert.equal((await hold.admin.call('POST', `${path}/latest`, 404, unknown)).code, 'registry.hold_unknown');
  await pushTo(hold, hold.robot, repository, worse, ['latest']);
  // Another push took its place: who looked at the first confirms nothing.
  await hold.admin.call('POST', `${path}/latest`, 404, { decision: 'confirm', digest: bad.digest });
  await pushTo(hold, hold.robot, repository, bad, ['latest']);

  using home = temporaryFolder();
  const { host } = hold.world;
  const command = (...argv: string[]) => runCommand(argv, { home: home.path, stdin: password });
  const login = await command('login', host, '--username', 'admin', '--password-stdin');
  assert.equal(login.exitCode, 0, login.stderr);
  const listed = await command('repository', 'held', `${host}/${repository}`);
  const shown = listed.stdout.replace(/\s+/g, ' ');
  assert.match(shown, new RegExp(`^latest: acme\\+ci \\(by token pipeline\\) pushed ${bad.digest} at 2026-`));
  assert.match(shown, /▲ suspicious: .* as 1000 and starts with .* as root \[start_changed\]/);
  const both = `${host}/${repository}@${good.digest} --to ${host}/${repository}@${bad.digest}`;
  assert.ok(shown.includes(` compare: plimsoll compare ${both} `), shown);
  assert.ok(
    shown.includes(` confirm: plimsoll repository confirm ${host}/${repository}:latest@${bad.digest} `),
  );
  assert.equal((await command('repository', 'drop', `${host}/${repository}`)).exitCode, 1);
  const dropped = await command('repository', 'drop', `${host}/${repository}:latest`, '--reason', 'not ours');
  assert.equal(
    dropped.stdout,
    `${host}/${repository}:latest stays ${good.digest}, without ${bad.digest}\n`,
    dropped.stderr,
  );
  assert.equal(await servedDigest(hold, repository, 'latest'), good.digest);
  const none = await command('repository', 'confirm', `${host}/${repository}:latest`);
  assert.equal(none.exitCode, 3, none.stderr);
  assert.equal(
    (await command('repository', 'held', `${host}/${repository}`)).stdout,
    `nothing waits in ${host}/${repository}\n`,
  );
  await pushTo(hold, hold.robot, repository, bad, ['latest']);
  const late = await command(
    'repository',
    'confirm',
    `${host}/${repository}:latest`,
    '--reason',
    'x'.repeat(501),
  );
  assert.equal(late.exitCode, 1);
  const confirmed = await command(
    'repository',
    'confirm',
    `${host}/${repository}:latest@${bad.digest}`,
    '--reason',
    'root is wanted',
  );
  assert.equal(confirmed.stdout, `${host}/${repository}:latest is now ${bad.digest}\n`, confirmed.stderr);
  assert.equal(await servedDigest(hold, repository, 'latest'), bad.digest);
  const [move] = (await readMoves(hold, repository, 'latest')).moves;
  assert.deepEqual([move?.by, move?.via, move?.reason], ['admin', 'confirmed', 'pushed by acme+ci']);
  const audit = hold.world.rows(
    "SELECT action, who, detail_json FROM audit WHERE target = ? AND action LIKE 'tag.%' AND action <> 'tag.move'",
    repository,
  );
  assert.deepEqual(
    audit.map(({ action, who, detail_json }) => [action, who, JSON.parse(String(detail_json)).reason]),
    [
      ['tag.hold', 'acme+ci', undefined],
      ['tag.hold', 'acme+ci', undefined],
      ['tag.hold', 'acme+ci', undefined],
      ['tag.drop', 'admin', 'not ours'],
      ['tag.hold', 'acme+ci', undefined],
      ['tag.confirm', 'admin', 'root is wanted'],
    ],
  );
  // Who may push may not answer, by the command either.
  await pushTo(hold, hold.robot, repository, worse, ['latest']);
  using other = temporaryFolder();
  const asRobot = { home: other.path, stdin: hold.robotSecret };
  const robotLogin = ['login', host, '--username', 'acme+ci', '--password-stdin'];
  assert.equal((await runCommand(robotLogin, asRobot)).exitCode, 0);
  const refused = await runCommand(['repository', 'confirm', `${host}/${repository}:latest`], asRobot);
  assert.equal(refused.exitCode, 3, refused.stderr);
  assert.match(refused.stderr, /acme\+ci may not change the settings of acme\/waits/);
});

test('a signature that comes after the push lets it through, and takes the word back where it was logged', async () => {
  for (const stage of [hold, log]) {
    const repository = 'acme/signs-late';
    await liveUsually(stage, repository);
    clock.time += HOUR_MS;
    const next = release({ version: 'next', provenance });
    await pushTo(stage, stage.robot, repository, next, ['v1.0.3', 'latest']);
    const raised = async () => (await readMoves(stage, repository, 'v1.0.3')).moves[0]?.judgement?.suspicions;
    assert.deepEqual(
      (await raised())?.map(({ rule }) => rule),
      ['unsigned'],
    );
    assert.equal((await servedDigest(stage, repository, 'latest')) === next.digest, stage === log);
    await pushTo(stage, stage.robot, repository, makeSignature(next), []);
    await until(async () => {
      const isServed = (await servedDigest(stage, repository, 'latest')) === next.digest;
      return isServed && (await raised())?.length === 0 ? true : undefined;
    }, 'the second judgement');
    const [move] = (await readMoves(stage, repository, 'latest')).moves;
    assert.equal(move?.via, stage === hold ? 'released' : 'push');
  }
});

test('history says what was suspicious of a move, and what could not be judged', async () => {
  const repository = 'acme/history';
  await liveUsually(log, repository);
  await pushTo(log, log.stranger, repository, release({ version: 'x' }), ['latest']);
  using home = temporaryFolder();
  const command = (...argv: string[]) => runCommand(argv, { home: home.path });
  const { stdout, stderr } = await command('history', `${log.world.host}/${repository}:latest`, '-f', 'json');
  const [move] = JSON.parse(stdout).moves;
  assert.deepEqual(
    move.suspicions.map(({ rule }: { rule: string }) => rule),
    ['unsigned', 'provenance_lost', 'new_credential'],
    stderr,
  );
  assert.ok(move.unknowns.some(({ where }: { where: string }) => where === 'builder_changed'));
  const text = (await command('history', `${log.world.host}/${repository}:latest`)).stdout.replace(
    /\s+/g,
    ' ',
  );
  assert.match(
    text,
    /▲ suspicious: the image before is signed, and this one is not, or not yet \[unsigned\]/,
  );
  assert.match(text, /◌ not judged: its provenance does not say the builder \[builder_changed\]/);
});
