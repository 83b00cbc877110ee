import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { parse } from 'yaml';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { packageOf } from '../advisory/advisory.fixture.ts';
import { evaluatePolicy } from './evaluate.ts';
import { evidenceOf, rated } from './evidence.fixture.ts';
import { parsePolicyFile } from './policy-file.ts';
import { createPolicySchema } from './policy-schema.ts';
import { listRuleTypes } from './rule-type.ts';

const read = (text: string) => parsePolicyFile(text, 'plimsoll.yaml').rules;

function refuses(text: string, ...lines: readonly string[]): void {
  assert.throws(
    () => read(text),
    (error: Error) => {
      assert.ok(isPlimsollError(error, { code: 'policy.file_invalid' }));
      assert.deepEqual(
        error.message.split('\n'),
        lines.map((line) => `plimsoll.yaml:${line}`),
      );
      return true;
    },
  );
}

test('policy file: rules with defaults, weights and titles; what is not enabled is left out', () => {
  assert.deepEqual(
    read(`policies:
  - name: fixable-vulnerabilities
    title: No critical CVE
    weight: 7
    config: { severities: [CRITICAL], fixable_only: false }
  - name: default-non-root-user
  - name: quality-gate
    enabled: false
  - name: no-agpl
    config:
`),
    [
      {
        rule: 'fixable-vulnerabilities',
        title: 'No critical CVE',
        weight: 7,
        config: { severities: ['critical'], fixable_only: false, package_types: [], grace_period_days: 0 },
      },
      { rule: 'non-root-user', weight: 5, config: {} },
      { rule: 'no-agpl', weight: 5, config: {} },
    ],
  );
});

test('policy file: the configuration of docker scout policy is read as it is', () => {
  const scout = {
    debug: true,
    policies: [
      {
        name: 'fixable-vulnerabilities',
        enabled: true,
        weight: 20,
        config: { severities: ['CRITICAL'], fixable_only: true, package_types: [], grace_period_days: 14 },
      },
      { name: 'high-profile-vulnerabilities', config: { cves: ['CVE-2021-44228'], ignored_cves: [] } },
      { name: 'no-stale-base-images', enabled: false },
      { name: 'copyleft-license', config: { licenses: ['AGPL-3.0-only', 'GPL-3.0-or-later'] } },
      {
        name: 'approved-base-images',
        config: { allowed_base_images: ['docker.io/library/node:*-slim'], allowed_distros: ['debian'] },
      },
      {
        name: 'supply-chain-attestations',
        config: { required_attestations: ['https://scout.docker.com/provenance/v0.1'] },
      },
    ],
  };
  assert.deepEqual(
    read(JSON.stringify(scout, undefined, 2)).map(({ rule, weight }) => [rule, weight]),
    [
      ['fixable-vulnerabilities', 20],
      ['high-profile-vulnerabilities', 20],
      ['copyleft-license', 5],
      ['approved-base-images', 15],
      ['supply-chain-attestations', 15],
    ],
  );
});

test('policy file: every mistake at once, each with line, column and what would be right', () => {
  refuses(
    `policies:
  - name: fixable-vulnerabilities
    weight: -1
    confg: {}
    config:
      severities: [hgh, CRITICAL, 3]
      grace_perod_days: 4
      grace_period_days: 1.5
      fixable_only: yes
      package_types: [UP]
  - name: fixable-vulnerability
  - name: telepathy
  - title: x
  - name: copyleft-license
    config: { licenses: [AGLP], ignored_packages: bash }
  - name: non-root-user
    config: { a: 1 }
  - name: supply-chain-attestations
    config: { required_attestations: [{ type: provenanc }, sbom] }
  - name: approved-base-images
    config: { allowed_distros: [{ id: debian, versions: [12] }], allowed_base_images: [] }
  - 3
plicies: []
`,
    '3:13: weight is -1; it must be at least 0',
    '4:5: a rule takes no key "confg" (did you mean "config"?)',
    '6:20: severities has "hgh"; it must be one of critical, high, medium, low, negligible, unknown (did you mean "high"?)',
    '6:35: severities has 3; it must be one of critical, high, medium, low, negligible, unknown',
    '7:7: fixable-vulnerabilities takes no key "grace_perod_days" (did you mean "grace_period_days"?)',
    '8:26: grace_period_days is 1.5; it must be a whole number',
    '9:21: fixable_only is "yes"; it must be true or false',
    '10:23: package_types has "UP"; it must be a package URL type, as deb or npm',
    '11:11: there is no rule "fixable-vulnerability" (did you mean "fixable-vulnerabilities"?)',
    `12:11: there is no rule "telepathy"; it must be one of ${listRuleTypes()
      .map(({ id }) => id)
      .join(', ')}`,
    '13:5: name is missing; it must be text',
    '15:26: licenses has "AGLP"; it must be a family, as AGPL, GPL, LGPL, MPL, or an SPDX licence identifier',
    '15:51: ignored_packages is "bash"; it must be a list',
    '17:15: non-root-user takes no key "a"',
    '19:39: required_attestations has a map; it must be {type: provenance, mode: max}, {type: sbom} or the address of a predicate type',
    '19:60: required_attestations has "sbom"; it must be {type: provenance, mode: max}, {type: sbom} or the address of a predicate type',
    '21:33: allowed_distros has a map; it must be ID, ID:VERSION or {id: ID, versions: [VERSION]}, as os-release spells them; quote numbers',
    '21:87: allowed_base_images is empty; it must list at least one',
    '22:5: a rule is 3; it must be a map of keys, as "name: value"',
    '23:1: the file takes no key "plicies" (did you mean "policies"?)',
  );
});

test('policy file: what is no YAML, or more of it than a policy needs, is refused with its place', () => {
  refuses('', '1:1: the file is empty; it must be a map of keys, as "name: value"');
  refuses('policies: 1', '1:11: policies is 1; it must be a list');
  refuses('policies: []', '1:11: policies is empty; it must list at least one');
  refuses(
    'policies: [{name: no-agpl, enabled: false}]',
    '1:11: no rule is enabled; list every rule that is to hold, what is not listed does not',
  );
  refuses('policies:\n\t- x', '2:1: it is not YAML: Tabs are not allowed as indentation');
  refuses('policies:\n  - name: no-agpl\n    name: no-agpl', '3:5: this key stands twice');
  refuses(
    'policies: &a [{name: no-agpl}]\ndebug: *a',
    '1:14: the anchor &a is not read; leave it out',
    '2:8: the alias *a is not read; write it out',
  );
  refuses('policies: [{name: !x no-agpl}]', '1:22: the tag !x is not read; leave it out');
  refuses('? [a]\n: b', '1:3: a key must be one word');
});

test('policy file: size and depth are bounded', () => {
  const most = `policies: [{name: no-agpl}] #${' '.repeat(limits.policyFileBytes - 29)}`;
  assert.equal(most.length, limits.policyFileBytes);
  assert.equal(read(most).length, 1);
  assert.throws(() => read(`${most} `), { message: /^plimsoll\.yaml has more than 262144 characters$/ });
  const deep = (levels: number) =>
    `debug: ${'['.repeat(levels)}${']'.repeat(levels)}\npolicies: [{name: no-agpl}]`;
  assert.equal(read(deep(limits.policyFileDepth)).length, 1);
  refuses(deep(limits.policyFileDepth + 1), '1:40: it is nested more than 32 levels deep');
  for (const bomb of ['- '.repeat(100_000), '['.repeat(200_000), '? '.repeat(50_000), '{a: '.repeat(50_000)])
    assert.throws(() => read(bomb), { code: 'policy.file_invalid' });
});

test('policy file: any text is a policy or a coded refusal with places', () => {
  const piece = fc.constantFrom(
    ...['policies', 'name', 'config', 'no-agpl', 'weight', ': ', '- ', '\n', '  ', '[', ']', '{', '}', ','],
    ...[
      '"',
      "'",
      '&a',
      '*a',
      '!t',
      '|',
      '>',
      '#',
      '? ',
      '\t',
      '%',
      '1e999',
      '__proto__',
      '<<',
      '\u0000',
      '\ud800',
    ],
  );
  const text = fc.oneof(fc.string({ unit: piece, maxLength: 40 }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(text, (one) => {
      try {
        assert.ok(read(one).length > 0);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'policy.file_invalid' }), String(error));
        for (const line of error.message.split('\n')) assert.match(line, /^plimsoll\.yaml:\d+:\d+: /);
      }
    }),
    { numRuns: 500 },
  );
});

test('policy file: any values under the right names are a policy or a coded refusal', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const [...types] = listRuleTypes();
  const entry = fc.constantFrom(...types).chain(({ id, parameters }) =>
    fc.record(
      {
        name: fc.constant(id),
        weight: value,
        config: fc.dictionary(fc.constantFrom(...parameters.map(({ name }) => name), 'x'), value),
      },
      { requiredKeys: ['name'] },
    ),
  );
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), (policies) => {
      const text = JSON.stringify({ policies });
      try {
        assert.equal(read(text).length, policies.length);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'policy.file_invalid' }), String(error));
      }
    }),
  );
});

test('schema: it takes what the reader takes, and refuses what it refuses', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  (addFormats as unknown as (one: Ajv2020) => void)(ajv);
  const isValid = ajv.compile(createPolicySchema() as object);
  const good = [
    readFileSync(CNCF, 'utf8'),
    ...listRuleTypes().map(({ id, parameters }) => {
      const config = Object.fromEntries(parameters.map(({ name, fallback }) => [name, fallback]));
      return JSON.stringify({
        debug: false,
        policies: [{ name: id, weight: 0, enabled: true, title: 'x', config }],
      });
    }),
    'policies: [{name: fixable-vulnerabilities, config: {severities: [HIGH, low]}}]',
    'policies: [{name: no-agpl, config: }]',
  ];
  for (const text of good) {
    assert.ok(isValid(parse(text)), `${text}: ${ajv.errorsText(isValid.errors)}`);
    assert.ok(read(text).length > 0);
  }
  const bad = [
    'policies: []',
    'policies: [{}]',
    'policies: [{name: telepathy}]',
    'policies: [{name: no-agpl, wieght: 1}]',
    'policies: [{name: no-agpl, weight: -1}]',
    'policies: [{name: no-agpl, config: {x: 1}}]',
    'policies: [{name: fixable-vulnerabilities, config: {severities: [hgh]}}]',
    'policies: [{name: fixable-vulnerabilities, config: {severities: []}}]',
    'policies: [{name: default-non-root-user, config: {x: 1}}]',
    'rules: []',
  ];
  for (const text of bad) {
    assert.ok(!isValid(parse(text)), text);
    assert.throws(() => read(text), { code: 'policy.file_invalid' });
  }
});

const CNCF = new URL('../../../docs/examples/cncf/plimsoll.yaml', import.meta.url);

test('the CNCF example: not root, no critical CVE with or without a fix, no AGPL 3.0', async () => {
  const policy = parsePolicyFile(readFileSync(CNCF, 'utf8'), 'plimsoll.yaml');
  const judge = async (given: Parameters<typeof evidenceOf>[0]) =>
    evaluatePolicy(await evidenceOf(given), policy).rules.map(({ title, outcome }) => [title, outcome]);
  const titles = ['Runs as a user that is not root', 'No critical CVE', 'No AGPL-3.0 package'];
  const good = await judge({ records: [rated('CVE-1', '8', 'high')] });
  assert.deepEqual(
    good,
    titles.map((title) => [title, 'pass']),
  );
  const packages = [
    packageOf('deb', 'curl', '7.0', { licenses: ['MIT'] }),
    packageOf('deb', 'db', '1', { licenses: ['AGPL-3.0-or-later'] }),
  ];
  const bad = await judge({ user: 'root', packages, records: [rated('CVE-1', undefined, 'critical')] });
  assert.deepEqual(
    bad,
    titles.map((title) => [title, 'fail']),
  );
  const older = await judge({ packages: [packageOf('deb', 'curl', '7.0', { licenses: ['AGPL-1.0-only'] })] });
  assert.deepEqual(older[2], ['No AGPL-3.0 package', 'pass']);
});
