// Promise: people sign in with a browser at any OpenID Connect provider; who they are is the provider's word for its own
// subject alone; and no other page, browser or attempt gets anything of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { type IssuerWorld, startIssuer } from '../world/issuer.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

let world: ProductWorld;
let issuer: IssuerWorld;
let skewMs = 0;

before(async () => {
  issuer = await startIssuer();
  world = await bootProduct({
    clock: { now: () => Date.now() + skewMs },
    flags: [
      ['--oidc-issuer', issuer.url],
      ['--oidc-client-secret', 'client-secret'],
      ['--oidc-sign-up', 'on'],
    ],
  });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

interface Browser {
  readonly cookies: Map<string, string>;
  go(address: string, more?: RequestInit): Promise<Response>;
}

/** As much of a browser as keeps cookies for the server. */
function openBrowser(): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async go(address, more = {}) {
      const url = new URL(address, world.url);
      const own = url.origin === new URL(world.url).origin;
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = {
        ...(own && cookie !== '' ? { cookie } : {}),
        ...(more.headers as Record<string, string>),
      };
      const answer = await fetch(url, { redirect: 'manual', ...more, headers });
      for (const line of answer.headers.getSetCookie()) {
        assert.match(line, /^__Host-[\w-]+=[^;]*; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$/);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (line.includes('Max-Age=0;')) cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
  };
}

/** Through the provider and back to the callback's answer. */
async function signIn(browser: Browser, returnTo = '/r/team/app'): Promise<Response> {
  const begun = await browser.go(`/api/v1/sign-in?return_to=${encodeURIComponent(returnTo)}`);
  assert.equal(begun.status, 303);
  const back = await browser.go(begun.headers.get('location') as string);
  return browser.go(back.headers.get('location') as string);
}

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { code: string }).code;
}

async function nameOf(browser: Browser): Promise<string | undefined> {
  const answer = await browser.go('/api/v1/self');
  return ((await answer.json()) as { name?: string }).name;
}

test('the first sign-in makes an account of the provider’s name, later ones find it by its subject', async () => {
  issuer.become({ sub: 'person-1', preferred_username: 'Grace' });
  const browser = openBrowser();
  const done = await signIn(browser);
  assert.deepEqual([done.status, done.headers.get('location')], [303, '/r/team/app']);
  assert.equal(await nameOf(browser), 'grace');
  issuer.become({ sub: 'person-1', preferred_username: 'another-name', email: 'admin@example.org' });
  const other = openBrowser();
  await signIn(other);
  assert.equal(await nameOf(other), 'grace');
  const token = await browser.go('/api/v1/tokens', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: '{"name":"laptop"}',
  });
  assert.equal(token.status, 201);
  const { secret } = (await token.json()) as { secret: string };
  assert.equal(await personIn(world, 'grace', secret).push('grace/app'), 202);
  assert.equal(await personIn(world, 'grace', secret).push('other/app'), 403);
});

test('nobody becomes an account that is there, or gets what is there, by its name', async () => {
  await world.push('unowned/app', '1', debianImage(['bash 5.2-1']));
  for (const name of ['admin', 'grace', 'unowned', 'plimsoll', 'oidc', 'a/b', undefined]) {
    issuer.become({ sub: `thief of ${name}`, preferred_username: name });
    const browser = openBrowser();
    const refused = await signIn(browser);
    assert.ok(refused.status === 403 || refused.status === 400, String(name));
    assert.equal(await nameOf(browser), undefined);
  }
  const told = await personIn(world, 'admin', password).call<{ entries: { action: string; who: string }[] }>(
    'GET',
    '/api/v1/audit?limit=1000',
    200,
  );
  const actions = (who: string) =>
    told.entries.filter((entry) => entry.who === who).map(({ action }) => action);
  assert.deepEqual(actions('oidc:thief of admin'), ['login.refused']);
  assert.deepEqual(actions('oidc:person-1'), ['login.session', 'login.session']);
});

test('an administrator links a subject to an account', async () => {
  const admin = personIn(world, 'admin', password);
  const path = '/api/v1/accounts/grace/identities';
  const wish = { issuer: issuer.url, subject: 'second identity' };
  await personIn(world).call('POST', path, 401, wish);
  await admin.call('POST', '/api/v1/accounts/nobody/identities', 404, wish);
  await admin.call('POST', path, 200, wish);
  issuer.become({ sub: 'second identity' });
  const browser = openBrowser();
  await signIn(browser);
  assert.equal(await nameOf(browser), 'grace');
});

test('where signing up is off, who is not linked is told so', async () => {
  await using closed = await bootProduct({
    flags: [
      ['--oidc-issuer', issuer.url],
      ['--oidc-client-secret', 'client-secret'],
    ],
  });
  issuer.become({ sub: 'stranger', preferred_username: 'stranger' });
  const begun = await closed.send('GET', '/api/v1/sign-in');
  const cookie = (begun.headers.getSetCookie()[0] as string).split(';', 1)[0] as string;
  const back = await fetch(begun.headers.get('location') as string, { redirect: 'manual' });
  const refused = await fetch(back.headers.get('location') as string, {
    redirect: 'manual',
    headers: { cookie },
  });
  assert.deepEqual([refused.status, await codeOf(refused)], [403, 'hub.sign_in_unknown']);
  await using none = await bootProduct();
  const self = async (server: ProductWorld) => personIn(server).call('GET', '/api/v1/self', 200);
  assert.deepEqual([(await self(none)).canSignIn, (await self(closed)).canSignIn], [false, true]);
  const off = await none.send('GET', '/api/v1/sign-in');
  assert.deepEqual([off.status, await codeOf(off)], [404, 'hub.sign_in_off']);
});

test('an answer belongs to the browser and the attempt that asked', async () => {
  issuer.become({ sub: 'person-1' });
  const victim = openBrowser();
  const attacker = openBrowser();
  const begun = await attacker.go('/api/v1/sign-in');
  const back = await attacker.go(begun.headers.get('location') as string);
  const callback = back.headers.get('location') as string;
  const planted = await victim.go(callback);
  assert.deepEqual(
    [planted.status, await codeOf(planted)],
    [401, 'hub.sign_in_failed'],
    'no attempt of its own',
  );
  await victim.go('/api/v1/sign-in');
  assert.equal((await victim.go(callback)).status, 401, 'nor with another');
  assert.equal(
    (await attacker.go(`${callback}&iss=https://evil.example.org`)).status,
    401,
    'nor from another issuer',
  );
  const first = await attacker.go(callback);
  assert.equal(first.status, 303);
  assert.equal((await attacker.go(callback)).status, 401, 'nor twice');
  const refused = openBrowser();
  const asked = new URL((await refused.go('/api/v1/sign-in')).headers.get('location') as string).searchParams;
  const no = await refused.go(`/api/v1/sign-in/callback?error=access_denied&state=${asked.get('state')}`);
  assert.match(await no.text(), /said no: access_denied/);
});

test('an identity token for another client, attempt or of another key is refused', async () => {
  for (const claims of [
    { aud: 'another' },
    { nonce: 'another' },
    { azp: 'another' },
    { exp: 1_000 },
    { sub: undefined },
  ]) {
    issuer.become({ sub: 'person-1', ...claims });
    const browser = openBrowser();
    const refused = await signIn(browser);
    assert.deepEqual(
      [refused.status, await codeOf(refused)],
      [401, 'hub.sign_in_failed'],
      JSON.stringify(claims),
    );
    assert.equal(await nameOf(browser), undefined);
  }
});

test('nobody is sent to another site', async () => {
  issuer.become({ sub: 'person-1' });
  for (const [asked, sent] of [
    ['//evil.example.org', '/'],
    ['https://evil.example.org', '/'],
    ['/\\evil.example.org', '/'],
    ['/r/a\r\nset-cookie: x=y', '/'],
    ['/search?q=a', '/search?q=a'],
  ] as const)
    assert.equal((await signIn(openBrowser(), asked)).headers.get('location'), sent);
});

test('a session changes something for pages of this server alone, and ends', async () => {
  issuer.become({ sub: 'person-1' });
  const browser = openBrowser();
  await signIn(browser);
  for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
    const refused = await browser.go('/api/v1/tokens', { method: 'POST', headers, body: '{"name":"x"}' });
    assert.deepEqual([refused.status, await codeOf(refused)], [403, 'hub.access_denied']);
  }
  const before = new Map(browser.cookies);
  assert.equal((await browser.go('/api/v1/sign-out', { method: 'POST' })).status, 303);
  assert.equal(browser.cookies.size, 0);
  for (const [name, value] of before) browser.cookies.set(name, value);
  assert.equal(await nameOf(browser), undefined, 'the cookie is worth nothing from then on');
  await signIn(browser);
  await personIn(world, 'admin', password).call('POST', '/api/v1/accounts/grace/disable', 200);
  assert.equal(await nameOf(browser), undefined);
  assert.equal((await signIn(openBrowser())).status, 403);
  await personIn(world, 'admin', password).call('POST', '/api/v1/accounts/grace/enable', 200);
  assert.equal(await nameOf(browser), 'grace');
  skewMs += 7 * 24 * 60 * 60 * 1000;
  assert.equal(await nameOf(browser), undefined);
});
