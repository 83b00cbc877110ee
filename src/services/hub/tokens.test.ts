import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { systemRandom } from '../../kit/clock.ts';
import { anonymous, type Principal } from './access.ts';
import { listKeptKeys, renewKeptKey } from './kept-keys.ts';
import { parseScopes } from './scope.ts';
import { createTokens, type Tokens, tokenKey } from './tokens.ts';

const admin: Principal = { kind: 'account', id: '1', name: 'admin', isAdmin: true };
const scopes = parseScopes('repository:a/b:pull,push');

let now = 1_700_000_000_000;
let database: Database;
let tokens: Tokens;

before(async () => {
  database = await openSqliteDatabase(':memory:');
  tokens = make(database);
});
after(() => database[Symbol.asyncDispose]());

function make(own: Database): Tokens {
  return createTokens({ database: own, clock: { now: () => now }, random: systemRandom });
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
}

test('a token says who and what, in the claims that Docker’s clients know', async () => {
  const { token, expiresInSeconds, issuedAt } = await tokens.issue(admin, scopes);
  assert.ok(expiresInSeconds >= 60);
  assert.equal(issuedAt, now);
  const claims = claimsOf(token);
  assert.deepEqual(claims.access, [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }]);
  assert.equal(claims.exp, 1_700_000_000 + expiresInSeconds);
  for (const name of ['iss', 'aud', 'nbf', 'iat', 'jti', 'sub']) assert.ok(claims[name], name);
  for (const time of ['first', 'remembered'])
    assert.deepEqual({ ...(await tokens.check(token)) }, { ...admin, scopes }, time);
});

test('a robot, a job and who came by a token are the same after the token as before', async () => {
  for (const principal of [
    { kind: 'robot', id: '2', name: 'acme+ci', via: 'token pipeline', credential: '3' },
    { kind: 'publisher', ids: ['4', '5'], name: 'oidc:job', via: 'https://issuer.example.org' },
    { ...admin, via: 'session' },
    { ...admin, via: 'token laptop', credential: '6' },
  ] as const) {
    const { token } = await tokens.issue(principal, scopes);
    assert.deepEqual({ ...(await make(database).check(token)) }, { ...principal, scopes });
  }
});

test('an anonymous token is nobody’s', async () => {
  const { token } = await tokens.issue(anonymous, []);
  assert.equal(claimsOf(token).sub, undefined);
  assert.deepEqual(await tokens.check(token), anonymous);
});

test('another process over the same database takes the token, another installation does not', async () => {
  const { token } = await tokens.issue(admin, scopes);
  assert.equal((await make(database).check(token)).kind, 'account');
  await using other = await openSqliteDatabase(':memory:');
  await assert.rejects(make(other).check(token), { code: 'hub.token_invalid' });
});

test('a token ends, whether it was seen before or not, and does not begin in the future', async () => {
  const { token, expiresInSeconds } = await tokens.issue(admin, scopes);
  await tokens.check(token);
  const start = now;
  try {
    now = start + expiresInSeconds * 1000 + 6_000;
    await assert.rejects(tokens.check(token), { code: 'hub.token_invalid' });
    await assert.rejects(make(database).check(token), { code: 'hub.token_invalid' });
    now = start - 60_000;
    await assert.rejects(make(database).check(token), { code: 'hub.token_invalid' });
  } finally {
    now = start;
  }
});

test('forged, unsigned, cut and endless tokens are refused', async () => {
  const { token } = await tokens.issue(admin, scopes);
  const [head, , signature] = token.split('.') as [string, string, string];
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), name: 'root' })).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const forged of [
    `${head}.${claims}.${signature}`,
    `${none}.${claims}.`,
    token.slice(0, -20),
    'x',
    '',
    'a'.repeat(20_000),
  ])
    await assert.rejects(tokens.check(forged), { code: 'hub.token_invalid' });
});

test('a peek knows a token that was checked, until it expires, and no other', async () => {
  const { token, expiresInSeconds } = await tokens.issue(admin, scopes);
  assert.equal(tokens.peek(token), undefined);
  await tokens.check(token);
  assert.deepEqual({ ...tokens.peek(token) }, { ...admin, scopes });
  assert.equal(tokens.peek(`${token}x`), undefined);
  const then = now;
  now += (expiresInSeconds + 6) * 1000;
  assert.equal(tokens.peek(token), undefined);
  now = then;
});

test('a renewed key signs at once, and what the former one signed is taken while it lives', async () => {
  await using own = await openSqliteDatabase(':memory:');
  // Another process of the same installation: it remembers nothing of the first one's checks.
  const [one, other] = [make(own), make(own)];
  const before = await one.issue(admin, scopes);
  await own.transaction((query) =>
    renewKeptKey(query, { clock: { now: () => now }, random: systemRandom }, tokenKey),
  );
  const after = await one.issue(admin, scopes);
  for (const { token } of [before, after]) assert.equal((await other.check(token)).kind, 'account');
  const kept = await listKeptKeys(own.query, tokenKey.name);
  assert.deepEqual(
    kept.map(({ generation, acceptedUntil }) => [generation, acceptedUntil]),
    [
      [2, undefined],
      [1, now + tokenKey.acceptedMs],
    ],
  );
  // Somebody who kept the former key makes a token that would hold: its end is the key's.
  const began = now;
  now += tokenKey.acceptedMs;
  await assert.rejects(make(own).check(before.token), { code: 'hub.token_invalid' });
  await own.transaction((query) =>
    renewKeptKey(query, { clock: { now: () => now }, random: systemRandom }, tokenKey),
  );
  assert.deepEqual(
    (await listKeptKeys(own.query, tokenKey.name)).map(({ generation }) => generation),
    [3, 2],
    'what ended is not kept',
  );
  now = began;
});
