// Patterns of repositories' names: `*` is any text within one part, `**` any text at all, everything else itself.
// Matching costs at most length of the pattern times length of the name, whatever the pattern.

/** 255 characters are the longest name (distribution-spec). */
const PATTERN = /^[a-z0-9._/*-]{1,255}$/;

export function isNamePattern(text: string): boolean {
  return PATTERN.test(text) && !text.includes('***');
}

export function matchesPattern(pattern: string, name: string): boolean {
  const tokens = pattern.match(/\*\*|\*|[^*]/g) ?? [];
  // Which beginnings of the name the tokens so far match, by length.
  let reached = Array.from({ length: name.length + 1 }, (_, length) => length === 0);
  for (const token of tokens) {
    const next = reached.map(() => false);
    for (let length = 0; length <= name.length; length += 1) {
      if (token === '*' || token === '**') {
        const grows = length > 0 && next[length - 1] === true && (token === '**' || name[length - 1] !== '/');
        next[length] = reached[length] === true || grows;
      } else next[length] = length > 0 && reached[length - 1] === true && name[length - 1] === token;
    }
    reached = next;
  }
  return reached[name.length] === true;
}
