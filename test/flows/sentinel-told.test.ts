// Promise: an owner is told what the sentinel made of a push, by a webhook that says what they can do; and how strictly
// a repository is judged is theirs to tighten, and an administrator's to loosen.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { SentinelSetting } from '../../src/entry/http/contract-tag.ts';
import type { CreatedWebhook } from '../../src/entry/http/contract-webhook.ts';
import { runCommand } from '../world/command.ts';
import type { MadeImage } from '../world/image.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { type Receiver, startReceiver } from '../world/receiver.ts';
import { makeRelease } from '../world/release.ts';

const made = (version: string, user = '1000'): MadeImage =>
  makeRelease({ version, user, createdAt: '2026-11-20T12:00:00Z' });
const [usual, odd] = [made('1'), made('2', 'root')];

let world: ProductWorld;
let admin: Person;
let owner: Person;

before(async () => {
  world = await bootProduct({
    flags: [
      ['--webhooks-private', 'on'],
      ['--registry-sentinel', 'log'],
    ],
  });
  admin = personIn(world, 'admin', password);
  await admin.call('POST', '/api/v1/accounts', 201, { name: 'grace', password: 'a long password' });
  await admin.call('POST', '/api/v1/namespaces', 201, { name: 'acme', owner: 'grace' });
  owner = personIn(world, 'grace', 'a long password');
});
after(() => world[Symbol.asyncDispose]());

type Told = Readonly<Record<string, unknown>>;

async function listen(receiver: Receiver, repositories: string): Promise<string> {
  const events = ['push', 'delete', 'tag_suspected', 'tag_held', 'tag_confirmed', 'tag_dropped'];
  const wish = { url: receiver.url, repositories, events };
  return (await admin.call<CreatedWebhook>('POST', '/api/v1/webhooks', 201, wish)).secret;
}

/** The body of the post of this kind; the posts come in any order. */
async function heard(receiver: Receiver, event: string, nth = 0): Promise<Told> {
  return until(async () => {
    const bodies = receiver.posted.map(({ body }) => JSON.parse(body) as Told);
    return bodies.filter((body) => body.event === event)[nth];
  }, `a post of ${event}`);
}

const rulesOf = ({ suspicions }: Told) => (suspicions as { rule: string }[]).map(({ rule }) => rule);

test('a suspicious move that is allowed is told with its rules and how to take it back', async () => {
  await using receiver = await startReceiver();
  const secret = await listen(receiver, 'acme/logged');
  await world.push('acme/logged', 'latest', usual);
  await world.push('acme/logged', 'latest', odd);
  const told = await heard(receiver, 'tag_suspected');
  const { suspicions, unknowns, at, compare, ...rest } = told;
  const name = `${world.host}/acme/logged`;
  assert.deepEqual(rest, {
    event: 'tag_suspected',
    repository: 'acme/logged',
    tag: 'latest',
    from: usual.digest,
    to: odd.digest,
    actor: 'admin',
    via: 'password',
    pushedBy: 'admin',
    url: `${world.url.replace(/\/$/, '')}/r/acme/logged/-/latest`,
    actions: { undo: `plimsoll copy ${name}@${usual.digest} ${name}:latest` },
  });
  assert.deepEqual(suspicions, [
    {
      rule: 'start_changed',
      why: 'linux/amd64 started with ["/bin/app"] as 1000 and starts with ["/bin/app"] as root',
    },
  ]);
  assert.ok((unknowns as { where: string }[]).some(({ where }) => where === 'builder_changed'));
  assert.match(String(compare), /\/compare\?before=acme%2Flogged%40sha256%3A/);
  assert.ok(Date.parse(String(at)) > 0);
  const push = await heard(receiver, 'push', 1);
  assert.deepEqual([push.actor, push.via], ['admin', 'password']);
  for (const { headers, body } of receiver.posted) {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    assert.equal(headers['x-plimsoll-signature-256'], `sha256=${signature}`);
    assert.equal(headers['ce-type'], `plimsoll.${JSON.parse(body).event}`);
    assert.equal(headers['ce-subject'], 'acme/logged:latest');
  }
  const headers = { authorization: `Bearer ${await world.token('repository:acme/logged:pull,delete')}` };
  await world.send('DELETE', '/v2/acme/logged/manifests/latest', { headers });
  assert.equal((await heard(receiver, 'delete')).actor, 'admin');
});

test('a held push is told with how to answer, and so is the answer, whoever gave it', async () => {
  await using receiver = await startReceiver();
  await listen(receiver, 'acme/held');
  await world.push('acme/held', 'latest', usual);
  await owner.call('PATCH', '/api/v1/repositories/acme/held/-/sentinel', 200, { mode: 'hold' });
  await world.push('acme/held', 'latest', odd);
  const held = await heard(receiver, 'tag_held');
  assert.deepEqual(
    [held.from, held.to, held.pushedBy, rulesOf(held)],
    [usual.digest, odd.digest, 'admin', ['start_changed']],
  );
  const name = `${world.host}/acme/held:latest@${odd.digest}`;
  assert.deepEqual(held.actions, {
    confirm: `plimsoll repository confirm ${name}`,
    drop: `plimsoll repository drop ${name}`,
  });
  const path = '/api/v1/repositories/acme/held/-/held/latest';
  const wish = { decision: 'drop', digest: odd.digest, reason: 'not today' };
  await owner.call('POST', path, 200, wish);
  const dropped = await heard(receiver, 'tag_dropped');
  assert.deepEqual(
    [dropped.actor, dropped.via, dropped.pushedBy, dropped.reason, dropped.from, rulesOf(dropped)],
    ['grace', 'password', 'admin', 'not today', usual.digest, ['start_changed']],
  );
  await world.push('acme/held', 'latest', odd);
  await heard(receiver, 'tag_held', 1);
  await owner.call('POST', path, 200, { decision: 'confirm', digest: odd.digest });
  const confirmed = await heard(receiver, 'tag_confirmed');
  assert.deepEqual([confirmed.actor, confirmed.to, confirmed.reason], ['grace', odd.digest, undefined]);
  await admin.call('POST', path, 400, { ...wish, reason: 'x'.repeat(501) });
  // What is held has not moved: it is no suspicious move as well.
  assert.equal(receiver.posted.filter(({ body }) => JSON.parse(body).event === 'tag_suspected').length, 0);
});

test('who may answer is told by the repository itself, and nobody else', async () => {
  await world.push('acme/seen', 'latest', usual);
  const path = '/api/v1/repositories/acme/seen';
  assert.equal((await owner.call('GET', path, 200)).held, 0);
  await owner.call('PATCH', `${path}/-/sentinel`, 200, { mode: 'hold' });
  await world.push('acme/seen', 'latest', odd);
  assert.equal((await owner.call('GET', path, 200)).held, 1);
  assert.equal('held' in (await personIn(world).call('GET', path, 200)), false);
});

test('a repository is judged more strictly by its owner, and less by an administrator alone', async () => {
  await world.push('acme/set', 'latest', usual);
  const path = '/api/v1/repositories/acme/set/-/sentinel';
  const standard = { repository: 'acme/set', mode: 'log', server: 'log', rulesOff: [] };
  assert.deepEqual(await personIn(world).call<SentinelSetting>('GET', path, 200), standard);
  await personIn(world).call('PATCH', path, 401, { mode: 'hold' });
  assert.equal((await owner.call('PATCH', path, 403, { mode: 'off' })).code, 'registry.sentinel_weaker');
  const rulesOff = [{ rule: 'start_changed', reason: 'users change here' }];
  assert.equal((await owner.call('PATCH', path, 403, { rulesOff })).code, 'registry.sentinel_weaker');
  const none = { rulesOff: [{ rule: 'no_such', reason: 'x' }] };
  assert.equal((await admin.call('PATCH', path, 400, none)).code, 'registry.sentinel_rule_unknown');

  using home = temporaryFolder();
  const run = (as: string, secret: string) => {
    const options = { home: home.path, stdin: secret };
    return {
      login: () => runCommand(['login', world.host, '--username', as, '--password-stdin'], options),
      repository: (...argv: string[]) => runCommand(['repository', ...argv], options),
    };
  };
  const name = `${world.host}/acme/set`;
  const grace = run('grace', 'a long password');
  assert.equal((await grace.login()).exitCode, 0);
  const hold = await grace.repository('set', name, '--sentinel', 'hold');
  assert.equal(hold.stdout, 'sentinel: hold (set here; the server is set to log)\n', hold.stderr);
  await world.push('acme/set', 'latest', odd);
  const held = (await grace.repository('held', name)).stdout.replace(/\s+/g, ' ');
  assert.match(held, /▲ suspicious: [^[]+\["\/bin\/app"\] as 1000 [^▲]+ as root \[start_changed\]/);
  assert.match(held, /◌ not judged: the provenance before does not say the builder \[builder_changed\]/);
  const refused = await grace.repository('set', name, '--sentinel', 'off');
  assert.equal(refused.exitCode, 3);
  assert.match(refused.stderr, /off is weaker than log, which this server is set to/);
  for (const wrong of [[], ['--sentinel', 'maybe'], ['--sentinel-rule-off', 'start_changed']])
    assert.equal((await grace.repository('set', name, ...wrong)).exitCode, 1, wrong.join(' '));

  const root = run('admin', password);
  assert.equal((await root.login()).exitCode, 0);
  const off = ['--sentinel-rule-off', 'start_changed', '--reason', 'users change here'];
  const both = await root.repository(
    'set',
    name,
    '--immutable-tags',
    'default',
    '--sentinel',
    'default',
    ...off,
  );
  assert.match(
    both.stdout,
    /^immutable tags: #.#.#, v#.#.#\nsentinel: log \(as the server\)\n {2}start_changed is switched off by admin since 20\S+: users change here\n$/,
    both.stderr,
  );
  assert.equal((await root.repository('show', name)).stdout, both.stdout);
  await world.push('acme/set', 'edge', usual);
  await world.push('acme/set', 'edge', odd);
  const history = await runCommand(['history', `${name}:edge`], { home: home.path });
  assert.match(
    history.stdout.replace(/\s+/g, ' '),
    /◌ not judged: switched off here: users change here \[start_changed\]/,
  );
  const on = await root.repository('set', name, '--sentinel-rule-on', 'start_changed');
  assert.equal(on.stdout, 'sentinel: log (as the server)\n');
  const audit = world.rows(
    "SELECT who, detail_json FROM audit WHERE action = 'repository.sentinel' AND target = 'acme/set'",
  );
  assert.deepEqual(
    audit.map(({ who, detail_json }) => [who, JSON.parse(String(detail_json))]),
    [
      ['grace', { mode: 'hold', rulesOff: [] }],
      ['admin', { mode: null, rulesOff }],
      ['admin', { mode: null, rulesOff: [] }],
    ],
  );
});
