// WWW-Authenticate as RFC 9110 §11.6.1 has it: several challenges in one line, each a scheme with parameters
// that may be quoted strings holding commas. One pass, no backtracking; what cannot be read ends the list.

/** One challenge; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest header that is looked at; a real one is under 1 kB. */
const LONGEST = 8_192;

/** All challenges of a header, in its order; empty where there is none. */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const text = (header ?? '').slice(0, LONGEST);
  let at = 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  while (at < text.length) {
    match(BETWEEN);
    const word = match(TOKEN);
    if (word === undefined) break;
    const equals = match(EQUALS);
    if (equals === undefined) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
      // token68, as `Negotiate dG9rZW4=` has it, is passed over.
      match(TOKEN68);
      continue;
    }
    const raw = match(QUOTED) ?? match(TOKEN) ?? '';
    const value = raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/gs, '$1') : raw;
    const current = challenges.at(-1)?.parameters;
    const name = word.toLowerCase();
    if (current !== undefined && !current.has(name)) current.set(name, value);
  }
  return challenges;
}

const BETWEEN = /[\s,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=+(?=[ \t]*(?:,|$))/y;
