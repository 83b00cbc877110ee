// The predicate member by member as slsa.dev has it, and revocations there and back, whatever they are handed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { JsonObject } from '../../kit/json.ts';
import { formatRevocationPredicate, parseRevocationPredicate } from './revocation-predicate.ts';
import { formatVerificationSummary, type VerificationSummary } from './verification-summary.ts';

const summary: VerificationSummary = {
  verifier: { id: 'https://images.example.org', version: { plimsoll: '1.2.3' } },
  verifiedAtMs: Date.UTC(2026, 10, 21, 12),
  resourceUri: 'pkg:oci/app@sha256:00',
  policy: { uri: 'https://images.example.org/policy', digest: { sha256: 'aa' } },
  inputs: [],
  result: 'PASSED',
  details: { outcome: 'pass' },
};

test('verification summary: the members are those of the specification, and one of our own', () => {
  assert.deepEqual(formatVerificationSummary(summary), {
    verifier: summary.verifier,
    timeVerified: '2026-11-21T12:00:00.000Z',
    resourceUri: 'pkg:oci/app@sha256:00',
    policy: summary.policy,
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
    slsaVersion: '1.1',
    plimsoll_verdict: { outcome: 'pass' },
  });
  const input = { uri: 'pkg:oci/app@sha256:11', digest: { sha256: '11' } };
  const failed = formatVerificationSummary({ ...summary, inputs: [input], result: 'FAILED' }) as JsonObject;
  assert.deepEqual(
    [failed.verificationResult, failed.verifiedLevels, failed.inputAttestations],
    ['FAILED', ['FAILED'], [input]],
  );
});

test('revocation predicate: what is written is read', () => {
  const at = new Date('2026-11-21T12:00:00Z');
  const all = [
    { action: 'revoke', kind: 'digest', value: 'sha256:00', repository: 'host/app', why: 'a key', at },
    { action: 'reinstate', kind: 'key', value: 'ab', from: new Date(0), why: 'found', at },
    { action: 'revoke', kind: 'identity', value: 'a@example.org', why: 'left', at },
  ] as const;
  for (const one of all)
    assert.deepEqual(parseRevocationPredicate(formatRevocationPredicate(one) as JsonObject), one);
});

test('revocation predicate: anything else is refused with the member that is wrong', () => {
  const good = { action: 'revoke', kind: 'key', value: 'ab', why: 'x', at: '2026-11-21T12:00:00Z' };
  for (const [more, why] of [
    [{ action: 'forget' }, /action is none of revoke, reinstate/],
    [{ kind: 'tag' }, /kind is none of digest, key, certificate, identity/],
    [{ value: '' }, /value is missing/],
    [{ why: 'x'.repeat(501) }, /why is not a text of at most 500 characters/],
    [{ at: 'yesterday' }, /at is not a time/],
    [{ from: 7 }, /from is not a text/],
  ] as const)
    assert.throws(() => parseRevocationPredicate({ ...good, ...more }), {
      code: 'sigstore.statement_invalid',
      message: why,
    });
});

test('revocation predicate: nothing makes it fail in another way', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      try {
        parseRevocationPredicate(value as JsonObject);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'sigstore.statement_invalid' }));
      }
    }),
  );
});
