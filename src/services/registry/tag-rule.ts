// Which tags of a repository stay what they are. A rule is a list of patterns: `*` is any text, `?` one character,
// `#` a number of any length, everything else itself. No regular expressions: whoever sets a rule could write one
// that takes minutes, and these cost at most pattern times tag (128 characters each). A tag cannot have `+`, so
// build metadata has no pattern; `1.2.3-rc.1` is a prerelease and may move.
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';

/** Where a repository has no rule of its own: full release versions. */
export const releaseTags: readonly string[] = Object.freeze(['#.#.#', 'v#.#.#']);

const PATTERN = /^[A-Za-z0-9_.*?#-]{1,128}$/;
/** What clients keep beside a digest: signatures, attestations, and the list of referrers. They move by design. */
const BESIDE_DIGEST = /^sha(?:256|512)-/;

/** Whether the tag stays what it is by this rule. */
export function isImmutable(patterns: readonly string[], tag: string): boolean {
  if (BESIDE_DIGEST.test(tag) || tag.length > limits.tagChars) return false;
  return patterns.some((pattern) => matchesTag(pattern, tag));
}

/** What clients keep beside a digest: signatures, attestations, lists of referrers. */
export function isBesideDigest(tag: string): boolean {
  return BESIDE_DIGEST.test(tag);
}

/** A full release version, whatever the repository's rule. */
export function isReleaseTag(tag: string): boolean {
  return isImmutable(releaseTags, tag);
}

/** `registry.tag_pattern_invalid` */
export function checkTagPatterns(patterns: readonly string[]): void {
  if (patterns.length > limits.tagPatterns)
    throw registryErrors.tag_pattern_invalid(
      `${patterns.length} patterns; a repository has at most ${limits.tagPatterns}`,
    );
  const wrong = patterns.find((pattern) => !PATTERN.test(pattern));
  if (wrong !== undefined)
    throw registryErrors.tag_pattern_invalid(
      `"${wrong.slice(0, limits.tagChars)}" is no pattern of tags: 1 to ${limits.tagChars} letters, digits and _.-*?# are`,
    );
}

/** As the database keeps it; null stands for the standard rule. What cannot be read is the standard rule too. */
export function parseTagRule(text: string | null): readonly string[] {
  const value = text === null ? undefined : parseJson(text);
  const patterns = isJsonObject(value) ? value.patterns : undefined;
  if (!Array.isArray(patterns)) return releaseTags;
  return patterns.filter((one): one is string => typeof one === 'string');
}

export function formatTagRule(patterns: readonly string[] | null): string | null {
  return patterns === null ? null : JSON.stringify({ patterns });
}

function matchesTag(pattern: string, tag: string): boolean {
  // Which beginnings of the tag the pattern so far matches, by length.
  let reached = Array.from({ length: tag.length + 1 }, (_, length) => length === 0);
  for (const token of pattern) {
    const next = reached.map(() => false);
    for (let length = 0; length <= tag.length; length += 1)
      next[length] = endsToken(token, tag[length - 1], {
        starts: length > 0 && reached[length - 1] === true,
        goesOn: length > 0 && next[length - 1] === true,
        isEmpty: reached[length] === true,
      });
    reached = next;
  }
  return reached[tag.length] === true;
}

/** Whether `character` ends what the token stands for: as its first, as one more, or without it. */
function endsToken(
  token: string,
  character: string | undefined,
  { starts, goesOn, isEmpty }: { starts: boolean; goesOn: boolean; isEmpty: boolean },
): boolean {
  if (token === '*') return isEmpty || goesOn;
  if (character === undefined) return false;
  if (token === '#') return (starts || goesOn) && character >= '0' && character <= '9';
  return starts && (token === '?' || token === character);
}
