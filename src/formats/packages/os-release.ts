// os-release(5): shell-like assignments naming the distribution. Only quoting is undone; nothing is
// expanded. A line that is no assignment is passed over, as every reader of this file does.

const LINE = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

/** All assignments; the last of a name holds, as in a shell. Values may be empty. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line);
    if (match !== null) values.set(match[1] as string, unquote((match[2] as string).trim()));
  }
  return values;
}

function unquote(text: string): string {
  const quote = text[0];
  if (text.length >= 2 && quote === "'" && text.endsWith("'")) return text.slice(1, -1);
  if (text.length >= 2 && quote === '"' && text.endsWith('"')) {
    return text.slice(1, -1).replace(/\\(["$`\\])/g, '$1');
  }
  return text;
}
