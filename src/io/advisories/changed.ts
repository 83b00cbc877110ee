// What changed between two advisory stores: one merge over two sorted lists of hashes, in constant memory.
import type { AdvisoryStore, PackageHash } from './store.ts';

type PackageName = Pick<PackageHash, 'scope' | 'name'>;

/** (scope, name) pairs whose rows are new, different or gone, in order. */
export function* changedPackages(newer: AdvisoryStore, older: AdvisoryStore): Iterable<PackageName> {
  const left = newer.packages()[Symbol.iterator]();
  const right = older.packages()[Symbol.iterator]();
  try {
    let a = left.next();
    let b = right.next();
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : comparePackages(a.value, b.value);
      if (order < 0) yield nameOf(a.value);
      else if (order > 0) yield nameOf(b.value);
      else if (a.value.hash !== b.value.hash) yield nameOf(a.value);
      if (order <= 0) a = left.next();
      if (order >= 0) b = right.next();
    }
  } finally {
    left.return?.();
    right.return?.();
  }
}

/** By the UTF-8 bytes of scope then name: the order that SQLite keeps. */
export function comparePackages(a: PackageName, b: PackageName): number {
  return compareBytes(a.scope, b.scope) || compareBytes(a.name, b.name);
}

/** By UTF-8 bytes, as SQLite's BINARY collation orders text. */
export function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function nameOf({ scope, name }: PackageHash): PackageName {
  return { scope, name };
}
