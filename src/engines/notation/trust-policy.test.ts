import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { issue, issueChain } from '../../formats/notation/certificate.fixture.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { notationTrustErrors } from './errors.ts';
import { parseTrustPolicy, selectStatement } from './trust-policy.ts';
import { createTrustStore, trustedCertificates } from './trust-store.ts';

const statement = {
  name: 'one',
  registryScopes: ['registry.example.org/team/app', 'localhost:5000/a'],
  signatureVerification: { level: 'strict', override: { expiry: 'log', revocation: 'skip' } },
  trustStores: ['ca:one', 'tsa:time'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=wabbit-networks.io'],
};
const skip = {
  name: 'skip',
  registryScopes: ['registry.example.org/old'],
  signatureVerification: { level: 'skip' },
};
const rest = {
  name: 'rest',
  registryScopes: ['*'],
  signatureVerification: { level: 'audit', verifyTimestamp: 'afterCertExpiry' },
  trustStores: ['ca:one'],
  trustedIdentities: ['*'],
};

const parse = (...trustPolicies: readonly object[]) =>
  parseTrustPolicy(Buffer.from(JSON.stringify({ version: '1.0', trustPolicies })));

test('trust policy: the statement of a repository, or that of *, with what its level does', () => {
  const policy = parse(statement, skip, rest);
  const own = selectStatement(policy, 'registry.example.org/team/app');
  assert.deepEqual(own.level, {
    name: 'strict',
    actions: {
      integrity: 'enforce',
      authenticity: 'enforce',
      authenticTimestamp: 'enforce',
      expiry: 'log',
      revocation: 'skip',
    },
  });
  assert.deepEqual(own.stores, [
    { kind: 'ca', name: 'one' },
    { kind: 'tsa', name: 'time' },
  ]);
  const other = selectStatement(policy, 'registry.example.org/team/app2');
  assert.deepEqual([other.name, other.identities, other.verifyTimestamp], ['rest', 'any', 'afterCertExpiry']);
  assert.deepEqual(Object.values(other.level.actions), ['enforce', 'log', 'log', 'log', 'log']);
  assert.equal(selectStatement(policy, 'registry.example.org/old').level.actions.integrity, 'skip');
});

test('trust policy: a repository that no statement is for is said', () => {
  assert.throws(
    () => selectStatement(parse(statement), 'registry.example.org/other'),
    (error) =>
      isPlimsollError(error, { code: notationTrustErrors.policy_missing.code }) &&
      /the scope registry\.example\.org\/other/.test(error.message),
  );
});

test('trust policy: what is wrong is refused with its place', () => {
  const place = (own: object): object[] => [rest, { ...statement, ...own }];
  const level = (own: object): object[] => place({ signatureVerification: { level: 'strict', ...own } });
  const cases: readonly (readonly [readonly object[], string])[] = [
    [[], 'trustPolicies has no statement'],
    [place({ trustStore: [] }), 'trustPolicies[1].trustStore is not known'],
    [place({ name: '' }), 'trustPolicies[1].name is missing'],
    [place({ name: 'rest' }), 'trustPolicies[1].name has "rest" again; trustPolicies[0] has it'],
    [
      [statement, { ...statement, name: 'two' }],
      'trustPolicies[1].registryScopes has "registry.example.org/team/app"',
    ],
    [place({ registryScopes: [] }), 'trustPolicies[1].registryScopes has no scope'],
    [place({ registryScopes: 'a/b' }), 'trustPolicies[1].registryScopes is not a list of texts'],
    [place({ registryScopes: ['*', 'a/b'] }), 'trustPolicies[1].registryScopes has * beside others'],
    ...[
      'https://a.example/b',
      'a.example/b:tag',
      'a.example',
      'a.example/B',
      'a.example/*',
      '/b',
      'a/b//c',
    ].map(
      (scope) =>
        [
          place({ registryScopes: ['x/y', scope] }),
          'trustPolicies[1].registryScopes[1] is not HOST/',
        ] as const,
    ),
    [place({ signatureVerification: 'strict' }), 'trustPolicies[1].signatureVerification is not an object'],
    [level({ level: 'lax' }), 'trustPolicies[1].signatureVerification.level is not strict'],
    [level({ overide: {} }), 'trustPolicies[1].signatureVerification.overide is not known'],
    [level({ override: [] }), 'trustPolicies[1].signatureVerification.override is not an object'],
    [level({ override: { integrity: 'log' } }), 'override.integrity cannot be overridden'],
    [level({ override: { expiry: 'skip' } }), 'override.expiry is not enforce or log'],
    [level({ override: { identity: 'log' } }), 'override has "identity"'],
    [level({ level: 'skip', override: { expiry: 'log' } }), 'override cannot stand beside the level skip'],
    [level({ verifyTimestamp: 'never' }), 'verifyTimestamp is not always or afterCertExpiry'],
    [level({ level: 'skip' }), 'trustPolicies[1] skips, and names trustStores'],
    [place({ trustStores: [] }), 'trustPolicies[1] needs trustStores and trustedIdentities'],
    [place({ trustStores: ['ca'] }), 'trustPolicies[1].trustStores[0] does not begin with ca:'],
    [place({ trustStores: ['ca:a', 'root:b'] }), 'trustPolicies[1].trustStores[1] does not begin with ca:'],
    [place({ trustStores: ['ca:a/b'] }), 'trustPolicies[1].trustStores[0] names no store'],
    [place({ trustedIdentities: ['*', 'x'] }), 'trustPolicies[1].trustedIdentities has * beside others'],
    [place({ trustedIdentities: ['C=US'] }), 'trustedIdentities[0] does not begin with x509.subject:'],
    [
      place({ trustedIdentities: ['x509.subject: C=US'] }),
      'trustedIdentities[0]: the name "C=US" has no ST, O',
    ],
    [
      place({ trustedIdentities: ['x509.subject:C=US,ST=WA,O=a', 'x509.subject:C=US,ST=WA,O=a,CN=b'] }),
      'trustedIdentities[0] covers trustPolicies[1].trustedIdentities[1]',
    ],
    [[{ ...skip, registryScopes: ['*'] }], 'trustPolicies[0] skips, and that cannot be for *'],
    [['text' as never], 'trustPolicies[0] is not an object'],
  ];
  for (const [policies, why] of cases)
    assert.throws(
      () => parse(...policies),
      (error) =>
        isPlimsollError(error, { code: notationTrustErrors.policy_invalid.code }) &&
        error.message.includes(why),
      why,
    );
});

test('trust policy: another version, another member, no JSON and too much are refused', () => {
  const refuse = (bytes: Uint8Array, why: RegExp) => assert.throws(() => parseTrustPolicy(bytes), why);
  refuse(Buffer.from('{'), /not a JSON object/);
  refuse(Buffer.from('{"version":"1.1","trustPolicies":[]}'), /version is not "1\.0"/);
  refuse(Buffer.from('{"version":"1.0","policies":[]}'), /policies is not known; version, trustPolicies are/);
  refuse(Buffer.alloc(limits.trustPolicyBytes + 1), /at most 4\.2 MB/);
});

test('trust policy: any document is read or refused with a code', () => {
  const key = fc.constantFrom(
    'name',
    'registryScopes',
    'trustStores',
    'trustedIdentities',
    'signatureVerification',
  );
  const text = fc.constantFrom('*', 'a/b', 'ca:x', 'x509.subject:C=a,ST=b,O=c', 'strict', 'audit', '');
  const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.record({ level: text }), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(fc.dictionary(key, value), { maxLength: 3 }), (policies) => {
      try {
        parse(...policies);
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('trust store: authorities and self-signed certificates; in a tsa: store roots alone', () => {
  const { leaf, root } = issueChain('ES256');
  const refuse = (kind: 'ca' | 'tsa', certificates: readonly (typeof leaf)[], why: RegExp) =>
    assert.throws(
      () =>
        createTrustStore(
          kind,
          'own',
          certificates.map(({ certificate }) => certificate),
        ),
      (error) =>
        isPlimsollError(error, { code: notationTrustErrors.store_invalid.code }) && why.test(error.message),
    );
  refuse('ca', [], /ca:own has no certificate/);
  refuse('ca', [leaf], /neither an authority’s nor self-signed/);
  refuse('tsa', [leaf], /which is no root/);
  const self = issue({ subject: 'C=DE,ST=x,O=y' });
  const store = createTrustStore('ca', 'own', [root.certificate, self.certificate]);
  const { statements } = parse({ ...rest, trustStores: ['ca:own', 'ca:gone'] });
  const found = trustedCertificates(statements[0] as never, 'ca', [store]);
  assert.deepEqual([found.certificates.length, found.missing], [2, 'ca:gone']);
});
