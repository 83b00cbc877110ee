// Breaks prose into lines at spaces; a word longer than a line stays whole, so that it can be copied.

/** Lines of at most `widthChars`, but for single words that are longer; none for an empty text. */
export function wrap(text: string, widthChars: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > widthChars) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
