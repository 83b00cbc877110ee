// Each rule type: pass, fail and unknown, by a policy file as people write it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../formats/oci/digest.ts';
import { packageOf, recordOf } from '../../advisory/advisory.fixture.ts';
import type { Attestation } from '../../attest/attestation.ts';
import type { BaseImage, Lineage } from '../../lineage/lineage.ts';
import { evaluatePolicy } from '../evaluate.ts';
import { evidenceOf, rated } from '../evidence.fixture.ts';
import { parsePolicyFile } from '../policy-file.ts';
import type { RuleVerdict } from '../verdict.ts';
import { rules } from './all.ts';

type Given = NonNullable<Parameters<typeof evidenceOf>[0]>;

async function judge(name: string, config: object, given: Given = {}): Promise<RuleVerdict> {
  const policy = parsePolicyFile(JSON.stringify({ policies: [{ name, config }] }), 'test');
  const [answer] = evaluatePolicy(await evidenceOf(given), policy).rules;
  assert.ok(answer !== undefined);
  assert.equal(answer.excess > 0, answer.outcome === 'fail');
  if (answer.outcome === 'unknown') assert.ok(answer.unjudged > 0);
  return answer;
}

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-31T00:00:00Z');

test('fixable-vulnerabilities: with its defaults it is the first rule of the standard policy', async () => {
  for (const records of [[], [rated('CVE-1', '8', 'high')], [rated('CVE-1', '8', 'unknown')]]) {
    const one = await judge('fixable-vulnerabilities', {}, { records });
    const other = await judge('no-fixable-critical-or-high', {}, { records });
    assert.deepEqual({ ...one, rule: '' }, { ...other, rule: '' });
  }
});

test('fixable-vulnerabilities: no critical CVE at all is unknown where the feed lists only what has a fix', async () => {
  const config = { severities: ['CRITICAL'], fixable_only: false };
  const lesser = [rated('CVE-1', '8', 'high')];
  const pass = await judge('fixable-vulnerabilities', config, { records: lesser });
  assert.deepEqual(
    [pass.outcome, pass.title, pass.label],
    ['pass', 'No critical vulnerability', 'No critical'],
  );
  assert.match(pass.reasons[0] ?? '', /1 of 1 packages judged by debian; 1 other finding\.$/);
  const blind = await judge('fixable-vulnerabilities', config, { records: lesser, coverage: 'fixed-only' });
  assert.equal(blind.outcome, 'unknown');
  assert.match(blind.reasons[0] ?? '', /^debian lists only what has a fix/);
  const fail = await judge('fixable-vulnerabilities', config, {
    records: [rated('CVE-1', undefined, 'critical')],
  });
  assert.deepEqual([fail.outcome, fail.label], ['fail', '1 critical']);
  assert.match(fail.reasons[0] ?? '', /CVE-1 \(critical\) in curl 7\.0, no fix yet\./);
  const unrated = await judge('fixable-vulnerabilities', config, {
    records: [rated('CVE-1', undefined, 'unknown')],
  });
  assert.deepEqual(
    [unrated.outcome, unrated.reasons[0]],
    ['unknown', 'Nobody rated the severity of CVE-1 in curl.'],
  );
});

test('fixable-vulnerabilities: other package types neither fail it nor keep it from a pass', async () => {
  const packages = [packageOf('deb', 'curl', '7.0'), packageOf('npm', 'x', '1')];
  const records = [rated('CVE-1', '8', 'critical')];
  const ofDeb = await judge('fixable-vulnerabilities', { package_types: ['deb'] }, { packages, records });
  assert.deepEqual([ofDeb.outcome, ofDeb.unjudged], ['fail', 0]);
  const clean = await judge('fixable-vulnerabilities', { package_types: ['deb'] }, { packages });
  assert.match(clean.reasons[0] ?? '', /^None among 1 of 1 packages of type deb judged by debian/);
  const ofNpm = await judge('fixable-vulnerabilities', { package_types: ['npm'] }, { packages, records });
  assert.deepEqual([ofNpm.outcome, ofNpm.unjudged], ['unknown', 1]);
});

test('fixable-vulnerabilities: a grace period counts from the advisory’s date; without one nothing is hidden', async () => {
  const published = (id: string, days?: number) =>
    recordOf(id, '8', {
      severity: { level: 'critical', by: 'test' },
      ...(days === undefined ? {} : { publishedAt: new Date(NOW - days * DAY_MS).toISOString() }),
    });
  const run = (more: object, ...records: ReturnType<typeof recordOf>[]) =>
    judge('fixable-vulnerabilities', { grace_period_days: 30 }, { records, more });
  const judgedAt = NOW;
  const young = await run({ judgedAt }, published('CVE-1', 30));
  assert.equal(young.outcome, 'pass');
  assert.equal(young.reasons[1], '1 more was published in the last 30 days, which the policy allows.');
  const old = await run({ judgedAt }, published('CVE-1', 31), published('CVE-2', 2));
  assert.deepEqual([old.outcome, old.excess], ['fail', 1]);
  assert.ok(old.reasons.includes('1 more was published in the last 30 days, which the policy allows.'));
  const undated = await run({ judgedAt }, published('CVE-1'));
  assert.equal(undated.outcome, 'fail');
  assert.equal(undated.reasons[1], '1 of them counts at once: no date of publication is known.');
  assert.equal((await run({}, published('CVE-1', 2))).outcome, 'fail', 'no moment of judging');
});

test('high-profile-vulnerabilities: by name or alias, exploited ones too; without the catalogue unknown', async () => {
  const rule = 'high-profile-vulnerabilities';
  const more = { hasExploitedFeed: true };
  const clean = await judge(rule, {}, { records: [rated('CVE-1', '8', 'critical')], more });
  assert.deepEqual([clean.outcome, clean.label], ['pass', 'None high-profile']);
  const records = [recordOf('GHSA-1', '8', { aliases: ['CVE-2021-44228'] })];
  const known = await judge(rule, {}, { records });
  assert.equal(known.outcome, 'fail');
  assert.match(known.reasons[0] ?? '', /\(Log4Shell\) in curl 7\.0, fixed in 8\./);
  const ignored = await judge(rule, { ignored_cves: ['cve-2021-44228'] }, { records, more });
  assert.equal(ignored.outcome, 'pass');
  assert.equal((await judge(rule, { cves: ['CVE-1'] }, { records, more })).outcome, 'pass');
  const blind = await judge(rule, {});
  assert.deepEqual([blind.outcome, blind.label], ['unknown', 'Exploited not known']);
  assert.equal((await judge(rule, { include_cisa_kev: false })).outcome, 'pass');
  const gap = await judge(rule, {}, { packages: [packageOf('npm', 'x', '1')], more });
  assert.deepEqual([gap.outcome, gap.label], ['unknown', '1 not judged']);
});

test('high-profile-vulnerabilities: what is known to be exploited fails it, unless it is ignored', async () => {
  const { matching, inventory } = await evidenceOf({ records: [rated('CVE-9', undefined, 'low')] });
  const exploited = { since: '2026-01-02', isRansomware: false };
  const findings = matching.findings.map((finding) => ({ ...finding, exploited }));
  const more = { inventory, matching: { ...matching, findings }, hasExploitedFeed: true };
  const answer = await judge('high-profile-vulnerabilities', {}, { more });
  assert.equal(answer.outcome, 'fail');
  assert.match(
    answer.reasons[0] ?? '',
    /CVE-9 \(known exploited since 2026-01-02\) in curl 7\.0, no fix yet\./,
  );
  const off = await judge('high-profile-vulnerabilities', { include_cisa_kev: false }, { more });
  assert.equal(off.outcome, 'pass');
});

const provenance = (mode: 'max' | 'min' | undefined, isAboutImage = true): Attestation => ({
  predicateType: 'https://slsa.dev/provenance/v0.2',
  digest: digestOf('provenance'),
  via: 'index',
  isAboutImage,
  provenance: { ...(mode === undefined ? {} : { mode }), materials: [] },
});
const sbom: Attestation = {
  predicateType: 'https://spdx.dev/Document',
  digest: digestOf('sbom'),
  via: 'index',
  isAboutImage: true,
};

test('supply-chain-attestations: what is about the image counts; signatures are said not to be checked', async () => {
  const run = (attestations: readonly Attestation[] | undefined, config = {}) =>
    judge('supply-chain-attestations', config, { more: attestations === undefined ? {} : { attestations } });
  const pass = await run([provenance('max'), sbom]);
  assert.equal(pass.outcome, 'pass');
  const none = await run([]);
  assert.deepEqual([none.outcome, none.excess], ['fail', 2]);
  assert.equal((await run(undefined)).outcome, 'unknown');
  const minimal = await run([provenance('min'), sbom]);
  assert.equal(minimal.reasons[0], 'Not attached: provenance with mode=max.');
  const silent = await run([provenance(undefined), sbom]);
  assert.deepEqual([silent.outcome, silent.label], ['unknown', 'Mode not known']);
  const foreign = await run([provenance('max', false), sbom]);
  assert.equal(foreign.outcome, 'fail');
  assert.equal(foreign.reasons[1], '1 attestation is about another image and does not count.');
  for (const { reasons } of [pass, none, await run(undefined), minimal, silent, foreign])
    assert.equal(reasons.at(-1), 'Signatures are not checked: whoever can push can attach these.');
  const scout = ['https://scout.docker.com/provenance/v0.1', 'https://scout.docker.com/sbom/v0.1'];
  assert.equal((await run([provenance('min'), sbom], { required_attestations: scout })).outcome, 'pass');
  const exact = { required_attestations: ['https://openvex.dev/ns/v0.2.0'] };
  assert.equal((await run([sbom], exact)).outcome, 'fail');
});

const base = (more: Partial<BaseImage> = {}): BaseImage => ({
  reference: 'docker.io/library/node:22-slim',
  aliases: [],
  digest: digestOf('base'),
  method: 'provenance',
  confidence: 'certain',
  why: 'The provenance names it.',
  ...more,
});
const from = (one: BaseImage | undefined, ...unknowns: string[]): { lineage: Lineage } => ({
  lineage: { unknowns, ...(one && { base: one }) },
});

test('approved-base-images: by pattern and by distribution; a base that is not known is unknown', async () => {
  const rule = 'approved-base-images';
  const slim = { allowed_base_images: ['docker.io/library/node:*-slim'] };
  assert.equal((await judge(rule, slim, { more: from(base()) })).outcome, 'pass');
  const pinned = base({ reference: `docker.io/library/node:22-slim@${digestOf('base')}` });
  assert.equal((await judge(rule, slim, { more: from(pinned) })).outcome, 'pass');
  const other = await judge(rule, slim, { more: from(base({ reference: 'docker.io/library/node:22' })) });
  assert.deepEqual([other.outcome, other.excess], ['fail', 1]);
  assert.equal(other.reasons[0], 'docker.io/library/node:22 matches none of docker.io/library/node:*-slim.');
  assert.equal((await judge(rule, {}, {})).outcome, 'unknown');
  const said = await judge(rule, {}, { more: from(undefined, 'Its history names no base.') });
  assert.deepEqual([said.outcome, said.reasons[0]], ['unknown', 'Its history names no base.']);
  const { reference: _, ...nameless } = base();
  assert.equal((await judge(rule, slim, { more: from(nameless) })).outcome, 'unknown');
  const guess = base({ confidence: 'guess', why: 'Read from its history.' });
  assert.match(
    (await judge(rule, slim, { more: from(guess) })).reasons[0] ?? '',
    /\(Read from its history\)/,
  );
});

test('approved-base-images: a distribution is allowed by its release', async () => {
  const run = (allowed_distros: readonly unknown[], versionId?: string, id = 'debian') =>
    judge(
      'approved-base-images',
      { allowed_distros },
      {
        more: from(base()),
        packages: [],
        inventory: { fileCount: 0, distribution: { id, ...(versionId === undefined ? {} : { versionId }) } },
      },
    );
  assert.equal((await run(['debian'], '11')).outcome, 'pass');
  assert.equal((await run(['debian:12'], '12.5')).outcome, 'pass');
  assert.equal((await run(['debian:12'], '11')).outcome, 'fail');
  assert.equal((await run([{ id: 'alpine', versions: ['3.2'] }], '3.22', 'alpine')).outcome, 'fail');
  assert.equal((await run(['debian:12'])).outcome, 'unknown', 'sid has no number');
  assert.equal((await run(['alpine'], '12')).outcome, 'fail');
  const old = { more: from(base()), inventory: { distribution: { id: 'debian', versionId: '9' } } };
  assert.equal((await judge('approved-base-images', {}, old)).outcome, 'fail');
  assert.equal((await judge('approved-base-images', { allowed_distros_only: false }, old)).outcome, 'pass');
});

test('no-stale-base-images: digests are compared, and what cannot be is unknown', async () => {
  const run = (lineage: object) => judge('no-stale-base-images', {}, { more: lineage });
  const current = (text: string) => ({ current: { digest: digestOf(text) } });
  assert.equal((await run(from(base(current('base'))))).outcome, 'pass');
  const stale = await run(from(base(current('newer'))));
  assert.deepEqual([stale.outcome, stale.label], ['fail', 'Base out of date']);
  assert.equal((await run({})).outcome, 'unknown');
  const asked = await run(from(base(), 'docker.io did not answer.'));
  assert.deepEqual([asked.outcome, asked.reasons[0]], ['unknown', 'docker.io did not answer.']);
  const { digest: _, ...undigested } = base(current('base'));
  assert.equal((await run(from(undigested))).outcome, 'unknown');
});

test('quality-gate: the label’s word, said to be the builder’s own claim', async () => {
  const label = 'org.sonarqube.quality-gate';
  const run = (value: string, more = {}) => judge('quality-gate', {}, { labels: { [label]: value }, more });
  for (const value of ['OK', 'passed']) {
    const { outcome, reasons } = await run(value);
    assert.equal(outcome, 'pass');
    assert.equal(reasons[0], `The label ${label} says ${value}. It is the builder’s own claim.`);
  }
  for (const value of ['ERROR', 'failed', 'WARN']) assert.equal((await run(value)).outcome, 'fail');
  assert.equal((await run('maybe')).outcome, 'unknown');
  assert.equal((await judge('quality-gate', {})).outcome, 'unknown');
  assert.equal(
    (await judge('quality-gate', {}, { more: { annotations: { [label]: 'OK' } } })).outcome,
    'pass',
  );
  assert.equal((await run('OK', { annotations: { [label]: 'ERROR' } })).outcome, 'unknown', 'they disagree');
  const own = await judge('quality-gate', { label: 'gate' }, { labels: { gate: 'OK' } });
  assert.equal(own.outcome, 'pass');
});

test('copyleft-license: families and single licences, but for what the policy lets go', async () => {
  const packages = [
    packageOf('deb', 'bash', '5', { licenses: ['GPL-3+'], purl: 'pkg:deb/debian/bash@5?arch=amd64' }),
    packageOf('deb', 'curl', '7', { licenses: ['curl'] }),
  ];
  const run = (config: object) => judge('copyleft-license', config, { packages });
  const fail = await run({});
  assert.deepEqual(
    [fail.outcome, fail.label, fail.title],
    ['fail', '1 under a copyleft licence', 'No copyleft-licensed package'],
  );
  assert.equal((await run({ licenses: ['AGPL'] })).outcome, 'pass');
  assert.equal((await run({ licenses: ['GPL-3.0', 'AGPL'] })).label, '1 under GPL-3.0 or AGPL');
  for (const pattern of ['pkg:deb/debian/bash', 'pkg:deb/debian/bash@5', 'pkg:deb/debian/b*']) {
    const ignored = await run({ ignored_packages: [pattern] });
    assert.equal(ignored.outcome, 'pass', pattern);
    assert.equal(ignored.reasons[1], '1 package does not count, as the policy says.');
  }
  assert.equal((await run({ ignored_packages: ['pkg:deb/debian/bas'] })).outcome, 'fail');
  const free = [packageOf('deb', 'a', '1', { licenses: ['permissive'], excludedLicenses: ['AGPL'] })];
  const ofFree = (licenses: string[]) => judge('copyleft-license', { licenses }, { packages: free });
  assert.equal((await ofFree(['AGPL-3.0'])).outcome, 'pass');
  assert.equal((await ofFree(['AGPL', 'GPL'])).outcome, 'unknown', 'the text was read for the AGPL alone');
});

test('every rule type: ids and other names are unique, and each parameter has a default and a description', () => {
  const names = rules.flatMap(({ id, names: others = [] }) => [id, ...others]);
  assert.equal(new Set(names).size, names.length);
  for (const rule of rules) {
    assert.ok(rule.config.safeParse({}).success, `${rule.id} has a default for everything`);
    for (const [name, shape] of Object.entries(rule.config.shape))
      assert.match(shape.description ?? '', /^[A-Z].*\.$/, `${rule.id} ${name}`);
  }
});
