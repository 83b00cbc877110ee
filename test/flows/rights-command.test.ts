// Promise: everything about rights can be done from the command, with the login that docker uses too; the audit log is
// verified by the command itself, not by the server's word.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runCommand } from '../world/command.ts';
import { startIssuer } from '../world/issuer.ts';
import { personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

let world: ProductWorld;
const folder = temporaryFolder();
const stranger = temporaryFolder();
before(async () => {
  world = await bootProduct({ flags: [['--issuers', 'http://127.0.0.1:9']] });
  const stdin = password;
  const login = ['login', world.host, '-u', 'admin', '--password-stdin'];
  assert.equal((await runCommand(login, { home: folder.path, stdin })).exitCode, 0);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

/** What the command printed; the exit code must be this one. */
async function plimsoll(argv: readonly string[], exitCode = 0, home = folder.path, stdin = '') {
  const ended = await runCommand([...argv, '--host', world.host], { home, stdin });
  assert.equal(ended.exitCode, exitCode, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

test('an organisation with a team, a robot and roles', async () => {
  await plimsoll(['account', 'create', 'ada', '--password-stdin'], 0, folder.path, 'ada has a password\n');
  await plimsoll(['org', 'create', 'acme', '--owner', 'admin']);
  await plimsoll(['org', 'add-member', 'acme', 'ada']);
  await plimsoll(['org', 'create-team', 'acme', 'builders']);
  await plimsoll(['org', 'join-team', 'acme', 'builders', 'ada']);
  await plimsoll(['org', 'create-robot', 'acme', 'ci']);
  await plimsoll(['role', 'give', 'acme', 'team:builders', 'writer']);
  await plimsoll(['role', 'give', 'acme/app', 'robot:ci', 'writer']);
  assert.match((await plimsoll(['org', 'show', 'acme'])).stdout, /builders +ada/);
  assert.match((await plimsoll(['org', 'list'])).stdout, /acme +organisation +public/);
  assert.match((await plimsoll(['org', 'robots', 'acme'])).stdout, /acme\+ci/);
  assert.match((await plimsoll(['role', 'list', 'acme'])).stdout, /team:builders +writer/);
  assert.match((await plimsoll(['account', 'list'])).stdout, /admin +administrator/);
  assert.equal(await personIn(world, 'ada', 'ada has a password').push('acme/app'), 202);
  const made = await plimsoll(['token', 'create', 'pipeline', '--robot', 'acme+ci', '--expires', '30d']);
  assert.match(made.stdout, /^plms_[0-9A-Za-z]{38}\n$/);
  assert.ok(!made.stderr.includes('plms_'));
  assert.equal(await personIn(world, 'acme+ci', made.stdout.trim()).push('acme/app'), 202);
  await plimsoll(['role', 'take', 'acme', 'team:builders']);
  await plimsoll(['org', 'private', 'acme']);
  assert.match((await plimsoll(['org', 'list'])).stdout, /acme +organisation +private/);
});

test('a token that may little, listed and revoked', async () => {
  const made = await plimsoll(['token', 'create', 'laptop', '--allow', 'acme/*:pull', 'admin/**:pull,push']);
  assert.match(made.stderr, /shown this once/);
  const listed = await plimsoll(['token', 'list']);
  const [, id = ''] = /(\S+) +laptop +acme\/\*:pull admin\/\*\*:pull,push +never/.exec(listed.stdout) ?? [];
  assert.ok(id !== '', listed.stdout);
  await plimsoll(['token', 'revoke', id]);
  const { tokens } = JSON.parse((await plimsoll(['token', 'list', '--format', 'json'])).stdout);
  assert.ok(tokens[0].revokedAt);
  await plimsoll(['token', 'revoke', id], 3);
});

test('a publisher', async () => {
  const issuer = 'http://127.0.0.1:9';
  const added = await plimsoll([
    ...['publisher', 'add', 'acme/app', '--issuer', issuer],
    ...['--subject', 'repo:acme/*', '--claim', 'ref=refs/heads/main'],
  ]);
  const listed = await plimsoll(['publisher', 'list', 'acme/app']);
  assert.match(listed.stdout, /repo:acme\/\* +ref=refs\/heads\/main +never/);
  await plimsoll(['publisher', 'remove', 'acme/app', added.stdout.trim()]);
  assert.match((await plimsoll(['publisher', 'list', 'acme/app'])).stderr, /Nobody publishes/);
});

test('who is not logged in is refused with 3; what cannot be is said with 1', async () => {
  for (const argv of [
    ['token', 'list'],
    ['org', 'show', 'acme'],
    ['audit'],
    ['role', 'list', 'acme'],
    ['publisher', 'list', 'acme'],
    ['account', 'list'],
  ])
    assert.match((await plimsoll(argv, 3, stranger.path)).stderr, /cli\.instance_refused/);
  assert.match(
    (await plimsoll(['org', 'create', 'acme', '--owner', 'ada'], 1)).stderr,
    /cli\.instance_declined/,
  );
  assert.match((await plimsoll(['token', 'create'], 1)).stderr, /cli\.usage/);
  assert.match(
    (await plimsoll(['token', 'create', 'x', '--allow', 'nonsense'], 1)).stderr,
    /PATTERN:ACTIONS/,
  );
  assert.match((await plimsoll(['role', 'give', 'acme', 'ada', 'owner'], 1)).stderr, /account:NAME/);
  const nowhere = await runCommand(['token', 'list'], { home: folder.path });
  assert.match(nowhere.stderr, /PLIMSOLL_INSTANCE/);
});

test('the audit log, verified by the command; a row that was changed is found', async () => {
  assert.match((await plimsoll(['audit'])).stdout, /admin +password +organisation\.create +acme/);
  const { stdout } = await plimsoll(['audit', '--verify']);
  const head = stdout.trim();
  await plimsoll(['org', 'public', 'acme']);
  await plimsoll(['audit', '--verify', '--head', head]);
  await plimsoll(['audit', '--verify', '--head', head.replace(/^\d+:./, '1:0')], 2);
  world.rows(`update audit set who = 'ada' where seq = 2`);
  assert.match((await plimsoll(['audit', '--verify'], 2)).stderr, /row 2 does not follow/);
});

test('login --oidc keeps the identity token of a CI job as docker’s password', async () => {
  await using issuer = await startIssuer();
  await using own = await bootProduct({ flags: [['--issuers', issuer.url]] });
  await personIn(own, 'admin', password).call('POST', '/api/v1/repositories/acme/app/-/publishers', 201, {
    issuer: issuer.url,
    subject: 'job',
  });
  using home = temporaryFolder();
  const token = await issuer.token({ sub: 'job', aud: own.host });
  const ended = await runCommand(['login', own.host, '--oidc'], {
    home: home.path,
    env: { PLIMSOLL_ID_TOKEN: token },
  });
  assert.equal(ended.exitCode, 0, ended.stderr);
  assert.ok(!ended.stderr.includes(token));
  const self = await runCommand(['token', 'list', '--host', own.host], { home: home.path });
  assert.match(self.stderr, /oidc:job is not logged in as a person/);
  const none = await runCommand(['login', own.host, '--oidc'], { home: home.path });
  assert.match(none.stderr, /PLIMSOLL_ID_TOKEN.*\n.*cli\.nothing_to_ask/);
});

test('login --oidc asks GitHub’s runner for a token for this host', async () => {
  await using issuer = await startIssuer();
  await using own = await bootProduct({ flags: [['--issuers', issuer.url]] });
  await personIn(own, 'admin', password).call('POST', '/api/v1/repositories/acme/app/-/publishers', 201, {
    issuer: issuer.url,
    subject: 'job',
  });
  using home = temporaryFolder();
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.url}/runner?version=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret',
  };
  const ended = await runCommand(['login', own.host, '--oidc'], { home: home.path, env });
  assert.equal(ended.exitCode, 0, ended.stderr);
  assert.ok(!ended.stderr.includes('runner-secret'));
  const refused = await runCommand(['login', own.host, '--oidc'], {
    home: home.path,
    env: { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong' },
  });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /answered 401/);
});
