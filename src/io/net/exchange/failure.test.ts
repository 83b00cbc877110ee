import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlimsollError } from '../../../kit/error.ts';
import { isNoSuchHost, netFailure, partFailure } from './failure.ts';

const failed = (code: string) =>
  netFailure(Object.assign(new Error('text'), { code }), 'https://x.example.org');

test('a name that has no address is told from a name server that does not answer', () => {
  assert.ok(isNoSuchHost(failed('ENOTFOUND')));
  for (const code of ['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'])
    assert.ok(!isNoSuchHost(failed(code)), code);
  assert.ok(!isNoSuchHost(new Error('of another kind')));
});

test('a server that wants a client certificate is not out of reach', () => {
  for (const alert of ['TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLSV1_ALERT_UNKNOWN_CA']) {
    const { code, message } = failed(`ERR_SSL_${alert}`) as PlimsollError;
    assert.equal(code, 'net.client_certificate_refused');
    assert.match(message, /x\.example\.org wants a client certificate, or another than it was shown/);
  }
});

test('as a part, a refused certificate is told from a server that is not the instance', () => {
  const route = {
    address: 'https://10.0.0.7:8443',
    serverId: 'spiffe://x.example.org/instance',
    certificate: '',
    key: '',
    authorities: [],
  };
  const code = (from: string): string => {
    const { code, message } = partFailure(failed(from), 'x.example.org', route) as PlimsollError;
    assert.match(message, /10\.0\.0\.7:8443/);
    return code;
  };
  assert.equal(code('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'net.part_refused');
  assert.equal(code('SELF_SIGNED_CERT_IN_CHAIN'), 'net.part_server_untrusted');
  assert.equal(code('ECONNRESET'), 'net.unreachable');
  const other = failed('ECONNREFUSED');
  assert.equal(partFailure(other, 'x.example.org', route), other);
});
