// Real clients log in as a person with a token, as a robot, and as a CI job with its identity token, push and pull a
// private repository, and show why they may not where they may not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startIssuer } from '../world/issuer.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, runAsync, startProduct, temporaryFolder } from './world.ts';

const skip = missingTools('skopeo', 'podman', 'buildah');

test('podman, skopeo and buildah with tokens, robots and identity tokens', { skip }, async (t) => {
  using folder = temporaryFolder();
  const layout = join(folder.path, 'layout');
  makeLayout(layout, [Buffer.from('hello')]);
  await using issuer = await startIssuer();
  await using product = await startProduct(join(folder.path, 'data'), {
    env: { PLIMSOLL_ISSUERS: issuer.url, PLIMSOLL_ADVISORIES_REFRESH: 'off' },
  });
  const { host } = product;
  const image = `docker://${host}/acme/app`;

  async function call(path: string, body: unknown): Promise<Record<string, string>> {
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const answer = await fetch(`${product.url}${path}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${text}`);
    return JSON.parse(text) as Record<string, string>;
  }

  const authfile = (name: string): string => join(folder.path, `${name}.json`);
  const login = (client: 'podman' | 'skopeo' | 'buildah', name: string, user: string, secret: string) =>
    runAsync(client, [
      'login',
      '--authfile',
      authfile(name),
      '--tls-verify=false',
      '-u',
      user,
      '-p',
      secret,
      host,
    ]);
  const push = (name: string, reference: string) =>
    runAsync('skopeo', [
      ...['copy', '--authfile', authfile(name), '--dest-tls-verify=false'],
      ...[`oci:${layout}:a`, reference],
    ]);
  const pull = (name: string, reference: string) =>
    runAsync('skopeo', [
      ...['copy', '--authfile', authfile(name), '--src-tls-verify=false'],
      ...[reference, `dir:${join(folder.path, `pulled-${name}`)}`],
    ]);

  await call('/api/v1/namespaces', { name: 'acme', owner: 'admin' });
  await call('/api/v1/namespaces/acme/visibility', { isPublic: false });
  await call('/api/v1/namespaces/acme/robots', { name: 'ci' });
  await call('/api/v1/namespaces/acme/roles', { subject: { kind: 'robot', name: 'ci' }, role: 'writer' });
  const robot = await call('/api/v1/namespaces/acme/robots/ci/tokens', { name: 'pipeline' });
  const reading = await call('/api/v1/tokens', {
    name: 'reader',
    permissions: [{ repositories: 'acme/*', actions: ['pull'] }],
  });
  await call('/api/v1/repositories/acme/app/-/publishers', { issuer: issuer.url, subject: 'job:*' });

  await t.test('a robot’s name with its plus logs in by every client, and pushes', async () => {
    for (const client of ['podman', 'skopeo', 'buildah'] as const)
      await login(client, `robot-${client}`, 'acme+ci', robot.secret as string);
    await push('robot-podman', `${image}:1`);
    await pull('robot-buildah', `${image}:1`);
    await assert.rejects(
      push('robot-skopeo', `docker://${host}/other/app:1`),
      /may not push in other\/app|denied/,
    );
  });

  await t.test('a personal token for pulls alone pulls, and is told that it may not push', async () => {
    await login('podman', 'reader', 'admin', reading.secret as string);
    await pull('reader', `${image}:1`);
    await assert.rejects(push('reader', `${image}:2`), /does not allow push in acme\/app|unauthorized/);
  });

  await t.test('the identity token of a job is a password like any other', async () => {
    const token = await issuer.token({ sub: 'job:main', aud: host });
    await login('podman', 'job', 'oidc', token);
    await push('job', `${image}:3`);
    await issuer.rotate('ES256');
    await pull('job', `${image}:3`);
    await assert.rejects(push('job', `docker://${host}/acme/other:1`), /may not push in acme\/other|denied/);
    const wrong = await issuer.token({ sub: 'another', aud: host });
    await assert.rejects(
      login('podman', 'wrong', 'oidc', wrong),
      /invalid username\/password|no publisher here fits/,
    );
  });

  await t.test('podman’s engine pulls what it may, and nobody else does', async () => {
    const store = [
      '--root',
      join(folder.path, 'root'),
      '--runroot',
      join(folder.path, 'run'),
      '--storage-driver',
      'vfs',
    ];
    const reference = `${host}/acme/app:1`;
    const ask = ['pull', '-q', '--tls-verify=false', '--authfile'];
    await runAsync('podman', [...store, ...ask, authfile('reader'), reference]);
    await assert.rejects(pull('nobody', `${image}:1`), /unauthorized|authentication required|needs a login/i);
  });
});
