// Semantic Versioning 2.0.0 §11 with what npm's and Go's advisories and modules add: a leading `v`,
// missing minor or patch (`1.2`), numbers of any length, Go's pseudo-versions (plain pre-releases) and
// `+incompatible` (build metadata, ignored). The npm package cannot be used: it refuses numbers over 2^53.
// Anything else, such as a fourth number, is not compared.

const SEMVER =
  /^v?(\d{1,100})(?:\.(\d{1,100}))?(?:\.(\d{1,100}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?$/;
/** Longest text that is read; npm itself stops at 256. */
const MAX_CHARS = 512;

interface SemverVersion {
  readonly numbers: readonly string[];
  readonly prerelease: readonly string[];
}

/** Negative, zero or positive; undefined where either is no semantic version (equal texts are equal all the same). */
export function compareSemverVersions(a: string, b: string): number | undefined {
  if (a === b && a !== '') return 0;
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) return undefined;
  for (let i = 0; i < 3; i += 1) {
    const order = compareNumbers(left.numbers[i] as string, right.numbers[i] as string);
    if (order !== 0) return order;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

/** Whether the text is a semantic version as it is read here. */
export function isSemverVersion(text: string): boolean {
  return parse(text) !== undefined;
}

function parse(text: string): SemverVersion | undefined {
  const match = text.length <= MAX_CHARS ? SEMVER.exec(text) : null;
  if (match === null) return undefined;
  return {
    numbers: [match[1] ?? '0', match[2] ?? '0', match[3] ?? '0'],
    prerelease: match[4]?.split('.') ?? [],
  };
}

function compareNumbers(a: string, b: string): number {
  const x = a.replace(/^0+/, '');
  const y = b.replace(/^0+/, '');
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}

/** §11.3 and §11.4: a pre-release is before its release; identifiers one by one; more identifiers are later. */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = compareIdentifiers(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const isNumberA = /^\d+$/.test(a);
  const isNumberB = /^\d+$/.test(b);
  if (isNumberA && isNumberB) return compareNumbers(a, b);
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
