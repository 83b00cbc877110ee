// The report over rows: what holds is told with its owner and its age, what is past is not, and what cannot be read is
// an unknown line of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../kit/clock.ts';
import { tokenKey } from '../hub/tokens.ts';
import { createKeyReports, type KeySource } from './key-report.ts';
import { createRotation } from './rotation.ts';
import { openTrustWorld, START, type TrustWorld } from './trust-world.fixture.ts';

const DAY = 24 * 60 * 60 * 1000;
const ages = { signingMs: 365 * DAY, rootMs: 3_650 * DAY, tokenMs: 365 * DAY };

function reportsOf({ database, clock }: TrustWorld, ...sources: KeySource[]) {
  return createKeyReports({ database, clock, ages, sources });
}

async function statesOf(world: TrustWorld, ...sources: KeySource[]): Promise<Record<string, string>> {
  const { keys } = await reportsOf(world, ...sources).read();
  return Object.fromEntries(keys.map(({ purpose, name, state }) => [`${purpose} ${name}`, state]));
}

test('key report: a source that cannot be read is unknown, and the rest is told', async (t) => {
  const world = await openTrustWorld(t);
  const broken = { name: 'a token’s module', read: () => Promise.reject(new Error('it does not answer')) };
  const { keys, counts } = await reportsOf(world, broken).read();
  assert.equal(keys.length, 6);
  assert.deepEqual(counts, { overdue: 0, due: 0, unknown: 1, fine: 5 });
  assert.match(keys[0]?.why ?? '', /it does not answer/);
});

test('key report: nothing is warned of while all is young', async (t) => {
  const world = await openTrustWorld(t);
  const reports = reportsOf(world);
  assert.equal(await reports.warn(), undefined);
  world.clock.set(START + 350 * DAY);
  assert.match((await reports.warn()) ?? '', /0 overdue, 4 due/);
});

test('key report: keys that nobody dated are unknown, and dated by their renewal', async (t) => {
  const world = await openTrustWorld(t);
  const { query } = world.database;
  const row = { name: tokenKey.name, generation: 1, secret: 'A'.repeat(43) };
  await query
    .insertInto('kept_key')
    .values({ ...row, made_at: null, accepted_until: null })
    .execute();
  await query
    .insertInto('kept_key')
    .values({ ...row, name: 'tag_log_key', made_at: null, accepted_until: null })
    .execute();
  const before = await statesOf(world);
  assert.equal(before['bearer-token generation 1'], 'unknown');
  assert.equal(before['tag-log tag_log_key'], 'unknown');
  const rotation = createRotation({
    ...world,
    random: systemRandom,
    origin: 'a.example.org',
    overlapMs: 0,
    pinnedOverlapMs: DAY,
  });
  await rotation.start({ account: 'admin', via: 'password' }, ['bearer-token', 'stamping', 'tag-log']);
  const after = await statesOf(world);
  assert.equal(after['bearer-token generation 2'], 'fine');
  assert.equal(after['tag-log tag_log_key'], 'fine');
  assert.equal(after['bearer-token generation 1'], undefined, 'the former one is past');
  assert.ok(Object.keys(after).some((name) => name.startsWith('stamping-request ')));
});

test('key report: tokens with their owners, without those that are revoked, over, or docker’s own', async (t) => {
  const world = await openTrustWorld(t);
  const { query } = world.database;
  const account = {
    id: 'a',
    name: 'dora',
    password_hash: 'x',
    is_admin: 0,
    created_at: START,
    disabled_at: null,
  };
  await query.insertInto('account').values(account).execute();
  await query
    .insertInto('robot')
    .values({ id: 'r', namespace: 'acme', name: 'ci', created_at: START })
    .execute();
  const token = {
    permissions_json: null,
    parent_id: null,
    created_at: START - 300 * DAY,
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
  };
  const rows = [
    { name: 'old', kind: 'personal', owner_id: 'a', created_at: START - 400 * DAY },
    { name: 'young', kind: 'personal', owner_id: 'a' },
    { name: 'pipeline', kind: 'robot', owner_id: 'r', expires_at: START + DAY },
    { name: 'revoked', kind: 'personal', owner_id: 'a', revoked_at: START - DAY },
    { name: 'over', kind: 'personal', owner_id: 'a', expires_at: START - DAY },
    { name: 'docker', kind: 'refresh', owner_id: 'a' },
  ].map((row, at) => ({ ...token, id: String(at), secret_hash: String(at), ...row }));
  await query.insertInto('access_token').values(rows).execute();
  const certificate = { owner_kind: 'robot', owner_id: 'r', permissions_json: null, last_used_at: null };
  await query
    .insertInto('certificate')
    .values([
      {
        ...{ ...certificate, id: '1', name: 'by file', identity_kind: 'fingerprint', identity: 'a' },
        ...{ created_at: START - 100 * DAY, expires_at: START + DAY },
      },
      {
        ...{ ...certificate, id: '2', name: 'by name', identity_kind: 'uri', identity: 'b' },
        ...{ created_at: START, expires_at: null },
      },
    ])
    .execute();
  const states = Object.entries(await statesOf(world)).filter(([name]) => /token|client/.test(name));
  assert.deepEqual(Object.fromEntries(states), {
    'access-token dora: old': 'overdue',
    'access-token dora: young': 'fine',
    'robot-token acme+ci: pipeline': 'due',
    'client-certificate acme+ci: by file': 'due',
    'client-certificate acme+ci: by name': 'unknown',
  });
});
