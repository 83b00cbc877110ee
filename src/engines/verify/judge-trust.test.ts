import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { tagPredicateType } from './expectation.ts';
import { judgeTrust, type TrustQuestion, type TrustVerdict } from './judge-trust.ts';
import { parseTrustedKey } from './signer.ts';
import { parseTrustPolicy } from './trust-policy-file.ts';
import { createTrustWorld, identity, image, makeKeys, now, parse, pemOf } from './trust-world.fixture.ts';

const world = createTrustWorld();
const provenance = 'https://slsa.dev/provenance/v1';
const name = 'images.example.org/acme/app';

const POLICY = `
trust:
  - names: [images.example.org/acme/*]
    signers:
      - issuer: https://token.example.org
        identity-pattern: https://git\\.example\\.org/acme/app/\\.workflows/release\\.yml@refs/tags/.*
        source-repository: https://git.example.org/acme/app
      - key: ours.pub
    signatures: 1
    statements:
      - type: ${provenance}
        max-age: 90d
    tag-bound: true
    max-age: 12h
`;

function judge(bundles: readonly object[], more: Partial<TrustQuestion> = {}): TrustVerdict {
  return judgeTrust({
    policy: parseTrustPolicy(POLICY, 'trust.yaml'),
    name,
    tag: '1.0',
    artifact: { digest: image },
    bundles: bundles.map(parse),
    trustedRoots: [world.root],
    keys: [],
    now,
    ...more,
  });
}

const tagged = (tag = '1.0') =>
  world.sign({ predicateType: tagPredicateType, predicate: { name, tag, digest: image } });

function demandsOf({ demands }: TrustVerdict): readonly string[] {
  return demands.map(({ kind, check }) => `${kind} ${check.outcome}`);
}

test('trust: a root that vouches for another root’s issuer is not taken where the policy names whose word counts', () => {
  const hostile = createTrustWorld();
  const roots = [
    { ...world.root, name: 'ours' },
    { ...hostile.root, name: 'theirs' },
  ];
  const rule = (root: string) =>
    `trust:\n  - names: ['*']\n    signers: [{ issuer: 'https://token.example.org', identity: '${identity}'${root} }]\n`;
  const ask = (bundle: object, root: string) =>
    judge([bundle], { policy: parseTrustPolicy(rule(root), 'trust.yaml'), trustedRoots: roots }).outcome;
  assert.equal(ask(hostile.sign(), ''), 'passed', 'any root that is known may say so');
  assert.equal(ask(hostile.sign(), ', root: ours'), 'failed');
  assert.equal(ask(world.sign(), ', root: ours'), 'passed');
  assert.equal(ask(world.sign(), ', root: nobody'), 'failed');
});

test('trust: a name in a policy has no case, as hosts have none', () => {
  const policy = parseTrustPolicy(POLICY.replace('images.example.org', 'Images.Example.ORG'), 'trust.yaml');
  assert.notEqual(judge([], { policy }).rule, undefined);
});

test('trust: each thing that a policy demands is answered by itself', () => {
  const all = [world.sign(), world.sign({ predicateType: provenance }), tagged()];
  const verdict = judge(all);
  assert.equal(verdict.outcome, 'passed');
  assert.deepEqual(demandsOf(verdict), ['signatures passed', 'statement passed', 'tag passed']);
  assert.deepEqual(demandsOf(judge([])), ['signatures failed', 'statement failed', 'tag failed']);
  assert.deepEqual(demandsOf(judge([world.sign({ predicateType: provenance })])), [
    'signatures failed',
    'statement passed',
    'tag failed',
  ]);
  assert.deepEqual(demandsOf(judge([...all.slice(0, 2), tagged('1.1')])).at(-1), 'tag failed');
  const untagged = { ...judge(all.slice(0, 2), {}) };
  assert.equal(untagged.outcome, 'failed');
});

test('trust: who is not in the policy does not count, and it is said why', () => {
  const stranger = 'https://git.example.org/acme/app/.workflows/other.yml@refs/tags/v1';
  const verdict = judge([world.sign({ uris: [stranger] })]);
  const [signatures] = verdict.demands;
  assert.equal(signatures?.check.outcome, 'failed');
  assert.ok(
    signatures?.tried[0]?.checks.some(
      ({ code, sentence }) => code === 'identity' && sentence.includes(stranger),
    ),
  );
});

test('trust: of the policy’s keys only the one that is named counts, and an old signature is refused by its age', () => {
  const keys = makeKeys();
  const json = world.sign({ plainKey: keys, isStamped: true, at: new Date(now.getTime() - 60_000) });
  const key = parseTrustedKey(pemOf(keys), 'ours.pub');
  assert.equal(demandsOf(judge([json], { keys: [key] }))[0], 'signatures passed');
  assert.equal(demandsOf(judge([json], { keys: [{ ...key, name: 'theirs.pub' }] }))[0], 'signatures failed');
  const old = world.sign({ at: new Date(now.getTime() - 13 * 3_600_000) });
  assert.equal(demandsOf(judge([old]))[0], 'signatures failed');
});

test('trust: a name that no rule is for is unknown, and never passed', () => {
  const verdict = judge([world.sign()], { name: 'images.example.org/other/app' });
  assert.equal(verdict.outcome, 'unknown');
  assert.match(verdict.sentence ?? '', /trust\.yaml says nothing about images\.example\.org\/other\/app/);
});

test('trust: two signers are two people, not two bundles', () => {
  const policy = parseTrustPolicy(POLICY.replace('signatures: 1', 'signatures: 2'), 'trust.yaml');
  const keys = makeKeys();
  const key = parseTrustedKey(pemOf(keys), 'ours.pub');
  const own = world.sign();
  const count = (bundles: readonly object[]): string | undefined =>
    demandsOf(judge(bundles, { policy, keys: [key] }))[0];
  assert.equal(count([own, own, world.sign()]), 'signatures failed');
  const other = world.sign({ plainKey: keys, isStamped: true });
  assert.equal(count([own, other]), 'signatures passed');
});

test('trust: every problem of a policy file is said with its line and column', () => {
  const says = (source: string): string => {
    try {
      parseTrustPolicy(source, 'trust.yaml');
    } catch (error) {
      assert.ok(isPlimsollError(error, { code: 'verify.policy_invalid' }), String(error));
      return error.message;
    }
    return '';
  };
  const wrong = `trust:
  - names: [images.example.org/*]
    signers:
      - issuer: https://token.example.org
        identiy: x
      - key: ours.pub
        issuer: x
      - issuer: a
        identity: b
        identity-pattern: "("
    signatures: many
    max-age: 3 weeks
`;
  const lines = says(wrong).split('\n');
  for (const [at, words] of [
    ['trust.yaml:5:9', /takes no key "identiy"/],
    ['trust.yaml:7:9', /takes no key "issuer"/],
    ['trust.yaml:10:27', /must be a regular expression of RE2/],
    ['trust.yaml:11:17', /signatures is "many"/],
    ['trust.yaml:12:14', /must be hours or days, as 12h or 90d/],
  ] as const)
    assert.ok(
      lines.some((line) => line.startsWith(`${at}: `) && words.test(line)),
      `${at} ${words}\n${lines.join('\n')}`,
    );
  assert.match(says('trust: []'), /trust is empty/);
  assert.match(
    says('trust:\n  - names: [a]\n    signers: [{key: k}]\n    signatures: 0\n'),
    /asks for nothing/,
  );
  assert.match(says('trust:\n  - names: [a]\n    signers: [{issuer: k}]\n'), /one of them is missing/);
  const twice = 'trust:\n  - names: [a]\n    signers: [{issuer: a, identity: b, identity-pattern: b}]\n';
  assert.match(says(twice), /identity is said twice/);
  assert.match(says('x'.repeat(limits.policyFileBytes + 1)), /more than/);
});

test('trust: a policy says what it was written to say', () => {
  const { rules } = parseTrustPolicy(POLICY, 'trust.yaml');
  assert.equal(rules[0]?.maxAgeMs, 12 * 3_600_000);
  assert.deepEqual(rules[0]?.statements, [{ predicateType: provenance, maxAgeMs: 90 * 24 * 3_600_000 }]);
  assert.deepEqual(rules[0]?.signers[1], { kind: 'key', key: 'ours.pub' });
  const [signer] = rules[0]?.signers ?? [];
  assert.ok(
    signer?.kind === 'identity' && signer.identity?.kind === 'pattern' && signer.issuer?.kind === 'exact',
  );
  assert.ok(identity.startsWith('https://git.example.org/acme/app/.workflows/release.yml'));
});

test('trust: any text is a policy or a coded refusal', () => {
  const words = fc.constantFrom(
    'trust:',
    '\n',
    '  - ',
    'names: [a]',
    'signers:',
    'key: k',
    '{',
    '}',
    '[',
    ']',
    '*a',
    '&a',
    ': ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join('')),
      ),
      (source) => {
        try {
          parseTrustPolicy(source, 'trust.yaml');
        } catch (error) {
          assert.ok(isPlimsollError(error, { code: 'verify.policy_invalid' }), String(error));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('trust: the policy in the guide is one', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/trust-policy.md'), 'utf8');
  const [, source = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
  const { rules } = parseTrustPolicy(source, 'trust.yaml');
  assert.equal(rules[0]?.signers.length, 2);
  assert.equal(rules[0]?.isTagBound, true);
});
