// A count with its noun, as English has it.

/** `1 package`, `2,000 packages`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
