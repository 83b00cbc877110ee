// The file of renewals: what is written is read, and whatever else comes is refused with a code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { formatRenewal, parseRenewal, type Renewal } from './renewal.ts';

const renewal: Renewal = {
  organization: 'images.example.org',
  root: Buffer.from([48, 1, 2]),
  rootReference: 'file:root-1f2e3d4c.pem',
  requests: [
    { id: '1', role: 'issuing', publicKey: Buffer.from([1]) },
    { id: '2', role: 'stamping', publicKey: Buffer.from([2]), certificate: Buffer.from([3]) },
  ],
};

test('renewal: what is written is read as it was', () => {
  assert.deepEqual(parseRenewal(formatRenewal(renewal)), renewal);
  for (const newRoot of [
    {},
    { certificate: Buffer.from([4]), reference: 'hashivault://root' },
    { certificate: Buffer.from([4]), reference: 'file:root-2.pem', endorsement: Buffer.from([5]) },
  ])
    assert.deepEqual(parseRenewal(formatRenewal({ ...renewal, newRoot })), { ...renewal, newRoot });
});

test('renewal: each member that is not as it must be is named', () => {
  const json = () => JSON.parse(Buffer.from(formatRenewal(renewal)).toString());
  const [first] = json().requests;
  for (const [change, words] of [
    [{ mediaType: 'text/plain' }, /mediaType/],
    [{ requests: [] }, /1 to 2/],
    [{ requests: [first, first] }, /twice/],
    [{ requests: [{ ...first, role: 'root' }] }, /issuing, stamping/],
    [{ requests: [{ ...first, publicKey: 'no' }] }, /publicKey/],
    [{ requests: [null] }, /object/],
    [{ root: 'AA' }, /root/],
    [{ organization: '' }, /organization/],
    [{ newRoot: [] }, /newRoot/],
    [{ newRoot: { certificate: 'no' } }, /certificate/],
    [{ newRoot: { certificate: 'AAAA' } }, /reference/],
    [{ newRoot: { certificate: 'AAAA', reference: 'x', endorsement: 1 } }, /endorsement/],
  ] as const)
    assert.throws(() => parseRenewal(Buffer.from(JSON.stringify({ ...json(), ...change }))), {
      code: 'x509.renewal_invalid',
      message: words,
    });
  assert.throws(() => parseRenewal(Buffer.alloc(limits.renewalBytes + 1)), { code: 'x509.renewal_invalid' });
});

test('renewal: no bytes make it throw without a code', () => {
  const text = Buffer.from(formatRenewal(renewal)).toString();
  const check = (bytes: Uint8Array): void => {
    try {
      parseRenewal(bytes);
    } catch (error) {
      assert.ok(isPlimsollError(error), String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), check));
  fc.assert(fc.property(fc.json(), (json) => check(Buffer.from(json))));
  fc.assert(
    fc.property(fc.nat(text.length), fc.string({ maxLength: 4 }), (at, more) =>
      check(Buffer.from(text.slice(0, at) + more + text.slice(at + 1))),
    ),
  );
});
