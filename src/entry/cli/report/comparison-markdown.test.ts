import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { found, judgedOf, pkg } from '../../../engines/compare/compare.fixture.ts';
import { compareImages } from '../../../engines/compare/compare.ts';
import type { Lineage } from '../../../engines/lineage/lineage.ts';
import { digestOf } from '../../../formats/oci/digest.ts';
import { formatComparisonMarkdown } from './comparison-markdown.ts';
import { escapeText, link } from './gfm.ts';

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

test('comment: an image in an engine, which keeps layers unpacked, is not called compressed', () => {
  const plain = judgedOf({ sizeBytes: 9_000, isCompressed: false });
  const text = (before = plain) =>
    formatComparisonMarkdown(compareImages(before, plain, { now: 0 })).match(/\| Size.*/)?.[0];
  assert.equal(text(), '| Size, unpacked | 3.0 kB | **3.0 kB** | the same |');
  assert.equal(text(judgedOf({ sizeBytes: 1_000 })), '| Size, unpacked | 3.0 kB | **3.0 kB** | the same |');
});

test('comment: a library is told by the folder that holds it, a program by its file', () => {
  const packages = [
    pkg('npm', '@a/b', '1', 0, 'app/node_modules/c/node_modules/@a/b/package.json'),
    pkg('npm', 'top', '1', 0, 'node_modules/top/package.json'),
    pkg('pypi', 'Jinja2', '1', 0, 'usr/lib/python3/dist-packages/Jinja2-1.dist-info/METADATA'),
    pkg('pypi', 'old', '1', 0, 'srv/old-1.egg-info'),
    pkg('golang', 'example.org/x', 'v1', 0, 'usr/bin/x'),
  ];
  const after = judgedOf({ packages: packages.map((one) => ({ ...one, version: '2' })) });
  const text = formatComparisonMarkdown(compareImages(judgedOf({ packages }), after, { now: 0 }));
  const places = [...text.matchAll(/^\| <code>\S+<\/code>, in <code>(\S+)<\/code>/gm)].map(
    ([, place]) => place,
  );
  assert.deepEqual(places, [
    '/usr/bin/x',
    '/app/node\\_modules/c',
    '/',
    '/usr/lib/python3/dist-packages',
    '/srv',
  ]);
});

test('comment: the base is told by name and digest; a few CVEs that stay are all told', () => {
  const reference = 'registry.example.org/base:12';
  const [old, now] = ['old', 'new'].map((text) => digestOf(text));
  const lineageOf = (digest = old) => ({
    unknowns: [],
    base: { reference, aliases: [], digest, layers: 1, method: 'annotation', confidence: 'certain', why: '' },
  });
  const curl = pkg('deb', 'curl', '1');
  const stays = { packages: [curl], findings: [found('CVE-1', 'unknown', curl)] };
  const text = formatComparisonMarkdown(
    compareImages(
      judgedOf({ ...stays, lineage: lineageOf() as Lineage }),
      judgedOf({ ...stays, lineage: lineageOf(now) as Lineage }),
      { now: 0 },
    ),
  );
  const words = (digest = old) => `<code>${reference}</code> (<code>sha256:${digest?.slice(7, 19)}</code>)`;
  assert.ok(text.includes(`| Base | ${words()} | **${words(now)}** | rebuilt |`), text);
  assert.match(text, /\nIn both: CVE-1 \(not rated\)\.\n/);
});

test('comment: nothing is loaded from another host', () => {
  assert.doesNotMatch(formatComparisonMarkdown(example()), /!\[|<img|src=|shields/);
});

test('comment: policies and what did not change are left out where that is asked', () => {
  const text = formatComparisonMarkdown(example(), { isPolicyHidden: true, isUnchangedHidden: true });
  assert.doesNotMatch(text, /<summary>Policies|unchanged|In both/);
});

test('comment: no sign is left that a forge makes a mention, a reference or a link of', () => {
  const text = escapeText('@crew a@b.c #1 GH-2 x#3 $x$ http://a.b www.c.d :tada: e@f #g C# 1.0+b @');
  assert.equal(
    text,
    '<span>@</span>crew a<span>@</span>b.c <span>#</span>1 GH<span>-</span>2 x<span>#</span>3 ' +
      '<span>$</span>x<span>$</span> http<span>:</span>//a.b www<span>.</span>c.d <span>:</span>tada: ' +
      'e<span>@</span>f \\#g C\\# 1.0\\+b \\@',
  );
});

test('comment: an address that is no well-formed text is no reason to fail', () => {
  assert.equal(link('a', 'https://example.org/\ud800'), '[a](https://example.org/%EF%BF%BD)');
});

test('comment: what is copied from it runs nothing else, and a revision that is no commit is no link', () => {
  const labels = {
    'org.opencontainers.image.source': 'https://evil.example',
    'org.opencontainers.image.revision': 'click here',
  };
  const odd = judgedOf({ name: "archive://a b$(id)'.tar", config: { labels } });
  const text = formatComparisonMarkdown(compareImages(judgedOf(), odd, { now: 0 }));
  assert.ok(text.includes(escapeText("plimsoll compare 'archive://a b$(id)'\\''.tar' --to app:1")));
  assert.doesNotMatch(text, /\[click/);
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
      for (const name of ['details', 'summary', 'code', 'span'])
        for (const tag of [`<${name}>`, `</${name}>`]) tags.delete(tag);
      assert.deepEqual([...tags], []);
      // The address of a link mentions nobody.
      assert.doesNotMatch(text.replace(/\\./g, '').replace(/\]\([^)]*\)/g, ''), /@\w/);
    }),
  );
});
