// Findings grouped by what fixes them: one step a person can take, and what it clears.
import type { Finding } from './finding.ts';

export interface FixGroup {
  /** Stable within a report: `deb-upgrade`, `go-toolchain`, `npm:lodash`, `none`. */
  readonly key: string;
  /** The step: `Upgrade 3 Debian packages`, `Build with Go 1.26.3`, `No fix yet`. */
  readonly title: string;
  /** One sentence of detail: what and where. */
  readonly detail: string;
  /** A line to copy, where there is one: `apt-get update && apt-get install --only-upgrade -y libc6`. */
  readonly command?: string;
  readonly fixable: boolean;
  /** Most severe first. */
  readonly findings: readonly Finding[];
}
