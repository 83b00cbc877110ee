// The 70 vectors of sigstore-conformance (test/assets/bundle-verify), where they lie beside the repository. Each
// that must fail names the check that must refuse it, so that none passes by failing for another reason.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDigest } from '../../formats/oci/digest.ts';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { CheckCode } from './check.ts';
import { exactly } from './pattern.ts';
import { parseTrustedKey } from './signer.ts';
import { verifyBundle } from './verify-bundle.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/vectors/sigstore/bundle-verify');
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const NOW = new Date('2026-11-21T00:00:00Z');

/** What refuses each: the first check that fails, or the code of what cannot be read. */
const REFUSED: Readonly<Record<string, CheckCode | `${'sigstore' | 'x509'}.${string}`>> = {
  'bundle-empty-certificate-chain_fail': 'sigstore.bundle_invalid',
  'bundle-from-wrong-instance_fail': 'log',
  'bundle-invalid-base64-signature_fail': 'sigstore.bundle_invalid',
  'bundle-malformed-json_fail': 'sigstore.bundle_invalid',
  'bundle-negative-log-index_fail': 'sigstore.bundle_invalid',
  'bundle-unknown-version_fail': 'sigstore.bundle_unsupported',
  'bundle-with-root-cert_fail': 'chain',
  'checkpoint-bad-keyhint_fail': 'log',
  'checkpoint-wrong-roothash_fail': 'log',
  'dsse-invalid-sig_fail': 'log',
  'dsse-mismatch-envelope_fail': 'log',
  'dsse-mismatch-sig_fail': 'log',
  'inclusion-proof-corrupted-hash_fail': 'log',
  'incorrect-public-key_fail': 'log',
  'integrated-time-in-future_fail': 'chain',
  'intoto-expired-certificate_fail': 'chain',
  'intoto-log-entry-mismatch_fail': 'log',
  'intoto-missing-inclusion-proof_fail': 'sigstore.bundle_invalid',
  'intoto-set-outside-signing-cert-validity_fail': 'chain',
  'intoto-tsa-timestamp-outside-cert-validity_fail': 'chain',
  'invalid-checkpoint-signature_fail': 'log',
  'invalid-ct-key_fail': 'certificate-log',
  // Version 0.2 with a proof without its checkpoint.
  'invalid-inclusion-proof_fail': 'sigstore.bundle_invalid',
  'managed-key-no-key_fail': 'key',
  // The key of this vector is no point of its curve.
  'managed-key-wrong-key_fail': 'x509.pem_invalid',
  'message-digest-mismatch_fail': 'subject',
  'rekor2-checkpoint-missing-log-signature_fail': 'log',
  'rekor2-checkpoint-missing-origin_fail': 'log',
  'rekor2-checkpoint-missing-root-hash_fail': 'log',
  'rekor2-checkpoint-missing-size_fail': 'log',
  'rekor2-checkpoint-no-matching-signature_fail': 'log',
  'rekor2-dsse-invalid-sig_fail': 'log',
  'rekor2-dsse-mismatch-envelope_fail': 'log',
  'rekor2-dsse-mismatch-sig_fail': 'log',
  'rekor2-no-inclusion-proof_fail': 'sigstore.bundle_invalid',
  'rekor2-no-timestamp_fail': 'time',
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': 'time',
  'rekor2-timestamp-outside-tsa-cert-validity_fail': 'time',
  'rekor2-timestamp-payload-mismatch_fail': 'time',
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail': 'time',
  'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail': 'time',
  'rekor2-timestamp-with-incorrect-time_fail': 'chain',
  'set-invalid-signature_fail': 'log',
  'signature-mismatch_fail': 'log',
  'trust-root-tlog-missing-validity-start_fail': 'sigstore.root_invalid',
  'wrong-hashedrekord-artifact_fail': 'log',
  'wrong-hashedrekord-cert-and-sig_fail': 'log',
  'wrong-hashedrekord-entry_fail': 'log',
  'wrong-material_fail': 'log',
};

/** Where the first fault hides the one that the vector is named after: it must stand in the list all the same. */
const ALSO: Readonly<Record<string, CheckCode>> = {
  'dsse-invalid-sig_fail': 'signature',
  'rekor2-dsse-invalid-sig_fail': 'signature',
  'signature-mismatch_fail': 'signature',
  'wrong-material_fail': 'subject',
  'bundle-from-wrong-instance_fail': 'time',
};

function production(): TrustedRoot {
  // This vector's root is the public one with one change, which is taken back.
  const text = readFileSync(join(FOLDER, 'trust-root-tlog-validity-end-inclusive/trusted_root.json'), 'utf8');
  const root = JSON.parse(text);
  for (const { publicKey } of root.tlogs)
    if (publicKey.validFor.end === '2023-07-12T15:56:36Z') delete publicKey.validFor.end;
  return parseTrustedRoot(Buffer.from(JSON.stringify(root)));
}

function judge(name: string): { readonly failed: readonly string[]; readonly why: string } {
  const read = (file: string): Buffer | undefined => {
    const path = join(FOLDER, name, file);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  const artifact = read('artifact') ?? readFileSync(join(FOLDER, '../a.txt'));
  const key = read('key.pub');
  const certified = {
    identity: exactly(read('identity')?.toString().trim() ?? IDENTITY),
    issuer: exactly(read('issuer')?.toString().trim() ?? ISSUER),
  };
  try {
    const custom = read('trusted_root.json');
    const { checks, outcome } = verifyBundle({
      bundle: parseBundle(read('bundle.sigstore.json') as Buffer),
      artifact: { digest: parseDigest(`sha256:${hash('sha256', artifact)}`), bytes: artifact },
      trustedRoots: [custom === undefined ? production() : parseTrustedRoot(custom)],
      keys: key === undefined ? [] : [parseTrustedKey(key.toString(), 'key.pub')],
      expectations: { kind: 'any', logs: 1, ...(key === undefined ? certified : {}) },
      now: NOW,
    });
    assert.equal(
      outcome === 'passed',
      checks.every((one) => one.outcome === 'passed'),
    );
    const bad = checks.filter((one) => one.outcome !== 'passed');
    return {
      failed: bad.filter((one) => one.outcome === 'failed').map(({ code }) => code),
      why: bad.map(({ code, sentence }) => `${code}: ${sentence}`).join(' '),
    };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { failed: [error.code], why: error.message };
  }
}

const absent = existsSync(FOLDER) ? false : `${FOLDER} is not there`;

test('verify: each vector of sigstore-conformance is judged as it must be, for the right reason', {
  skip: absent,
}, () => {
  const names = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'bundle.sigstore.json')));
  assert.equal(names.length, 70);
  assert.deepEqual(
    names.filter((name) => name.endsWith('_fail')),
    Object.keys(REFUSED).sort(),
  );
  for (const name of names) {
    const { failed, why } = judge(name);
    assert.equal(failed[0], REFUSED[name], `${name}: ${why}`);
    const also = ALSO[name];
    if (also !== undefined) assert.ok(failed.includes(also), `${name} fails ${also} too: ${why}`);
  }
});
