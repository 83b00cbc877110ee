// Alpine versions, apk-package(5): number{.number}{letter}{_suffix{number}}{~hash}{-r number}, in the
// order of apk-tools 3. Malformed texts that stand in real databases are read as far as they go, as apk
// does: `20.10.11.r0` (a slip in secdb) is taken as its revision, an empty number is below any other.
// Two that differ only in what apk cannot read or order (commit hashes) are not compared.

type Kind = 'number' | 'letter' | 'suffix' | 'suffixNumber' | 'hash' | 'revision' | 'end' | 'malformed';

/** Where two versions part, the one whose next piece comes earlier in this list is the newer. */
const KINDS: readonly Kind[] = [
  'number',
  'letter',
  'suffix',
  'suffixNumber',
  'hash',
  'revision',
  'end',
  'malformed',
];

interface Piece {
  readonly kind: Kind;
  readonly text: string;
}

/** Suffixes before the plain version, then those after it, in order. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const PLAIN = SUFFIXES.indexOf('');

/** One piece at the place where it may stand; sticky, so that each text is read once from left to right. */
const GRAMMAR: readonly { readonly kind: Kind; readonly after: readonly Kind[]; readonly at: RegExp }[] = [
  { kind: 'revision', after: ['number', 'letter', 'suffix', 'suffixNumber', 'hash'], at: /-r(\d+|$|(?=-))/y },
  { kind: 'revision', after: ['number'], at: /\.r(\d+)$/y },
  { kind: 'number', after: ['number', 'letter'], at: /\.(\d*)/y },
  { kind: 'number', after: ['letter'], at: /(\d+)/y },
  { kind: 'letter', after: ['number'], at: /([a-z])/y },
  {
    kind: 'suffix',
    after: ['number', 'letter', 'suffix', 'suffixNumber'],
    at: /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])/y,
  },
  { kind: 'suffixNumber', after: ['suffix'], at: /(\d+)/y },
  { kind: 'hash', after: ['number', 'letter', 'suffix', 'suffixNumber'], at: /~([0-9a-f]+)/y },
];

/** Longest text that is read; real ones stay under 64 characters. */
const MAX_CHARS = 512;

/** Negative, zero or positive; undefined where apk has no order for the two. */
export function compareApkVersions(a: string, b: string): number | undefined {
  if (!isReadable(a) || !isReadable(b)) return undefined;
  const left = split(a);
  const right = split(b);
  for (let i = 0; ; i += 1) {
    const x = left[i] as Piece;
    const y = right[i] as Piece;
    if (x.kind !== y.kind) return compareKinds(x, y);
    if (x.kind === 'end') return 0;
    if (x.kind === 'malformed') return compareMalformed(x.text, y.text);
    if (x.kind === 'hash' && x.text !== y.text) return undefined;
    const order = compareTexts(x, y, i === 0);
    if (order !== 0) return order;
  }
}

function isReadable(text: string): boolean {
  return text.length <= MAX_CHARS && /^[0-9A-Za-z._~+-]+$/.test(text);
}

/** Always ends with one `end` or `malformed` piece. */
function split(text: string): readonly Piece[] {
  const first = /^\d*/.exec(text)?.[0] ?? '';
  const pieces: Piece[] = [{ kind: 'number', text: first }];
  let at = first.length;
  while (at < text.length) {
    const last = (pieces.at(-1) as Piece).kind;
    const piece = nextPiece(text, at, last);
    if (piece === undefined) return [...pieces, { kind: 'malformed', text: text.slice(at) }];
    pieces.push({ kind: piece.kind, text: piece.text });
    at += piece.length;
  }
  return [...pieces, { kind: 'end', text: '' }];
}

function nextPiece(text: string, at: number, last: Kind): (Piece & { readonly length: number }) | undefined {
  for (const rule of GRAMMAR) {
    if (!rule.after.includes(last)) continue;
    rule.at.lastIndex = at;
    const match = rule.at.exec(text);
    if (match !== null && match[0].length > 0) {
      return { kind: rule.kind, text: match[1] ?? '', length: match[0].length };
    }
  }
  return undefined;
}

/** `1.2` is newer than `1.2_rc1` though it has less: a suffix from before the release decides first. */
function compareKinds(x: Piece, y: Piece): number {
  if (x.kind === 'suffix' && SUFFIXES.indexOf(x.text) < PLAIN) return -1;
  if (y.kind === 'suffix' && SUFFIXES.indexOf(y.text) < PLAIN) return 1;
  return KINDS.indexOf(y.kind) - KINDS.indexOf(x.kind);
}

function compareTexts(x: Piece, y: Piece, isFirst: boolean): number {
  if (x.kind === 'suffix') return SUFFIXES.indexOf(x.text) - SUFFIXES.indexOf(y.text);
  if (x.kind === 'letter') return x.text.charCodeAt(0) - y.text.charCodeAt(0);
  if (x.kind === 'number' && (x.text === '' || y.text === '')) return x.text.length - y.text.length;
  const isFraction = x.kind === 'number' && !isFirst && (x.text.startsWith('0') || y.text.startsWith('0'));
  return isFraction ? compareAsText(x.text, y.text) : compareDigits(x.text, y.text);
}

/** By value and of any length; no digits count as 0. */
function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, '');
  const y = b.replace(/^0+/, '');
  return x.length - y.length || compareAsText(x, y);
}

function compareAsText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** apk ignores what stands where a revision should be; anything else that it cannot read has no order. */
function compareMalformed(a: string, b: string): number | undefined {
  return a === b || (a.startsWith('-') && b.startsWith('-')) ? 0 : undefined;
}
