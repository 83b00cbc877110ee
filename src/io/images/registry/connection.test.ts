import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { PlimsollError } from '../../../kit/error.ts';
import { netErrors } from '../../net/errors.ts';
import type { Http, HttpRequest } from '../../net/http.ts';
import { findOrigin } from './connection.ts';

/** What each scheme's `/v2/` comes to: a status, or a failure. */
interface Port {
  readonly http: number | PlimsollError;
  readonly https: number | PlimsollError;
}

async function find(host: string, port: Port) {
  const asked: string[] = [];
  const request = async ({ url }: HttpRequest) => {
    const { protocol } = new URL(url);
    asked.push(protocol);
    const outcome = protocol === 'http:' ? port.http : port.https;
    if (typeof outcome !== 'number') throw outcome;
    return { status: outcome, headers: {}, body: Readable.from([]), url: new URL(url) };
  };
  const http = { request, allowsPlaintext: () => true } as unknown as Http;
  const origin = await findOrigin(host, { http }).then(
    ({ href }) => href,
    (error: PlimsollError) => error.code,
  );
  return { origin, asked };
}

const silent = netErrors.unreachable('closed the connection unanswered');
const untrusted = netErrors.certificate_untrusted('signed by nobody');

test('registries: on this machine plain http is tried first, and enough where a registry answers', async () => {
  for (const status of [200, 401])
    assert.deepEqual(await find('127.0.0.1:5000', { http: status, https: silent }), {
      origin: 'http://127.0.0.1:5000/',
      asked: ['http:'],
    });
});

test('registries: what wants TLS on this machine is spoken to by TLS, and never in the clear for a bad certificate', async () => {
  for (const http of [400, 301, silent]) {
    const asked = ['http:', 'https:'];
    assert.deepEqual(await find('localhost:5000', { http, https: 401 }), {
      origin: 'https://localhost:5000/',
      asked,
    });
    assert.deepEqual(await find('localhost:5000', { http, https: untrusted }), {
      origin: untrusted.code,
      asked,
    });
  }
});

test('registries: another host that is named as insecure is tried over https first', async () => {
  const secure = await find('registry.example', { http: 200, https: 200 });
  assert.deepEqual(secure, { origin: 'https://registry.example/', asked: ['https:'] });
  const plain = await find('registry.example', { http: 200, https: silent });
  assert.deepEqual(plain, { origin: 'http://registry.example/', asked: ['https:'] });
  const wrong = await find('registry.example', { http: 200, https: untrusted });
  assert.deepEqual(wrong, { origin: untrusted.code, asked: ['https:'] });
});
