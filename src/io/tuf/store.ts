// Where a repository of trust (TUF) lies: small files by name. Written files are whole and last, or are not there.
// Each adapter passes contract-suite.ts.

export interface TufStore {
  /** Undefined where there is none. `trustfiles.unavailable`. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Durable when it resolves; takes the place of one that is there. `trustfiles.unavailable`. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** The same, and never over another: false where the name is taken. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** Nothing happens where there is none. */
  remove(name: string): Promise<void>;
  /** All names, in no order; files in the one folder `targets` as `targets/NAME`. */
  list(): Promise<readonly string[]>;
}

/** `timestamp.json`, `3.root.json`, `targets/SHA256.trusted_root.json`, `a%2Fb.json`: what a name may be. */
export function isTufName(name: string): boolean {
  return name.length <= 200 && /^(?:targets\/)?(?!\.{1,2}$)[A-Za-z0-9._%-]+$/.test(name);
}
