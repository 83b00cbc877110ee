// Which other tags of a base's repository are worth a look: the same kind of image (`-slim`, `-alpine`), newer
// within its major version, newer altogether, or slimmer. From the names alone; what they hold is for others to
// compare. Registries do not order tags, so their versions do.

export interface BaseCandidate {
  readonly kind: 'minor' | 'major' | 'slim';
  readonly tag: string;
}

interface TagName {
  readonly tag: string;
  readonly numbers: readonly number[];
  /** What follows the version, digits left out: `-slim`, `-alpine`, ``. */
  readonly variant: string;
}

const TAG = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})((?:-[a-z][a-z0-9.]*)*)$/;
const UNFINISHED = /-(?:rc|alpha|beta|dev|pre|preview|nightly|snapshot|edge|test)/;

/** At most one of each kind, in that order; none for a tag that is no version (`latest`, `bookworm`). */
export function chooseCandidates(tag: string, tags: readonly string[]): readonly BaseCandidate[] {
  const now = readTag(tag);
  if (now === undefined) return [];
  const others = tags.flatMap((one) => readTag(one) ?? []).filter((one) => one.tag !== tag);
  const alike = others.filter(
    (one) => one.variant === now.variant && one.numbers.length === now.numbers.length && isNewer(one, now),
  );
  const minor = newest(alike.filter((one) => one.numbers[0] === now.numbers[0]));
  const major = newest(alike);
  const slim = others.find(
    (one) => one.variant === `${now.variant}-slim` && one.numbers.join('.') === now.numbers.join('.'),
  );
  return [
    ...(minor === undefined ? [] : [{ kind: 'minor' as const, tag: minor.tag }]),
    ...(major === undefined || major === minor ? [] : [{ kind: 'major' as const, tag: major.tag }]),
    ...(slim === undefined ? [] : [{ kind: 'slim' as const, tag: slim.tag }]),
  ];
}

function readTag(tag: string): TagName | undefined {
  const parts = TAG.exec(tag);
  if (parts === null || UNFINISHED.test(tag)) return undefined;
  const [, version = '', rest = ''] = parts;
  return { tag, numbers: version.split('.').map(Number), variant: rest.replace(/[0-9.]+/g, '') };
}

function isNewer(a: TagName, b: TagName): boolean {
  return compareNumbers(a.numbers, b.numbers) > 0;
}

/** Of the same version, the one whose name sorts last: `-alpine3.20` after `-alpine3.19`. */
function newest(names: readonly TagName[]): TagName | undefined {
  return names.toSorted(
    (a, b) => compareNumbers(b.numbers, a.numbers) || b.tag.localeCompare(a.tag, 'en', { numeric: true }),
  )[0];
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = (a[at] ?? 0) - (b[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
