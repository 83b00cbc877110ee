// What a publisher wants of an identity token: its subject and some claims, each an exact text or one with `*`, which is
// any text. Pure. Numbers and truth values of a token are compared as they are spelled in JSON; a list never fits.

export interface ClaimPatterns {
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** What does not fit, in words for whoever wrote the workflow; undefined where all does. */
export function findMisfit(
  { subject, claims }: ClaimPatterns,
  payload: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, pattern] of [['sub', subject], ...Object.entries(claims)] as const) {
    const value = spell(Object.hasOwn(payload, name) ? payload[name] : undefined);
    if (value === undefined) return `it has no ${name}, which has to be ${pattern}`;
    if (!matchesClaim(pattern, value)) return `its ${name} is ${value.slice(0, 200)}, not ${pattern}`;
  }
  return undefined;
}

/** Takes at most length of the pattern times length of the text. */
export function matchesClaim(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Whether the pattern leaves nothing open. */
export function isExact(pattern: string): boolean {
  return !pattern.includes('*');
}

function spell(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
