// Debian versions, deb-version(7): [epoch:]upstream[-revision], compared as dpkg does.
// `~` sorts before the end, letters before other signs, digits by value; a missing revision equals `0`.
// What dpkg itself refuses is not compared.

const PARTS = /^(?:(\d{1,10}):)?([A-Za-z0-9.+~:-]+)$/;

interface DebVersion {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/** Negative, zero or positive; undefined where either text is not a Debian version. */
export function compareDebVersions(a: string, b: string): number | undefined {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) return undefined;
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

function parse(text: string): DebVersion | undefined {
  const match = PARTS.exec(text);
  if (match === null) return undefined;
  const rest = match[2] as string;
  // Without an epoch a colon would be read as one: dpkg refuses it.
  if (match[1] === undefined && rest.includes(':')) return undefined;
  const dash = rest.lastIndexOf('-');
  const upstream = dash < 0 ? rest : rest.slice(0, dash);
  if (upstream === '') return undefined;
  return { epoch: Number(match[1] ?? 0), upstream, revision: dash < 0 ? '' : rest.slice(dash + 1) };
}

/** Alternates between a run of non-digits, sign by sign, and a run of digits, by value. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const order = weight(a, i) - weight(b, j);
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
    while (a[i] === '0') i += 1;
    while (b[j] === '0') j += 1;
    let firstDifference = 0;
    while (isDigit(a, i) && isDigit(b, j)) {
      firstDifference ||= a.charCodeAt(i) - b.charCodeAt(j);
      i += 1;
      j += 1;
    }
    if (isDigit(a, i)) return 1;
    if (isDigit(b, j)) return -1;
    if (firstDifference !== 0) return firstDifference;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** deb-version(7): `~` before the end of the part, the end (and a digit) before letters, letters before signs. */
function weight(text: string, at: number): number {
  const char = text[at];
  if (char === undefined || isDigit(text, at)) return 0;
  if (char === '~') return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
