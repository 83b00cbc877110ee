import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock, systemRandom } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { silentLog } from '../../../kit/log.ts';
import { createHttp } from '../fetch.ts';
import { createPublicLookup } from './public-lookup.ts';

const PUBLIC = { address: '1.1.1.1', family: 4 };
const PRIVATE = { address: '10.0.0.7', family: 4 };

/** What a socket hears. */
function ask(addresses: LookupAddress[], all: boolean): Promise<unknown> {
  const lookup = createPublicLookup((_hostname, _options, callback) => callback(null, addresses));
  return new Promise((resolve, reject) => {
    lookup('hooks.example.org', { all }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
}

test('public lookup: a public name is given as the socket asks for it', async () => {
  assert.deepEqual(await ask([PUBLIC], true), [PUBLIC]);
  assert.equal(await ask([PUBLIC], false), '1.1.1.1');
});

test('public lookup: one private address among several refuses the name', async () => {
  await assert.rejects(ask([PUBLIC, PRIVATE], true), { code: 'net.address_private' });
});

test('public lookup: a name that does not resolve stays what it is', async () => {
  const lookup = createPublicLookup((_hostname, _options, callback) =>
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []),
  );
  const failed = new Promise((_, reject) => lookup('nowhere', {}, (error) => reject(error)));
  await assert.rejects(failed, { code: 'ENOTFOUND' });
});

test('public lookup: the client connects to nothing private, by address or by name', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await using http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
    isPublicOnly: true,
    insecureHosts: [`[::ffff:7f00:1]:${port}`],
  });
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])
    await assert.rejects(
      http.request({ url: `http://${host}:${port}/` }),
      (error) => isPlimsollError(error, { code: 'net.address_private' }),
      host,
    );
  assert.equal(requests, 0);
  server.close();
});
