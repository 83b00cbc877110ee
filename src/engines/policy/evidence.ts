// What rules are handed: facts about one image, and nothing that could change between two askings.
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { Matching } from '../advisory/finding.ts';
import type { Attestation } from '../attest/attestation.ts';
import type { Lineage } from '../lineage/lineage.ts';
import type { Inventory } from '../sbom/inventory.ts';

export interface PolicyEvidence {
  /** Absent where the image's configuration could not be read: rules on it answer unknown. */
  readonly config?: ImageConfig;
  readonly inventory: Inventory;
  readonly matching: Matching;
  /** The image's name as it was given, for rules that show it. */
  readonly reference?: string;
  /** Absent where nobody looked for them. */
  readonly attestations?: readonly Attestation[];
  /** What hangs on the image and could not be read: none of a kind in `attestations` is then unknown, not none. */
  readonly attestationUnknowns?: readonly Unknown[];
  /** Absent where nobody looked for the base. */
  readonly lineage?: Lineage;
  /** Of the image manifest; absent where it has none or nobody looked. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the catalogue of exploited vulnerabilities was ever refreshed: without it, none is known to be. */
  readonly hasExploitedFeed?: boolean;
  /** The moment of judging, for grace periods; epoch milliseconds. */
  readonly judgedAt?: number;
}

/** Why nothing can be said of what an image holds; undefined where the inventory is a basis to judge on. */
export function describeEmptiness({ packages, fileCount }: Inventory): string | undefined {
  if (packages.length > 0 || fileCount === 0) return undefined;
  return `No package was recognised among ${fileCount} files, so what they hold is not known.`;
}

/** Up to three of what could not be read, as sentences. */
export function describeUnknowns({ unknowns }: Inventory): readonly string[] {
  const told = unknowns.slice(0, 3).map(({ where, why }) => `Not read: ${where}: ${why}`);
  return unknowns.length > 3 ? [...told, `${unknowns.length - 3} more could not be read.`] : told;
}
