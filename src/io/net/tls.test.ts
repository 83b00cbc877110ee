// https: certificates are checked, and a CA file makes one's own authority known.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from './fetch.ts';
import type { Http } from './http.ts';

const deps = { clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'plimsoll/test' };

test('an unknown certificate is refused, and accepted with its authority named', async (t) => {
  const url = await serve(t);
  const strict = use(t, createHttp(deps));
  await assert.rejects(
    strict.request({ url }),
    (error: PlimsollError) => error.code === 'net.certificate_untrusted',
  );
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const authorityFile = join(folder, 'ca.pem');
  await writeFile(authorityFile, CERTIFICATE);
  const answer = await use(t, createHttp({ ...deps, authorityFile })).request({ url });
  assert.equal(Buffer.concat(await answer.body.toArray()).toString(), 'private');
});

test('https at a port that speaks plain http is unreachable, not untrusted', async (t) => {
  const server = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
  await assert.rejects(
    use(t, createHttp(deps)).request({ url }),
    (error: PlimsollError) => error.code === 'net.unreachable',
  );
});

test('a redirect from https to plain http is refused, loopback or not', async (t) => {
  const url = await serve(t, 'http://127.0.0.1:1/');
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const authorityFile = join(folder, 'ca.pem');
  await writeFile(authorityFile, CERTIFICATE);
  await assert.rejects(
    use(t, createHttp({ ...deps, authorityFile })).request({ url }),
    (error: PlimsollError) => error.code === 'net.redirect_refused',
  );
});

async function serve(t: TestContext, location?: string): Promise<string> {
  const server = https.createServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    if (location === undefined) response.end('private');
    else response.writeHead(302, { location }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

function use(t: TestContext, http: Http): Http {
  t.after(() => http[Symbol.asyncDispose]());
  return http;
}

// A self-signed pair for 127.0.0.1, made for this test alone, valid for a hundred years.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyTdslWOpRw7AZ3JJ
MtAGAxxi6nuKfLpRQE51ZqvXm5OhRANCAATfXdsT/P5yg2xR9hy3xcunq5Z89VIu
TEFqd8neV9cN7HCNEyBmcSFv7n6uMwBqiedxIasFBMhDJlVdVFNeJ+lP
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUKdZVd/xPusWF9P6vTePae4qFUDowCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcGxpbXNvbGwtdGVzdDAgFw0yNjExMjEwNzE1NTJaGA8yMTI2
MTAyODA3MTU1MlowGDEWMBQGA1UEAwwNcGxpbXNvbGwtdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABN9d2xP8/nKDbFH2HLfFy6erlnz1Ui5MQWp3yd5X1w3s
cI0TIGZxIW/ufq4zAGqJ53EhqwUEyEMmVV1UU14n6U+jZDBiMB0GA1UdDgQWBBSG
htnSN5Aikj6qyw22ySSGAUfO1DAfBgNVHSMEGDAWgBSGhtnSN5Aikj6qyw22ySSG
AUfO1DAPBgNVHRMBAf8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0E
AwIDSAAwRQIgQM57/rFgcTS3RHDlP+xC+huvFg9FmahzZTO5vSoebbYCIQCMooOE
P/ggv/GCl3VYXXQONHdWXIF8RYmgdUtL7iByOw==
-----END CERTIFICATE-----
`;
