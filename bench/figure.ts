// Figures: the median, and a table for the terminal.
import { formatTable } from '../src/entry/cli/table.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The value that `share` of all are not above, by nearest rank: 0.99 of 300 is the 297th. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const columns = head.map((_, position) => ({
    align: position === 0 ? ('left' as const) : ('right' as const),
  }));
  process.stdout.write(`${formatTable([head, ...rows], columns, 200).join('\n')}\n`);
}
