// The lock file without what only building needs: what the published package carries as npm-shrinkwrap.json, so that
// an installation gets the very packages that were tested, by their sums. Pure.

export interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

export interface Lock {
  readonly lockfileVersion: number;
  /** By folder; '' is the package itself. */
  readonly packages: Readonly<Record<string, LockEntry>>;
  readonly [member: string]: unknown;
}

/** No entry tells an address: a package comes from the registry of whoever installs it. */
export function productionLock(lock: Lock): Lock {
  const packages = Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path, entry]) => {
      const { devDependencies: _, resolved: __, ...rest } = entry;
      return [path, rest] as const;
    });
  return { ...lock, packages: Object.fromEntries(packages) };
}
