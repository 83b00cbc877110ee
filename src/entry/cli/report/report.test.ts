import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeReport } from '../../../../test/world/report.ts';
import { digestOf } from '../../../formats/oci/digest.ts';
import type { Report } from '../../../services/hub/report.ts';
import type { Sink } from '../world.ts';
import { formatReportMarkdown } from './markdown.ts';
import { formatReportSarif } from './sarif.ts';
import { age, formatReportText } from './text.ts';
import { judgeThreshold } from './threshold.ts';

const now = Date.parse('2026-01-03T00:00:00Z');
const sink = (isColour: boolean, columns = 80): Sink => ({
  write: () => {},
  isTty: isColour,
  columns,
  isColour,
});

test('the terminal says answer, action, evidence, in this order, and what to run next', () => {
  const text = formatReportText(makeReport(), sink(false), now);
  const order = [
    'Over the line: 1 of 3',
    '▲ 1 fixable',
    'Upgrade 1 Debian',
    'No fix yet',
    'What it holds',
    'What was judged',
    'Next:',
  ];
  const positions = order.map((part) => text.indexOf(part));
  assert.ok(
    positions.every((position) => position >= 0),
    text,
  );
  assert.deepEqual(
    [...positions].sort((a, b) => a - b),
    positions,
  );
  assert.match(text, /2 of 3 packages/);
  assert.match(text, /zlib 1\.3: no feed covers debian 99/);
  assert.match(text, /opt\/broken\.bin: the ELF sections overlap/);
  assert.match(
    text,
    /debian: 48 hours old, lists only what has a fix|debian: 2 days old, lists only what has a fix/,
  );
});

test('a pipe gets no colour codes, and nothing of an image reaches a terminal as a control code', () => {
  const plain = formatReportText(makeReport(), sink(false), now);
  assert.doesNotMatch(plain, /[\u0000-\u0009\u000b-\u001f]/);
  const coloured = formatReportText(makeReport(), sink(true), now);
  assert.ok(coloured.includes('\u001b[31m'));
  assert.ok(!coloured.includes('\u001b[2J'), 'the clear-screen code in a package name is shown, not sent');
});

test('lines fit 80 columns but for what can be copied', () => {
  const lines = formatReportText(makeReport(), sink(false), now).split('\n');
  const over = lines.filter(
    (line) => [...line].length > 80 && !line.includes('plimsoll ') && !line.startsWith('  apt-get'),
  );
  assert.deepEqual(over, []);
});

test('without feeds the next step is to refresh them', () => {
  const report = makeReport();
  const bare: Report = {
    ...report,
    matching: { findings: [], coverage: { packages: 3, judged: 0, gaps: [], feeds: [] } },
    fixes: [],
  };
  const text = formatReportText(bare, sink(false), now);
  assert.match(text, /0 of 3 packages; no advisory feed covers them/);
  assert.match(text, /Next: plimsoll advisories refresh/);
});

test('ages are the largest whole unit', () => {
  assert.deepEqual([0, 60_000, 3_600_000 * 5, 86_400_000 * 9].map(age), [
    '0 minutes',
    '1 minute',
    '5 hours',
    '9 days',
  ]);
});

test('markdown: a package cannot write markup into a comment', () => {
  const text = formatReportMarkdown(makeReport());
  assert.match(text, /^## 🔴 Over the line/);
  assert.ok(!text.includes('<img>'));
  assert.match(
    text,
    /\[CVE-2024-45491\]\(https:\/\/example\.org\/CVE-2024-45491\)|\[CVE-2024-45491\]\(https/,
  );
  const rows = text.split('\n').filter((line) => line.startsWith('| low'));
  assert.equal(rows.length, 1);
  assert.equal((rows[0] as string).replaceAll('\\|', '').split('|').length, 6, rows[0] ?? '');
});

test('markdown: the base stands there by its name, or why it is not known', () => {
  const withBase = (lineage: Report['lineage']) =>
    formatReportMarkdown({ ...makeReport(), ...(lineage && { lineage }) });
  const digest = digestOf(Buffer.from('base'));
  const base = { aliases: [], digest, method: 'annotation', confidence: 'likely', why: 'Said so.' } as const;
  const named = { ...base, reference: 'docker.io/library/debian:12', current: { digest } };
  assert.match(
    withBase({ base: named, unknowns: [] }),
    /^\*\*Built on\*\* <code>docker\.io\/library\/debian:12<\/code>, current, as stated$/m,
  );
  assert.match(
    withBase({ unknowns: ['First.', '<b>Last.'] }),
    /^\*\*Built on\*\* not known\. \S+b\S+Last\.$/m,
  );
  assert.ok(!withBase(undefined).includes('Built on'));
});

test('sarif: one rule a vulnerability, one result a finding, gaps and unknowns as notifications', () => {
  const log = JSON.parse(formatReportSarif(makeReport(), '1.2.3'));
  const [run] = log.runs;
  assert.equal(log.version, '2.1.0');
  assert.deepEqual(
    run.tool.driver.rules.map((rule: { id: string }) => rule.id),
    ['CVE-2024-45491', 'CVE-2023-0001'],
  );
  assert.deepEqual(
    run.results.map((one: { level: string; ruleIndex: number }) => [one.level, one.ruleIndex]),
    [
      ['error', 0],
      ['note', 1],
    ],
  );
  assert.equal(run.invocations[0].toolExecutionNotifications.length, 2);
  assert.equal(run.tool.driver.rules[0].properties['security-severity'], '9.5');
});

test('what is exploited says so in words beside its severity, in every format', () => {
  const report = makeReport();
  const exploited = { since: '2026-01-01', isRansomware: false };
  const mark = <T extends Report['fixes'][number]['findings'][number]>(finding: T): T =>
    finding.severity === 'critical' ? { ...finding, exploited } : finding;
  const marked: Report = {
    ...report,
    matching: { ...report.matching, findings: report.matching.findings.map(mark) },
    fixes: report.fixes.map((group) => ({ ...group, findings: group.findings.map(mark) })),
  };
  assert.match(formatReportText(marked, sink(false), now), /^ +Critical exploited +CVE-2024-45491/m);
  assert.match(formatReportMarkdown(marked), /^\| critical, \*\*exploited\*\* \| \[CVE-2024-45491\]/m);
  const [run] = JSON.parse(formatReportSarif(marked, '1.2.3')).runs;
  assert.ok(run.tool.driver.rules[0].properties.tags.includes('exploited'));
  assert.match(run.results[0].message.text, /\(critical, exploited\)/);
  assert.deepEqual(run.results[0].properties.exploited, exploited);
  assert.ok(!formatReportText(report, sink(false), now).includes('exploited'));
});

test('--fail-on counts at or above its level, unrated ones always, and policy does not take unknown for a pass', () => {
  const report = makeReport();
  assert.match(judgeThreshold(report, 'critical') ?? '', /^1 finding is critical/);
  assert.match(judgeThreshold(report, 'low') ?? '', /^2 findings are low/);
  const [critical] = report.matching.findings;
  const only = (severity: 'unknown' | 'medium'): Report => ({
    ...report,
    matching: { ...report.matching, findings: [{ ...(critical as NonNullable<typeof critical>), severity }] },
  });
  assert.equal(judgeThreshold(only('medium'), 'high'), undefined);
  assert.match(judgeThreshold(only('unknown'), 'critical') ?? '', /not rated/);
  const unknown: Report = { ...report, verdict: { ...report.verdict, outcome: 'unknown' } };
  assert.equal(judgeThreshold(unknown, 'policy'), report.verdict.answer);
  assert.equal(
    judgeThreshold({ ...report, verdict: { ...report.verdict, outcome: 'pass' } }, 'policy'),
    undefined,
  );
});
