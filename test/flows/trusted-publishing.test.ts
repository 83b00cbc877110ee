// Promise: a CI job pushes with its identity token and no stored secret: to its repository alone, for minutes, while
// its issuer's keys rotate; and a token that is forged, for somebody else, or used before gets nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { type IssuerWorld, startIssuer } from '../world/issuer.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

const target = '/api/v1/repositories/acme/app/-/publishers';
const job = Object.freeze({
  sub: 'repo:acme/app:ref:refs/heads/main',
  repository: 'acme/app',
  repository_owner_id: '1234',
  ref: 'refs/heads/main',
});

let world: ProductWorld;
let issuer: IssuerWorld;
let admin: Person;
let skewMs = 0;
let publisherId: string;

before(async () => {
  issuer = await startIssuer();
  world = await bootProduct({
    clock: { now: () => Date.now() + skewMs },
    flags: [['--issuers', `${issuer.url},https://gitlab.com,https://token.actions.githubusercontent.com`]],
  });
  admin = personIn(world, 'admin', password);
  await admin.call('POST', '/api/v1/namespaces', 201, { name: 'acme', owner: 'admin' });
  const made = await admin.call<{ id: string }>('POST', target, 201, {
    issuer: issuer.url,
    subject: 'repo:acme/app:*',
    claims: { repository_owner_id: '1234', ref: 'refs/heads/*' },
  });
  publisherId = made.id;
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const idToken = (claims: Record<string, unknown> = {}, options = {}) =>
  issuer.token(
    { aud: world.host, ...job, ...claims },
    { issuedAt: Math.floor((Date.now() + skewMs) / 1000), ...options },
  );

async function exchange(subject_token: string, scope = 'repository:acme/app:pull,push') {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    subject_token,
    scope,
  };
  const answer = await world.send('POST', '/token/exchange', { body: new URLSearchParams(form) });
  const body = (await answer.json()) as Record<string, string> & {
    errors?: [{ detail: { code: string }; message: string }];
  };
  return {
    status: answer.status,
    body,
    code: body.errors?.[0].detail.code,
    message: body.errors?.[0].message,
  };
}

async function canPush(bearer: string | undefined, repository = 'acme/app'): Promise<number> {
  const headers = { authorization: `Bearer ${bearer}` };
  const answer = await world.send('POST', `/v2/${repository}/blobs/uploads/`, { headers });
  await answer.body?.cancel();
  return answer.status;
}

test('an identity token becomes a push token of minutes, for that repository alone', async () => {
  const { status, body } = await exchange(
    await idToken(),
    'repository:acme/app:pull,push,delete repository:acme/other:push',
  );
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(body.scope, 'repository:acme/app:pull,push', 'it may not delete, nor push elsewhere');
  assert.equal(Number(body.expires_in), 300);
  assert.equal(await canPush(body.access_token), 202);
  assert.notEqual(await canPush(body.access_token, 'acme/other'), 202);
  assert.equal(body.refresh_token, undefined);
});

test('it is taken once', async () => {
  const token = await idToken();
  assert.equal((await exchange(token)).status, 200);
  const again = await exchange(token);
  assert.deepEqual([again.status, again.code], [401, 'hub.id_token_used']);
});

test('the issuer’s keys rotate: the new one is taken at once, the old one no more', async () => {
  const before = await idToken();
  await issuer.rotate('ES256');
  skewMs += 11_000;
  const after = await idToken();
  assert.equal((await exchange(after)).status, 200, 'a key that nobody knew yet is asked for');
  const old = await exchange(before);
  assert.deepEqual([old.status, old.code], [401, 'hub.id_token_invalid']);
  await issuer.rotate('RS256');
  skewMs += 11_000;
  assert.equal((await exchange(await idToken())).status, 200);
});

test('unknown keys do not make the server ask the issuer each time', async () => {
  const asked = issuer.asked;
  const forged = await Promise.all(Array.from({ length: 20 }, () => idToken({}, { isForged: true })));
  for (const token of forged) assert.equal((await exchange(token)).code, 'hub.id_token_invalid');
  await issuer.rotate('ES256');
  for (let at = 0; at < 20; at += 1)
    assert.equal((await exchange(await idToken())).code, 'hub.id_token_invalid');
  assert.ok(issuer.asked - asked <= 1, `${issuer.asked - asked} times`);
  skewMs += 11_000;
  assert.equal((await exchange(await idToken())).status, 200);
});

test('what does not fit is refused with what was said and what would be right', async () => {
  for (const [claims, code, message] of [
    [{ aud: 'elsewhere.example.org' }, 'hub.id_token_refused', /for elsewhere\.example\.org, not 127/],
    [{ sub: 'repo:evil/app:ref:x' }, 'hub.id_token_refused', /its sub is repo:evil/],
    [{ repository_owner_id: '666' }, 'hub.id_token_refused', /repository_owner_id is 666, not 1234/],
    [{ ref: 'refs/tags/v1' }, 'hub.id_token_refused', /ref is refs\/tags\/v1, not refs\/heads\/\*/],
    [{ exp: 1_000 }, 'hub.id_token_invalid', /expired/],
    [{ sub: undefined }, 'hub.id_token_invalid', /not valid/],
  ] as const) {
    const refused = await exchange(await idToken(claims));
    assert.deepEqual([refused.status, refused.code], [401, code], JSON.stringify(claims));
    assert.match(refused.message ?? '', message);
  }
  const foreign = await exchange(await idToken({}, { issuer: 'https://issuer.example.org' }));
  assert.deepEqual([foreign.status, foreign.code], [401, 'hub.id_token_refused']);
  const unsigned = `${Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')}.${(await idToken()).split('.')[1]}.`;
  for (const none of ['', 'x', 'a.b.c', unsigned, 'x'.repeat(11_000)])
    assert.equal((await exchange(none)).code, 'hub.id_token_invalid', none.slice(0, 20));
  assert.equal((await exchange(await idToken(), '')).status, 400);
  assert.equal((await world.send('POST', '/token/exchange', { body: 'grant_type=password' })).status, 400);
});

test('as the password of `oidc` it works for clients that know nothing of it, from one address', async () => {
  const token = await idToken();
  const runner = personIn(world, 'oidc', token);
  assert.equal(await runner.push('acme/app'), 202);
  assert.equal(await runner.push('acme/app'), 202, 'a client asks for several tokens in one job');
  assert.equal((await exchange(token)).code, 'hub.id_token_used');
  const wrong = personIn(world, 'oidc', await idToken({ repository_owner_id: '666' })).authorization;
  const refused = await world.send('GET', '/token', { headers: { authorization: wrong } });
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic/);
});

test('an identity token that is seen by somebody elsewhere is worth nothing there', async () => {
  await using proxied = await bootProduct({
    flags: [
      ['--issuers', issuer.url],
      ['--proxy-trusted', 'on'],
    ],
  });
  const owner = personIn(proxied, 'admin', password);
  await owner.call('POST', '/api/v1/repositories/team/app/-/publishers', 201, {
    issuer: issuer.url,
    audience: 'here',
    subject: 'job',
  });
  const token = await issuer.token({ aud: 'here', sub: 'job' });
  const { authorization } = personIn(proxied, 'oidc', token);
  const from = async (address: string) => {
    const headers = { authorization, 'x-forwarded-for': `10.9.9.9, ${address}` };
    return (await proxied.send('GET', '/token', { headers })).status;
  };
  assert.deepEqual(
    [await from('192.0.2.1'), await from('192.0.2.1'), await from('198.51.100.1')],
    [200, 200, 401],
  );
});

test('the push is told with the job and its issuer; nothing secret is kept', async () => {
  const token = await idToken();
  const { body } = await exchange(token);
  const bearer = body.access_token as string;
  const image = debianImage(['bash 5.2-1']);
  for (const [digest, bytes] of image.blobs)
    await world.send('POST', `/v2/acme/app/blobs/uploads/?digest=${digest}`, {
      headers: { authorization: `Bearer ${bearer}` },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': image.mediaType };
  const pushed = await world.send('PUT', '/v2/acme/app/manifests/1', {
    headers,
    body: image.bytes as Uint8Array<ArrayBuffer>,
  });
  assert.equal(pushed.status, 201, await pushed.text());
  const { entries } = await admin.call<{ entries: Record<string, unknown>[] }>(
    'GET',
    '/api/v1/audit?limit=1000',
    200,
  );
  const told = entries.find(({ action }) => action === 'manifest.push');
  assert.deepEqual(
    [told?.who, told?.via, told?.target, told?.digest],
    [`oidc:${job.sub}`, issuer.url, 'acme/app', image.digest],
  );
  assert.ok(entries.some(({ action, target: what }) => action === 'publisher.login' && what === 'acme/app'));
  assert.ok(!JSON.stringify(entries).includes(token.split('.')[2] as string));
});

test('an issuer that is down or answers nonsense is said; known keys go on for a while', async () => {
  issuer.break({ status: 500, body: '' });
  skewMs += 11 * 60_000;
  assert.equal((await exchange(await idToken())).status, 200, 'the keys of ten minutes ago still hold');
  skewMs += 61 * 60_000;
  for (const body of [
    '',
    '{}',
    '[]',
    '{"issuer":"https://evil.example.org","jwks_uri":"http://evil.example.org/"}',
  ]) {
    issuer.break({ status: 200, body });
    skewMs += 11_000;
    const refused = await exchange(await idToken());
    assert.deepEqual([refused.status, refused.code], [503, 'hub.issuer_unavailable'], body);
  }
  issuer.break(undefined);
  skewMs += 11_000;
  assert.equal((await exchange(await idToken())).status, 200);
});

test('who may not change settings makes no publisher; what cannot be safe is refused', async () => {
  const wish = { issuer: issuer.url, subject: 'job' };
  await admin.call('POST', '/api/v1/accounts', 201, { name: 'eve', password: 'eve has a password' });
  await personIn(world).call('POST', target, 401, wish);
  await personIn(world, 'eve', 'eve has a password').call('POST', target, 403, wish);
  await personIn(world, 'eve', 'eve has a password').call('GET', target, 403);
  for (const bad of [
    { issuer: 'https://evil.example.org', subject: 'job' },
    { issuer: issuer.url },
    { issuer: issuer.url, subject: '*', claims: { ref: '**' } },
    { issuer: issuer.url, subject: '', claims: {} },
    { issuer: issuer.url, subject: 'job', audience: '' },
    { issuer: issuer.url, subject: 'job', claims: { 'a b': 'x' } },
    { issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:acme/app:*' },
    { issuer: 'https://gitlab.com', subject: 'job', claims: { project_id: '1*' } },
  ]) {
    const problem = await admin.call<{ code: string }>('POST', target, 400, bad);
    assert.equal(problem.code, 'hub.publisher_invalid', JSON.stringify(bad));
  }
  for (let at = 1; at < 50; at += 1)
    await admin.call('POST', '/api/v1/namespaces/acme/publishers', 201, { ...wish, subject: `job${at}` });
  await admin.call('POST', '/api/v1/namespaces/acme/publishers', 201, { ...wish, subject: 'job' });
  const { code } = await admin.call<{ code: string }>(
    'POST',
    '/api/v1/namespaces/acme/publishers',
    429,
    wish,
  );
  assert.equal(code, 'hub.publishers_too_many');
});

test('a publisher that is taken away pushes no more, with tokens that it gave either', async () => {
  const { body } = await exchange(await idToken());
  assert.equal(await canPush(body.access_token), 202);
  await admin.call('DELETE', `${target}/${publisherId}`, 200);
  assert.equal(await canPush(body.access_token), 403);
  assert.equal((await exchange(await idToken())).code, 'hub.id_token_refused');
  const missing = await admin.call<{ code: string }>('DELETE', `${target}/${publisherId}`, 404);
  assert.equal(missing.code, 'hub.publisher_missing');
});
