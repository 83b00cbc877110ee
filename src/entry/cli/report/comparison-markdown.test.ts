import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { found, judgedOf, pkg } from '../../../engines/compare/compare.fixture.ts';
import { compareImages } from '../../../engines/compare/compare.ts';
import { formatComparisonMarkdown } from './comparison-markdown.ts';

function example() {
  const old = pkg('golang', 'golang.org/x/net', 'v0.33.0', 1, 'score-compose');
  const now = pkg('golang', 'golang.org/x/net', 'v0.38.0', 1, 'score-compose');
  const apt = ['apt', 'bash', 'dash', 'dpkg', 'sed'].map((name) => pkg('deb', name, '1'));
  const before = judgedOf({
    name: 'ghcr.io/score-spec/score-compose:main',
    packages: [old, ...apt],
    findings: [found('CVE-2025-22872', 'high', old, '0.38.0')],
    sizeBytes: 61_200_000,
    config: { user: '', labels: { version: '1' } },
  });
  const after = judgedOf({
    name: 'local://score-compose:pr',
    packages: [now],
    sizeBytes: 58_100_000,
    config: { labels: { version: '2' } },
  });
  return compareImages(before, after, { now: 0 });
}

test('comment: the answer comes first, the evidence is collapsed', () => {
  const text = formatComparisonMarkdown(example());
  const lines = text.split('\n');
  assert.equal(lines[0], '### Plimsoll: within the line again');
  assert.equal(lines[2], '1 high fewer, 5 packages fewer and 3.1 MB smaller.');
  assert.match(text, /\| Size, compressed \| 61\.2 MB \| \*\*58\.1 MB\*\* \| 3\.1 MB less \|/);
  assert.match(
    text,
    /\*\*Fixed here\*\*: CVE-2025-22872 \(high, <code>golang\.org\/x\/net<\/code>\)\. \*\*New here\*\*: none\./,
  );
  assert.match(text, /<summary>Policies: 2 better, 1 the same<\/summary>/);
  assert.match(
    text,
    /<code>golang\.org\/x\/net<\/code>, in <code>\/score-compose<\/code> \| v0\.33\.0 \| v0\.38\.0 \| CVE-2025-22872 \(high\)/,
  );
  assert.match(text, /5 deb packages: apt, bash, dash, dpkg, sed \| present \| removed/);
  assert.match(text, /<summary>Labels: 1 change<\/summary>/);
  assert.match(text, /replay: <code>plimsoll compare local:\/\/score-compose:pr --to/);
});

test('comment: nothing is loaded from another host', () => {
  assert.doesNotMatch(formatComparisonMarkdown(example()), /!\[|<img|src=|shields/);
});

test('comment: policies and what did not change are left out where that is asked', () => {
  const text = formatComparisonMarkdown(example(), { isPolicyHidden: true, isUnchangedHidden: true });
  assert.doesNotMatch(text, /<summary>Policies|unchanged|In both/);
});

test('comment: a name cannot write into it, and every collapsed part is closed', () => {
  const word = fc.stringMatching(/^[ -~\n]{0,24}$/);
  fc.assert(
    fc.property(word, word, word, (name, version, id) => {
      const one = pkg('npm', name, version, 0, `app/${name}`);
      const before = judgedOf({ packages: [] });
      const after = judgedOf({
        name: `app:${name}`,
        packages: [one],
        findings: [{ ...found(id, 'high', one), url: `https://example.org/${id}` }],
        gaps: [name],
        config: { labels: { [name]: version } },
      });
      const text = formatComparisonMarkdown(compareImages(before, after, { now: 0 }));
      const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
      assert.equal(count(/<details>/g), count(/<\/details>/g));
      const tags = new Set(text.match(/<[^>]*>/g));
      for (const tag of ['<details>', '</details>', '<summary>', '</summary>', '<code>', '</code>'])
        tags.delete(tag);
      assert.deepEqual([...tags], []);
      // The address of a link mentions nobody.
      assert.doesNotMatch(text.replace(/\\./g, '').replace(/\]\([^)]*\)/g, ''), /@\w/);
    }),
  );
});
