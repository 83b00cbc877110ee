// certs.d folders, as docker's and podman's users have them: an authority and a client certificate for one host alone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAuthority, type Pair } from '../../../test/world/authority.ts';
import { systemRandom } from '../../kit/clock.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from './fetch.ts';

const authority = createAuthority();
const people = createAuthority('people');
const server = authority.issue({ commonName: 'server', addresses: ['127.0.0.1'] });
const ada = people.issue({ commonName: 'ada' });

/** A server that says who comes; `host` is where it is, `folder` an empty one for certs.d. */
async function serve(t: TestContext, isRequired = false) {
  const listener = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: people.certificate,
      requestCert: true,
      rejectUnauthorized: isRequired,
    },
    ({ socket }, response) => {
      const peer = (socket as import('node:tls').TLSSocket).getPeerX509Certificate();
      response.end(peer?.subject ?? 'nobody');
    },
  ).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-certs-'));
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
    rmSync(folder, { recursive: true });
  });
  return { host: `127.0.0.1:${(listener.address() as AddressInfo).port}`, folder };
}

let now = 0;

function client(t: TestContext, certificateFolders: readonly string[]) {
  const http = createHttp({
    clock: { now: () => now },
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
    certificateFolders,
  });
  t.after(() => http[Symbol.asyncDispose]());
  return async (host: string): Promise<string> => {
    const { body } = await http.request({ url: `https://${host}/` });
    return Buffer.concat(await body.toArray()).toString();
  };
}

function write(folder: string, host: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, host), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, host, name), text);
}

const shown = (pair: Pair) => ({ 'client.cert': pair.certificate, 'client.key': pair.key });

const isCode = (code: string, about: RegExp) => (error: PlimsollError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, about);
  return true;
};

/** By an alert, or by cutting the connection: which of them comes first is the kernel's. */
const isRefusal = ({ code }: PlimsollError) =>
  code === 'net.client_certificate_refused' || code === 'net.unreachable';

test('certs.d: an authority and a client certificate, for the host that they are named for alone', async (t) => {
  const [one, other] = [await serve(t), await serve(t)];
  write(one.folder, one.host, { 'ca.crt': authority.certificate, ...shown(ada) });
  const ask = client(t, ['/nowhere', one.folder]);
  assert.equal(await ask(one.host), 'CN=ada');
  await assert.rejects(ask(other.host), isCode('net.certificate_untrusted', /127/));
  write(other.folder, other.host, { 'any.crt': authority.certificate });
  const both = client(t, [other.folder, one.folder]);
  assert.equal(await both(other.host), 'nobody');
  assert.equal(await both(one.host), 'CN=ada');
});

test('certs.d: the first folder that has the host is taken, as podman does', async (t) => {
  const { host, folder } = await serve(t);
  write(join(folder, 'a'), host, { 'ca.crt': authority.certificate });
  write(join(folder, 'b'), host, { 'ca.crt': authority.certificate, ...shown(ada) });
  assert.equal(await client(t, [join(folder, 'a'), join(folder, 'b')])(host), 'nobody');
});

test('certs.d: a renewed certificate is taken after a minute by whoever lives so long', async (t) => {
  const { host, folder } = await serve(t);
  write(folder, host, { 'ca.crt': authority.certificate, ...shown(ada) });
  const ask = client(t, [folder]);
  assert.equal(await ask(host), 'CN=ada');
  write(folder, host, shown(people.issue({ commonName: 'bob' })));
  assert.equal(await ask(host), 'CN=ada');
  now += 60_000;
  assert.equal(await ask(host), 'CN=bob');
});

test('certs.d: a server that requires a certificate is reached with the right one alone', async (t) => {
  const { host, folder } = await serve(t, true);
  write(folder, host, { 'ca.crt': authority.certificate });
  await assert.rejects(client(t, [folder])(host), isRefusal);
  write(folder, host, shown(createAuthority().issue({ commonName: 'ada' })));
  await assert.rejects(client(t, [folder])(host), isRefusal);
  write(folder, host, shown(ada));
  assert.equal(await client(t, [folder])(host), 'CN=ada');
});

test('certs.d: files that cannot be used are said with their path', async (t) => {
  const { host, folder } = await serve(t);
  for (const [at, files, about] of [
    ['a', { 'client.cert': ada.certificate }, /client\.cert has no client\.key beside it$/],
    ['b', { 'client.key': ada.key }, /client\.key has no certificate beside it/],
    ['c', { ...shown(ada), 'client.key': people.key }, /client\.key is not the key of .*client\.cert$/],
    ['d', { 'client.cert': 'x', 'client.key': ada.key }, /cannot be used: it must be a PEM certificate/],
    ['e', { 'ca.crt': 'x' }, /ca\.crt holds no PEM certificate$/],
    ['f', { 'ca.crt': 'x'.repeat(2 * 1024 * 1024 + 1) }, /ca\.crt cannot be read: it is too large/],
  ] as const) {
    write(join(folder, at), host, files);
    await assert.rejects(client(t, [join(folder, at)])(host), isCode('net.host_certificate_unusable', about));
  }
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(client(t, [join(folder, 'file')])(host), isCode('net.certificate_untrusted', /127/));
});
