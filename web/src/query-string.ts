// Search parameters as plain text: `?q=1` stays the text "1", and an empty value leaves the address.

export type QueryString = Record<string, string | undefined>;

/** Of a name given twice the first holds. */
export function parseQueryString(text: string): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) if (!query.has(name)) query.set(name, value);
  return Object.fromEntries(query);
}

/** With a leading `?`, or empty. */
export function formatQueryString(query: Record<string, unknown>): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== null && pair[1] !== '',
  );
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}
