import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientPurpose, createWorkload, serverPurpose } from '../../../test/world/workload.ts';
import { parseAuthoritySvid, parseWorkloadSvid } from './svid.ts';

const workload = createWorkload('images.example.org');
const uri = 'spiffe://images.example.org/gate/prod';

test('spiffe: the certificate of a workload has one name, and that of an authority its trust domain', () => {
  const { der } = workload.issue({ uris: [uri], hosts: ['images.example.org'] });
  const { id, trustDomain } = parseWorkloadSvid(der);
  assert.deepEqual([id, trustDomain], [uri, 'images.example.org']);
  assert.equal(parseAuthoritySvid(workload.der).id, 'spiffe://images.example.org');
});

test('spiffe: what is no certificate of a workload is refused with the reason', () => {
  for (const [wish, about] of [
    [{ uris: [] }, /has 0 URIs/],
    [{ uris: [uri, uri] }, /has 2 URIs/],
    [{ uris: ['https://images.example.org'] }, /not a SPIFFE ID/],
    [{ uris: ['spiffe://images.example.org'] }, /whole trust domain/],
    [{ uris: [uri], isAuthority: true }, /may issue others/],
    [{ uris: [uri], isKeyUsageCritical: false }, /not critical/],
    [{ uris: [uri], purposes: [serverPurpose] }, /not for a server and a client/],
    [{ uris: [uri], purposes: [clientPurpose] }, /not for a server and a client/],
  ] as const)
    assert.throws(() => parseWorkloadSvid(workload.issue(wish).der), {
      code: 'spiffe.svid_invalid',
      message: about,
    });
  assert.throws(() => parseWorkloadSvid(workload.der), { code: 'spiffe.svid_invalid' });
  assert.throws(() => parseWorkloadSvid(Buffer.from('x')), { code: 'spiffe.svid_invalid' });
  assert.throws(() => parseAuthoritySvid(workload.issue({ uris: [uri] }).der), {
    code: 'spiffe.svid_invalid',
    message: /may not issue others/,
  });
  const below = workload.issue({ uris: [uri], isAuthority: true });
  assert.throws(() => parseAuthoritySvid(below.der), { message: /not that of a trust domain/ });
});
