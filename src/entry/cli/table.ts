// Tables of the terminal: columns as wide as their widest cell, one column gives way where the window is
// narrow. Control characters in what images say are shown, never sent to the terminal.
import stringWidth from 'string-width';
import { printable } from './printable.ts';

export interface Column {
  readonly align?: 'left' | 'right';
  /** The column that is cut with … when a row is wider than the window; at most one. */
  readonly isFlexible?: boolean;
}

/** Rows of equal length as lines, two spaces between columns, no trailing space. */
export function formatTable(
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  widthChars: number,
): string[] {
  const clean = rows.map((row) => row.map(printable));
  const widths = columns.map((_, position) =>
    Math.max(0, ...clean.map((row) => stringWidth(row[position] ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.isFlexible === true);
  const total = widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1);
  if (flexible >= 0 && total > widthChars)
    widths[flexible] = Math.max(8, (widths[flexible] as number) - (total - widthChars));
  return clean.map((row) =>
    row
      .map((cell, position) => fit(cell, widths[position] as number, columns[position]?.align ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function fit(cell: string, width: number, align: 'left' | 'right'): string {
  const own = stringWidth(cell);
  if (own > width) return clip(cell, width);
  const padding = ' '.repeat(width - own);
  return align === 'right' ? padding + cell : cell + padding;
}

function clip(cell: string, width: number): string {
  let kept = '';
  for (const character of cell) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - stringWidth(kept)))}`;
}
