import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { originOf, readBasic } from './guard.ts';

function requestWith(headers: Record<string, string>): IncomingMessage {
  const socket = { localAddress: '10.0.0.5', localPort: 1876, localFamily: 'IPv4' };
  return { headers, socket } as unknown as IncomingMessage;
}

test('the realm is where the client said that it is, if nothing is configured', () => {
  for (const host of ['127.0.0.1:1876', 'localhost:1876', '[::1]:1876', 'hub.example.org'])
    assert.equal(originOf(requestWith({ host }), {}), `http://${host}`);
});

test('a host that could break out of the header is not repeated', () => {
  for (const host of ['a"b', 'a b', 'a,b', 'http://x', '', 'a/b', 'u@h', `${'a'.repeat(300)}`])
    assert.equal(originOf(requestWith({ host }), {}), 'http://10.0.0.5:1876', host);
  assert.equal(originOf(requestWith({}), {}), 'http://10.0.0.5:1876');
});

test('a configured address holds; a proxy is believed only where it is trusted', () => {
  const headers = {
    host: 'inside:1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'hub.example.org, b',
  };
  assert.equal(originOf(requestWith(headers), { publicUrl: 'https://p' }), 'https://p');
  assert.equal(originOf(requestWith(headers), {}), 'http://inside:1');
  assert.equal(originOf(requestWith(headers), { isProxyTrusted: true }), 'https://hub.example.org');
});

test('Basic credentials are split at the first colon', () => {
  const encode = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.deepEqual(readBasic(encode('ada:pass:word')), { name: 'ada', password: 'pass:word' });
  assert.deepEqual(readBasic(encode('é:ü')), { name: 'é', password: 'ü' });
  for (const header of [undefined, '', 'Basic', 'Basic !', encode('nocolon'), 'Bearer abc'])
    assert.equal(readBasic(header), undefined);
});
