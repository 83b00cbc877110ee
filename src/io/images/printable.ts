// Another program's own words, fit for a message.

/** One line without control characters: the text comes from outside and goes to a terminal. */
export function printable(text: string, longestChars: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > longestChars ? `${line.slice(0, longestChars)}…` : line;
}
