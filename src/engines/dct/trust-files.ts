// The role files of one repository as bytes, and what was known of it before: all that is judged.
import type { RoleName } from '../../formats/notary1/role-name.ts';

export interface TrustFiles {
  /** The repository with its host, as `docker.io/library/debian`: what the root’s certificates are for. */
  readonly gun: string;
  /** The newest file of each role. */
  readonly current: ReadonlyMap<RoleName, Uint8Array>;
  /** Earlier roots by the version that they were asked for. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** Versions that were seen and held before, by role; a lower one now is a step back. */
  readonly seen?: ReadonlyMap<string, number>;
}
