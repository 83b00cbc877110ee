import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutComment, escapeCommands, formatComment } from './comment.ts';
import { formatMarker, hasMarker } from './marker.ts';

const MARKER = formatMarker('job', false);
const github = { maxChars: 1_000, taker: 'GitHub' };
const FOOT = 'Cut to what GitHub takes (1,000 characters). All of it is in the job’s summary.\n';
const cut = (text: string, bound = github) => cutComment(text, MARKER, bound);
const table = (rows: number) =>
  ['| id | why |', '|---|:-:|', ...Array.from({ length: rows }, (_, at) => `| CVE-${at} | high |`)].join(
    '\n',
  );
const details = (name: string, chars: number) =>
  `<details><summary>${name}</summary>\n\n${'x'.repeat(chars)}\n\n</details>`;

test('marker: a key cannot close the HTML comment, hold a line end, or be read as another', () => {
  assert.equal(MARKER, '<!-- plimsoll:comment job -->');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const [one, two] = [formatMarker(a, false), formatMarker(b, false)];
      assert.match(one, /^<!-- plimsoll:comment [^\s<>-]* -->$/);
      assert.equal(one === two, a.toWellFormed() === b.toWellFormed());
      assert.notEqual(formatMarker(a, true), two);
      assert.ok(hasMarker(`${one}\r\ntext`, one) && hasMarker(one, one));
      assert.ok(!hasMarker(`text\n${one}`, one) && !hasMarker(` ${one}`, one));
    }),
  );
  assert.notEqual(formatMarker('a kept', false), formatMarker('a', true));
  assert.equal(formatMarker('--> x', false), '<!-- plimsoll:comment %2D%2D%3E%20x -->');
});

test('comment: what fits stays as it is, to the last character', () => {
  const text = 'x'.repeat(1_000);
  assert.equal(cut(text), text);
  assert.ok(cut(`${text}x`).length <= 1_000);
  assert.equal(formatComment(MARKER, 'one\r\ntwo\rthree\n\n', github), `${MARKER}\none\ntwo\nthree\n`);
});

test('comment: folded sections go first, from the last one up, whole', () => {
  const text = [
    MARKER,
    '# Answer',
    details('one', 300),
    'between',
    details('two', 300),
    details('three', 300),
  ];
  const result = cut(text.join('\n\n'));
  assert.ok(result.includes('<summary>one</summary>') && result.includes('<summary>two</summary>'));
  assert.ok(!result.includes('three'));
  assert.ok(result.startsWith(`${MARKER}\n`) && result.includes('between') && result.endsWith(FOOT));
});

test('comment: a section holds sections and fences that look like its end', () => {
  const nested = `<details>\n\n${details('inner', 10)}\n\n\`\`\`\n</details>\n\`\`\`\n\n${'y'.repeat(900)}\n</details>`;
  assert.equal(
    cut(`${MARKER}\nanswer\n\n${nested}\n\nrest ${'z'.repeat(200)}`),
    `${MARKER}\nanswer\n\nrest ${'z'.repeat(200)}\n\n${FOOT}`,
  );
});

test('comment: then rows of tables, from the end, and a row says how many', () => {
  const result = cut(`${MARKER}\n# Answer\n\n${table(100)}\n\nlast words\n`);
  const left = Number(/^\| … (\d+) more rows are left out \| \|$/m.exec(result)?.[1]);
  const kept = result.match(/^\| CVE-/gm)?.length ?? 0;
  assert.equal(left + kept, 100);
  assert.ok(kept > 20 && result.length > 950 && result.length <= 1_000, `${kept} ${result.length}`);
  assert.ok(result.includes('\n\nlast words\n\nCut to'));
  assert.match(
    cut(`${MARKER}\n${table(1).replace('high', 'h'.repeat(1_000))}`),
    /\| … 1 more row is left out \| \|/,
  );
});

test('comment: two tables: the last is shortened first, the first only as far as needed', () => {
  const result = cut(`${MARKER}\n${table(50)}\n\nand\n\n${table(50)}`);
  const [one = '', two = ''] = result.split('\nand\n');
  assert.match(two, /… 50 more rows/);
  assert.match(one, /… \d+ more rows/);
  assert.ok((one.match(/CVE/g)?.length ?? 0) > 20);
});

test('comment: then the end, a fence closed and a tag left whole', () => {
  const fenced = cut(`${MARKER}\nanswer\n\n~~~~sh\n${'echo ~~~\n'.repeat(300)}~~~~\n\nafter`);
  assert.match(fenced, /^[\s\S]*answer\n\n~~~~sh\n(?:echo ~~~\n)+~~~~\n\nCut to/);
  const tagged = cut(`${MARKER}\n${'word '.repeat(150)}<a href="${'x '.repeat(300)}">text</a>`);
  assert.ok(!tagged.includes('<a') && tagged.includes('word …\n\nCut to'));
  const hidden = cut(`${MARKER}\n${'word '.repeat(150)}<!-- <b> ${'x '.repeat(300)} -->`);
  assert.ok(!hidden.slice(MARKER.length).includes('<!--') && hidden.endsWith(FOOT));
  const compared = cut(`${MARKER}\na < b ${'word '.repeat(300)}`);
  assert.ok(compared.length > 900);
  const ships = cut(`${MARKER}\n${'🚢'.repeat(600)}`);
  assert.ok(ships.isWellFormed() && ships.includes('🚢 …'));
});

test('comment: the last line leads to all of it', () => {
  const bound = { ...github, link: 'https://ci.example.org/a(b)?c=1 2' };
  assert.ok(
    cut('x'.repeat(2_000), bound).endsWith(
      'Cut to what GitHub takes (1,000 characters). [All of it](https://ci.example.org/a%28b%29?c=1%202)\n',
    ),
  );
});

test('commands: a line that begins with a slash and a word is made text, but for code', () => {
  assert.equal(
    escapeCommands('/merge\n  /close\n/ no\n//no\ntext /no\n```\n/code\n```\n/label ~x'),
    '\\/merge\n  \\/close\n/ no\n//no\ntext /no\n```\n/code\n```\n\\/label ~x',
  );
});

const word = fc.stringMatching(/^[a-z🚢<>&|`~ ]{1,30}$/u).filter((text) => !/<|`{3}|~{3}/.test(text));
const leaf = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => `w${words.join(' ')}`),
  fc.nat(120).map(table),
  fc.array(word, { maxLength: 40 }).map((lines) => `\`\`\`\`js\n<details>\n${lines.join('\n')}\n\`\`\`\``),
  fc.constant('<b title="a > b">bold</b> <br/>'),
);
const section = fc
  .array(leaf, { maxLength: 4 })
  .map((parts) => `<details><summary>more</summary>\n\n${parts.join('\n\n')}\n\n</details>`);
const nested = fc
  .array(fc.oneof(leaf, section), { maxLength: 3 })
  .map((parts) => `<details>\n<summary>outer</summary>\n\n${parts.join('\n\n')}\n\n</details>`);
const report = fc
  .array(fc.oneof(leaf, section, nested), { maxLength: 12 })
  .map((parts) => parts.join('\n\n'));
const bounds = fc.record(
  { maxChars: fc.integer({ min: 1_000, max: 4_000 }), taker: fc.constant('GitHub'), link: fc.webUrl() },
  { requiredKeys: ['maxChars', 'taker'] },
);

test('comment: any report is cut within its bound, with marker, sections, fences and characters whole', () => {
  fc.assert(
    fc.property(report, bounds, (markdown, bound) => {
      const result = formatComment(MARKER, markdown, bound as typeof github);
      assert.ok(result.length <= bound.maxChars);
      assert.ok(hasMarker(result, MARKER));
      assert.ok(result.isWellFormed());
      const { text, isOpen } = outsideFences(result);
      assert.ok(!isOpen, 'fences are closed');
      assert.equal(text.match(/<details>/g)?.length, text.match(/<\/details>/g)?.length);
      assert.equal(/<[a-z/][^>]*$/.test(text), false, 'no tag is cut');
    }),
    { numRuns: 500 },
  );
});

test('comment: hostile text is cut too, quickly, and keeps its marker', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<details>',
      '</details>',
      '```',
      '~~~~',
      '<!--',
      '-->',
      '|',
      '|-|',
      '<a ',
      '\n',
      '\n\n',
      ' ',
      '🚢',
      '\ud83d',
      '\0',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 400 }),
      fc.integer({ min: 0, max: 2_000 }),
      (pieces, maxChars) => {
        const result = formatComment(MARKER, pieces.join(''), { ...github, maxChars });
        assert.ok(result.length <= maxChars);
        assert.ok(maxChars < 200 || hasMarker(result, MARKER));
        assert.ok(result.isWellFormed());
      },
    ),
  );
  for (const part of [
    '<details></details>\na\n',
    '<details>',
    '<details>\n',
    '|\n|-\n',
    '```\n',
    '<!--\n',
    '<a',
    ' ',
    '\t\n',
  ])
    assert.ok(cut(part.repeat(200_000)).length <= 1_000);
});

/** By a second reading of the rules: line by line, one fence at a time. */
function outsideFences(markdown: string): { text: string; isOpen: boolean } {
  let fence = '';
  const text: string[] = [];
  for (const line of markdown.split('\n')) {
    const run = /^(`{3,}|~{3,})/.exec(line)?.[0] ?? '';
    if (fence === '' && run !== '' && !line.slice(run.length).includes('`')) fence = run;
    else if (fence === '') text.push(line);
    else if (line.trim() === run && run.startsWith(fence)) fence = '';
  }
  return { text: text.join('\n'), isOpen: fence !== '' };
}
