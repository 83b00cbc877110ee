import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf } from '../advisory/advisory.fixture.ts';
import type { Package } from '../sbom/inventory.ts';
import { evaluatePolicy } from './evaluate.ts';
import { CURL, evidenceOf, rated } from './evidence.fixture.ts';
import { standardPolicy } from './policy.ts';
import { parsePolicyFile } from './policy-file.ts';
import type { Verdict } from './verdict.ts';

const VULNERABILITY = 'no-fixable-critical-or-high';

test('policy: a good image passes all rules, and the answer says so', async () => {
  const verdict = evaluatePolicy(await evidenceOf());
  assert.equal(verdict.outcome, 'pass');
  assert.equal(verdict.answer, 'Under the line: all 3 rules are met');
  assert.deepEqual(verdict.loadLine, { water: 0, band: 0, outcome: 'pass' });
  assert.deepEqual(
    verdict.rules.map(({ rule, weight }) => ({ rule, weight })),
    standardPolicy.rules.map(({ rule, weight }) => ({ rule, weight })),
  );
  assert.deepEqual(answerOf(verdict, VULNERABILITY).reasons, [
    'None among 1 of 1 packages judged by debian.',
  ]);
});

test('policy: over the line counts the rules that are not met, and those not judged', async () => {
  const packages = [CURL, packageOf('deb', 'x', '1')];
  const records = [rated('CVE-1', '8', 'critical')];
  const verdict = evaluatePolicy(await evidenceOf({ packages, records, user: 'root' }));
  assert.equal(verdict.outcome, 'fail');
  assert.equal(verdict.answer, 'Over the line: 2 of 3 rules are not met, 1 could not be judged');
  assert.ok(verdict.loadLine.water > 0.5 && verdict.loadLine.band > verdict.loadLine.water);
  const one = evaluatePolicy(await evidenceOf({ user: '' }));
  assert.equal(one.answer, 'Over the line: 1 of 3 rules is not met');
});

test('policy: what is not judged is unknown, never a pass', async () => {
  const verdict = evaluatePolicy(await evidenceOf({ packages: [CURL, packageOf('npm', 'x', '1')] }));
  assert.equal(verdict.outcome, 'unknown');
  assert.equal(verdict.answer, 'Not known: 2 of 3 rules could not be judged, the others are met');
  assert.ok(verdict.loadLine.water < 0.5 && verdict.loadLine.band > 0.5);
});

test('policy: lesser findings raise the water under the line', async () => {
  const records = [rated('CVE-1', undefined, 'critical'), rated('CVE-2', '8', 'medium')];
  const { outcome, loadLine } = evaluatePolicy(await evidenceOf({ records }));
  assert.equal(outcome, 'pass');
  assert.ok(loadLine.water > 0 && loadLine.water < 0.5);
});

test('vulnerability rule: fails for fixable critical and high, and names them', async () => {
  const records = [
    rated('CVE-1', '8', 'critical'),
    rated('CVE-2', '9', 'high'),
    rated('CVE-3', '9', 'medium'),
    rated('CVE-4', undefined, 'critical'),
  ];
  const answer = answerOf(evaluatePolicy(await evidenceOf({ records })), VULNERABILITY);
  assert.equal(answer.outcome, 'fail');
  assert.equal(answer.label, '2 fixable critical or high');
  assert.equal(answer.excess, 2);
  assert.equal(answer.unjudged, 0);
  assert.equal(
    answer.reasons[0],
    'CVE-1 (critical) in curl 7.0, fixed in 8; CVE-2 (high) in curl 7.0, fixed in 9.',
  );
});

test('vulnerability rule: a malicious package fails though no upgrade mends it', async () => {
  const records = [rated('MAL-2026-1', undefined, 'critical')];
  const answer = answerOf(evaluatePolicy(await evidenceOf({ records })), VULNERABILITY);
  assert.equal(answer.outcome, 'fail');
  assert.match(answer.reasons[0] ?? '', /remove it/);
});

test('vulnerability rule: a fixable finding that nobody rated is unknown', async () => {
  const records = [rated('CVE-1', '8', 'unknown'), rated('CVE-2', undefined, 'unknown')];
  const answer = answerOf(evaluatePolicy(await evidenceOf({ records })), VULNERABILITY);
  assert.deepEqual([answer.outcome, answer.unjudged], ['unknown', 1]);
  assert.match(answer.reasons[0] ?? '', /CVE-1 in curl has a fix and nobody rated/);
});

test('vulnerability rule: gaps, unread files and unrecognised images are unknown, with reasons', async () => {
  const gaps = Array.from({ length: 3 }, (_, at) => packageOf('npm', `p${at}`, '1'));
  const withGaps = answerOf(evaluatePolicy(await evidenceOf({ packages: [CURL, ...gaps] })), VULNERABILITY);
  assert.deepEqual([withGaps.outcome, withGaps.unjudged, withGaps.label], ['unknown', 3, '3 not judged']);
  assert.equal(withGaps.reasons[0], '3 packages not judged: no advisory feed covers npm.');
  assert.equal(withGaps.reasons.at(-1), 'None among 1 of 4 packages judged by debian.');

  const unknowns = Array.from({ length: 5 }, (_, at) => ({ where: `app/${at}.jar`, why: 'it is cut' }));
  const unread = answerOf(evaluatePolicy(await evidenceOf({ inventory: { unknowns } })), VULNERABILITY);
  assert.deepEqual([unread.outcome, unread.unjudged], ['unknown', 5]);
  assert.equal(unread.reasons[0], 'Not read: app/0.jar: it is cut');
  assert.equal(unread.reasons[3], '2 more could not be read.');

  const bare = answerOf(evaluatePolicy(await evidenceOf({ packages: [] })), VULNERABILITY);
  assert.deepEqual([bare.outcome, bare.unjudged], ['unknown', 1]);
  const empty = await evidenceOf({ packages: [], inventory: { fileCount: 0 } });
  assert.equal(answerOf(evaluatePolicy(empty), VULNERABILITY).outcome, 'pass');
});

test('vulnerability rule: a pass names the feeds and that they list only what is fixed', async () => {
  const evidence = await evidenceOf({ coverage: 'fixed-only', records: [rated('CVE-1', '8', 'low')] });
  assert.deepEqual(answerOf(evaluatePolicy(evidence), VULNERABILITY).reasons, [
    'None among 1 of 1 packages judged by debian (fixed-only feed); 1 lesser or unfixed finding.',
  ]);
});

test('user rule: root in every spelling fails; others pass; no configuration is unknown', async () => {
  const outcome = async (user: string | undefined) =>
    answerOf(evaluatePolicy(await evidenceOf({ user })), 'non-root-user').outcome;
  for (const user of ['', '0', '00', '+0', '-0', '0:0', '0:1000', 'root', 'root:app', ' root', ':app']) {
    assert.equal(await outcome(user), 'fail', JSON.stringify(user));
  }
  for (const user of ['1000', '1000:0', 'app', 'app:root', '65532', 'nonroot']) {
    assert.equal(await outcome(user), 'pass', user);
  }
  const named = answerOf(evaluatePolicy(await evidenceOf({ user: 'app' })), 'non-root-user');
  assert.match(named.reasons[0] ?? '', /was not judged/);
  const { config: _, ...rest } = await evidenceOf();
  const unread = answerOf(evaluatePolicy(rest), 'non-root-user');
  assert.deepEqual([unread.outcome, unread.unjudged], ['unknown', 1]);
});

test('licence rule: AGPL fails, none declared or free text is unknown, with how many', async () => {
  const licensed = (name: string, ...licenses: string[]) => packageOf('deb', name, '1', { licenses });
  const judge = async (...packages: Package[]) =>
    answerOf(evaluatePolicy(await evidenceOf({ packages })), 'no-agpl');
  const pass = await judge(licensed('a', 'MIT'), licensed('b', 'MIT OR AGPL-3.0-only'));
  assert.deepEqual([pass.outcome, pass.reasons], ['pass', ['None of 2 packages is under the AGPL.']]);
  const fail = await judge(licensed('a', 'AGPL-3.0-only'), licensed('b'));
  assert.deepEqual([fail.outcome, fail.excess, fail.unjudged], ['fail', 1, 1]);
  assert.deepEqual(fail.reasons, ['a 1 (AGPL-3.0-only).', '1 of 2 packages declare no licence.']);
  const unknown = await judge(licensed('a'), licensed('b', 'ask our lawyers'), licensed('c', 'MIT'));
  assert.deepEqual([unknown.outcome, unknown.unjudged], ['unknown', 2]);
  assert.deepEqual(unknown.reasons, [
    '1 of 3 packages declare no licence.',
    '1 of 3 packages declare one that is not a known licence.',
  ]);
  assert.equal((await judge()).outcome, 'unknown');
});

test('licence rule: a licence text that never names the AGPL settles a free-text label, not a declared AGPL', async () => {
  const read = (...licenses: string[]) =>
    packageOf('deb', 'a', '1', { licenses, excludedLicenses: ['AGPL'] });
  const judge = async (one: Package) =>
    answerOf(evaluatePolicy(await evidenceOf({ packages: [one] })), 'no-agpl');
  assert.equal((await judge(read('permissive'))).outcome, 'pass');
  assert.equal((await judge(read())).outcome, 'pass');
  assert.equal((await judge(read('AGPL-3.0-only'))).outcome, 'fail');
});

test('policy: two rules of one type are told apart, and the verdict says which policy was asked', async () => {
  const records = [rated('CVE-1', undefined, 'critical'), rated('CVE-2', '9', 'high')];
  const policy = parsePolicyFile(
    `policies:
  - name: fixable-vulnerabilities
  - name: fixable-vulnerabilities
    title: No critical CVE
    config: { severities: [critical], fixable_only: false }
  - name: non-root-user
    weight: 0
`,
    'mine.yaml',
  );
  const verdict = evaluatePolicy(await evidenceOf({ records }), policy);
  assert.deepEqual(
    verdict.rules.map(({ rule, title, outcome, weight }) => [rule, title, outcome, weight]),
    [
      ['fixable-vulnerabilities', 'No critical or high vulnerability that has a fix', 'fail', 20],
      ['fixable-vulnerabilities#2', 'No critical CVE', 'fail', 20],
      ['non-root-user', 'Runs as a user that is not root', 'pass', 0],
    ],
  );
  assert.equal(verdict.policy, 'mine.yaml');
  assert.deepEqual([verdict.score?.grade, verdict.score?.percent], ['F', 0]);
  // Both findings break a rule, so neither is among the lesser ones.
  assert.equal(verdict.loadLine.water, 0.55 + 0.4 * (2 / 10));
});

test('policy: a rule that this version does not have is unknown, and its weight is not met', async () => {
  const rules = [{ rule: 'no-such-rule', weight: 5, config: {} }];
  const verdict = evaluatePolicy(await evidenceOf(), { name: 'old', rules });
  assert.deepEqual([verdict.outcome, verdict.score?.grade], ['unknown', 'F']);
  assert.deepEqual(verdict.rules[0]?.reasons, ['There is no rule no-such-rule in this version.']);
});

test('policy: the standard one scores what it meets by weight', async () => {
  const verdict = evaluatePolicy(await evidenceOf({ user: 'root' }));
  assert.deepEqual([verdict.policy, verdict.score?.grade], ['standard', 'B']);
  assert.equal(Math.round(verdict.score?.percent ?? 0), 83);
});

function answerOf(verdict: Verdict, rule: string) {
  const answer = verdict.rules.find((one) => one.rule === rule);
  assert.ok(answer !== undefined);
  return answer;
}
