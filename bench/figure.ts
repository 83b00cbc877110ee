// Figures: the median, and a table for the terminal.
import { formatTable } from '../src/entry/cli/table.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const columns = head.map((_, position) => ({
    align: position === 0 ? ('left' as const) : ('right' as const),
  }));
  process.stdout.write(`${formatTable([head, ...rows], columns, 200).join('\n')}\n`);
}
