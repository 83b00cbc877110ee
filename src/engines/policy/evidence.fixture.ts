// Evidence for tests of rules: a small Debian 12 image, matched against records of the test's own.
import type { ImageConfig } from '../../formats/oci/config.ts';
import { inventoryOf, packageOf, recordOf, storeOf } from '../advisory/advisory.fixture.ts';
import { matchInventory } from '../advisory/match.ts';
import type { AdvisoryRecord, Severity } from '../advisory/record.ts';
import type { Inventory, Package } from '../sbom/inventory.ts';
import type { PolicyEvidence } from './evidence.ts';

export const CURL = packageOf('deb', 'curl', '7.0', { licenses: ['MIT'] });

export function rated(id: string, fixed: string | undefined, level: Severity): AdvisoryRecord {
  return recordOf(id, fixed, { severity: { level, by: 'test' } });
}

export async function evidenceOf(
  given: {
    readonly packages?: readonly Package[];
    readonly records?: readonly AdvisoryRecord[];
    readonly inventory?: Partial<Inventory>;
    readonly user?: string | undefined;
    readonly coverage?: 'affected' | 'fixed-only';
    readonly labels?: Readonly<Record<string, string>>;
    /** Anything else of the evidence. */
    readonly more?: Partial<PolicyEvidence>;
  } = {},
): Promise<PolicyEvidence & { readonly config: ImageConfig }> {
  const other = [rated('CVE-0', '1', 'low')];
  const feeds = { debian: { 'debian:12 curl': given.records ?? [], 'debian:12 other': other } };
  await using store = await storeOf(feeds, given.coverage ?? 'affected');
  const inventory = inventoryOf(given.packages ?? [CURL], given.inventory);
  return {
    config: configOf(given.user ?? ('user' in given ? '' : '1000'), given.labels),
    inventory,
    matching: matchInventory(inventory, store),
    ...given.more,
  };
}

function configOf(user: string, labels: Readonly<Record<string, string>> = {}): ImageConfig {
  const none = { entrypoint: [], command: [], env: [], exposedPorts: [], volumes: [] };
  return { user, ...none, labels, diffIds: [], history: [] };
}
