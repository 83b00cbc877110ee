// What somebody may have meant: the nearest of the words that there are.

/** ` (did you mean "high"?)`, or nothing where none is near. */
export function suggestNear(text: string, words: readonly string[]): string {
  if (text.length > 100) return '';
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of words) {
    const distance = countEdits(text.toLowerCase(), word.toLowerCase());
    if (
      distance <= Math.max(1, Math.floor(word.length / 3)) &&
      distance < (best?.distance ?? Number.POSITIVE_INFINITY)
    )
      best = { word, distance };
  }
  return best === undefined ? '' : ` (did you mean "${best.word}"?)`;
}

/** Levenshtein's distance: letters put in, left out or changed. */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, change));
    }
    row = next;
  }
  return row[b.length] as number;
}
