// The hidden first line by which a comment is found again: an HTML comment that no reader sees.
// A key is any text; it is escaped so that it can neither close the HTML comment nor look like another key.

/** `<!-- plimsoll:comment KEY -->`; comments that are kept for good have a marker of their own. */
export function formatMarker(key: string, isKept: boolean): string {
  // Percent-encoding leaves a hyphen as it is, and two of them may end an HTML comment.
  const name = encodeURIComponent(key.toWellFormed()).replaceAll('-', '%2D');
  return `<!-- plimsoll:comment ${name}${isKept ? ' kept' : ''} -->`;
}

/** Whether the text begins with the marker, on a line of its own. A quoted or later marker does not count. */
export function hasMarker(markdown: string, marker: string): boolean {
  const end = markdown.indexOf('\n');
  return (end < 0 ? markdown : markdown.slice(0, end)).trimEnd() === marker;
}
