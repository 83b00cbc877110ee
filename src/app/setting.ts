// One setting: where it is written, how its text is read, what it means. settings.ts has the table of all.

/** Text that cannot be used; the message is the second half of "… ; it must be …". */
export type Reading<T> = { readonly value: T } | { readonly must: string };

export interface Setting<T> {
  /** In the YAML file; a dot is a level: `log.level`. */
  readonly key: string;
  readonly flag: string;
  readonly env: string;
  /** As a person would write it; absent where not setting it means something of its own. */
  readonly fallback?: string;
  readonly meaning: string;
  /** Never printed. */
  readonly isSecret?: true;
  readonly read: (text: string) => Reading<T>;
  /** As `read` takes it; the value's own text where absent. */
  format?(value: T): string;
}
