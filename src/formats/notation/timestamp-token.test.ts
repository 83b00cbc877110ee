import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { authorityExtensions, issue, leafExtensions, timestampExtensions } from './certificate.fixture.ts';
import { notationErrors } from './errors.ts';
import { stamp, type TokenRequest } from './timestamp-token.fixture.ts';
import { verifyTimestamp } from './timestamp-token.ts';

const root = issue({ subject: 'C=DE,O=Time,CN=Root', extensions: authorityExtensions });
const middle = issue({ subject: 'C=DE,O=Time,CN=Middle', issuer: root, extensions: authorityExtensions });
const authority = issue({ subject: 'C=DE,O=Time,CN=Stamp', issuer: middle, extensions: timestampExtensions });
const stamped = Buffer.from('a signature');
const at = '2026-03-04T05:06:07Z';
const request: TokenRequest = { authority, others: [root, middle], stamped, at };
const roots = [root.certificate];

function refused(token: Uint8Array, why: RegExp, trusted = roots): void {
  assert.throws(
    () => verifyTimestamp(token, stamped, trusted),
    (error) =>
      isPlimsollError(error, { code: notationErrors.timestamp_invalid.code }) && why.test(error.message),
  );
}

test('timestamp: a token proves its time, less and more its accuracy, to who trusts its root', () => {
  const { earliestMs, latestMs, chain } = verifyTimestamp(
    stamp({ ...request, accuracySeconds: 3 }),
    stamped,
    roots,
  );
  assert.deepEqual([latestMs - Date.parse(at), Date.parse(at) - earliestMs], [3000, 3000]);
  assert.deepEqual(
    chain.map(({ fingerprint }) => fingerprint),
    [authority, middle, root].map(({ certificate }) => certificate.fingerprint),
  );
});

test('timestamp: without an accuracy there is none, but for the baseline policy, which has a second', () => {
  assert.equal(verifyTimestamp(stamp(request), stamped, roots).latestMs, Date.parse(at));
  const baseline = stamp({ ...request, policy: '0.4.0.2023.1.1' });
  assert.equal(verifyTimestamp(baseline, stamped, roots).latestMs, Date.parse(at) + 1000);
  refused(stamp({ ...request, accuracySeconds: 86_401 }), /accuracy is none/);
  refused(stamp({ ...request, accuracySeconds: -1 }), /accuracy is none/);
  refused(new Uint8Array(limits.timestampTokenBytes + 1), /too long/);
});

test('timestamp: one of something else, with other attributes or another certificate’s name is refused', () => {
  refused(stamp({ ...request, stamped: Buffer.from('another') }), /given for something else/);
  refused(stamp({ ...request, digestOf: Buffer.from('x') }), /attributes are of another time/);
  refused(stamp({ ...request, bound: root }), /do not name the certificate/);
});

test('timestamp: a chain to another root, or of a certificate for something else, is refused', () => {
  const stranger = issue({ subject: 'C=DE,O=Time,CN=Root', extensions: authorityExtensions });
  refused(stamp(request), /leads to none of the trusted/, [stranger.certificate]);
  refused(stamp({ ...request, others: [] }), /leads to none of the trusted/);
  const signer = issue({ subject: 'C=DE,O=Time,CN=Code', issuer: root, extensions: leafExtensions });
  refused(stamp({ ...request, authority: signer }), /critical extended key usage timeStamping/);
  refused(stamp({ ...request, at: '2040-01-01T00:00:00Z' }), /expired at/);
});

test('timestamp: no changed byte passes, and any bytes are read or refused with the code', () => {
  const token = stamp(request);
  fc.assert(
    fc.property(fc.nat(token.byteLength - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
      const changed = Buffer.from(token);
      changed[position] = (changed[position] ?? 0) ^ flip;
      try {
        // What stands beside the signed parts may be spelt otherwise; the time may not.
        assert.equal(verifyTimestamp(changed, stamped, roots).latestMs, Date.parse(at));
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: notationErrors.timestamp_invalid.code }), String(error));
      }
    }),
    { numRuns: 100 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refused(bytes, /./)));
});
