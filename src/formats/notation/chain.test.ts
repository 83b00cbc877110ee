import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import {
  authorityExtensions,
  basicConstraints,
  type CertificateRequest,
  extendedKeyUsage,
  issue,
  issueChain,
  keyUsage,
  nowMs,
  ocspAddress,
} from './certificate.fixture.ts';
import { type Certificate, parseCertificate, parseCertificates } from './certificate.ts';
import { checkChain, checkValidAt } from './chain.ts';
import { notationErrors } from './errors.ts';

const { chain_invalid, certificate_invalid, algorithm_unsupported } = notationErrors;
const root = issue({ subject: 'C=DE,ST=Hamburg,O=Example,CN=Root', extensions: authorityExtensions });
const subject = 'C=DE,ST=Hamburg,O=Example,CN=Signer';
const leaf = issue({ subject, issuer: root });

function refused(chain: readonly Certificate[], why: RegExp, code = chain_invalid.code): void {
  assert.throws(
    () => checkChain(chain, 'codesigning'),
    (error) => isPlimsollError(error, { code }) && why.test(error.message),
  );
}

function withLeaf(extra: Partial<CertificateRequest>): readonly Certificate[] {
  return [issue({ subject, issuer: root, ...extra }).certificate, root.certificate];
}

function withRoot(extra: Partial<CertificateRequest>): readonly Certificate[] {
  const own = issue({ subject: 'C=DE,O=Own', extensions: authorityExtensions, ...extra });
  return [issue({ subject, issuer: own }).certificate, own.certificate];
}

test('chain: every key of the specification, one authority, two, and a self-signed signer are in order', () => {
  // A key of 4096 bits takes seconds to make; interop has it.
  for (const algorithm of ['ES256', 'ES384', 'ES512', 'PS256', 'PS384'])
    checkChain(issueChain(algorithm).chain, 'codesigning');
  const middle = issue({ subject: 'C=DE,O=Middle', issuer: root, extensions: authorityExtensions });
  const low = issue({ subject, issuer: middle });
  checkChain(
    [low, middle, root].map(({ certificate }) => certificate),
    'codesigning',
  );
  checkChain([issue({ subject }).certificate], 'codesigning');
  checkChain(
    withLeaf({ extensions: [keyUsage([0, 1]), extendedKeyUsage(['1.3.6.1.5.5.7.3.3'])] }),
    'codesigning',
  );
});

test('chain: must be in order, whole, of one line and end with its root', () => {
  const { certificate: other } = issue({ subject: 'C=DE,O=Other', extensions: authorityExtensions });
  refused([], /no certificate/);
  refused([leaf.certificate], /no self-signed root/);
  refused([root.certificate, leaf.certificate], /no self-signed root/);
  refused([leaf.certificate, other], /not issued by the next one/);
  refused([leaf.certificate, root.certificate, root.certificate], /self-signed but does not end the chain/);
  const twin = issue({ subject: 'C=DE,ST=Hamburg,O=Example,CN=Root', extensions: authorityExtensions });
  refused([leaf.certificate, twin.certificate], /not issued by the next one/);
});

test('chain: the signer’s certificate is for signatures alone', () => {
  const cases: readonly (readonly [CertificateRequest['extensions'], RegExp])[] = [
    [[], /has no key usage/],
    [[keyUsage([0], false)], /key usage that is not critical/],
    [[keyUsage([1])], /has not the key usage digitalSignature/],
    [[keyUsage([0, 2, 8])], /keyEncipherment, decipherOnly/],
    [[keyUsage([0, 5])], /keyCertSign/],
    [[keyUsage([0]), basicConstraints(true)], /is an authority’s/],
    ...[
      '2.5.29.37.0',
      '1.3.6.1.5.5.7.3.1',
      '1.3.6.1.5.5.7.3.2',
      '1.3.6.1.5.5.7.3.4',
      '1.3.6.1.5.5.7.3.8',
    ].map((purpose) => [[keyUsage([0]), extendedKeyUsage([purpose])], /has the extended key usage/] as const),
  ];
  for (const [extensions = [], why] of cases) refused(withLeaf({ extensions }), why);
});

test('chain: an authority’s certificate says so, critically, and how deep it reaches', () => {
  refused(withRoot({ extensions: [keyUsage([5])] }), /no critical basic constraints/);
  refused(
    withRoot({ extensions: [basicConstraints(false), keyUsage([5])] }),
    /no critical basic constraints/,
  );
  refused(
    withRoot({ extensions: [basicConstraints(true, undefined, false), keyUsage([5])] }),
    /no critical basic/,
  );
  refused(withRoot({ extensions: [basicConstraints(true)] }), /has no key usage/);
  refused(
    withRoot({ extensions: [basicConstraints(true), keyUsage([0])] }),
    /without the key usage keyCertSign/,
  );
  const shallow = issue({
    subject: 'C=DE,O=Shallow',
    extensions: [basicConstraints(true, 0), keyUsage([5])],
  });
  const direct = issue({ subject, issuer: shallow });
  checkChain([direct.certificate, shallow.certificate], 'codesigning');
  const middle = issue({ subject: 'C=DE,O=Middle', issuer: shallow, extensions: authorityExtensions });
  const low = issue({ subject, issuer: middle });
  refused(
    [low, middle, shallow].map(({ certificate }) => certificate),
    /allows 0 authorities below it, and there are 1/,
  );
});

test('chain: SHA-1 and keys beside the six are refused', () => {
  refused(withLeaf({ hash: 'sha1' }), /signed with SHA-1/);
  refused(withLeaf({ algorithm: 'RSA2560' }), /rsa 2560/, algorithm_unsupported.code);
  refused(withLeaf({ algorithm: 'Ed25519' }), /ed25519/, algorithm_unsupported.code);
});

test('chain: each certificate is valid at a time, both ends included', () => {
  const { certificate } = issue({
    subject,
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2026-02-01T00:00:00Z',
  });
  for (const text of ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'])
    checkValidAt([certificate], Date.parse(text));
  const at = (text: string) => () => checkValidAt([certificate], Date.parse(text));
  assert.throws(at('2025-12-31T23:59:59Z'), /is valid from 2026-01-01/);
  assert.throws(at('2026-02-01T00:00:01Z'), /expired at 2026-02-01/);
  assert.throws(() => checkValidAt([certificate], nowMs, Date.parse('2026-03-01T00:00:00Z')), /expired/);
});

test('certificate: PEM with one or more, DER, and what is neither', () => {
  const pem = [leaf, root].map(({ certificate }) => certificate.handle.toString()).join('\nwords between\n');
  const read = parseCertificates(Buffer.from(pem), 'a file');
  assert.deepEqual(
    read.map(({ fingerprint }) => fingerprint),
    [leaf.certificate.fingerprint, root.certificate.fingerprint],
  );
  const [only] = parseCertificates(leaf.certificate.der, 'a file');
  assert.deepEqual([only?.subjectText, only?.serial], ['C=DE, ST=Hamburg, O=Example, CN=Signer', '1267']);
  assert.equal(only?.namesRevocation, false);
  assert.equal(
    issue({ subject, extensions: [keyUsage([0]), ocspAddress()] }).certificate.namesRevocation,
    true,
  );
  for (const text of [
    '',
    'hello',
    '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----',
    '-----BEGIN KEY',
  ])
    assert.throws(
      () => parseCertificates(Buffer.from(text), 'a file'),
      (error) => isPlimsollError(error, { code: certificate_invalid.code }) && /a file/.test(error.message),
    );
  const long = new Uint8Array(70_000);
  assert.throws(() => parseCertificate(long, 'it'), /it has 70000 bytes/);
});

test('certificate: two extensions of one kind are refused, since two readers would choose differently', () => {
  assert.throws(
    () => issue({ subject, extensions: [keyUsage([0]), keyUsage([0, 5])] }),
    (error) => isPlimsollError(error, { code: certificate_invalid.code }),
  );
});

test('certificate: any change of one is read or refused with the code, and never in order with its root', () => {
  const { der } = leaf.certificate;
  fc.assert(
    fc.property(fc.nat(der.byteLength - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
      const changed = Buffer.from(der);
      changed[position] = (changed[position] ?? 0) ^ flip;
      try {
        checkChain([parseCertificate(changed, 'it'), root.certificate], 'codesigning');
        assert.fail('a changed certificate is in order');
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
    { numRuns: 200 },
  );
});
