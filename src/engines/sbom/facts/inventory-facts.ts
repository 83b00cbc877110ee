// The facts of an inventory as a whole: layers, counts, and every unknown, so that a document is never cleaner than
// what it was written of. `plimsoll:inventory` says that all is there: a document without it is another maker's.
import { isDigest } from '../../../formats/oci/digest.ts';
import type { LayerSummary, Unknown } from '../../../io/images/files.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import type { Distribution, Inventory } from '../inventory.ts';
import { type Fact, type Facts, fact } from './fact.ts';

/** Version of the facts. */
const VERSION = '1';

export function inventoryFacts(inventory: Inventory): readonly Fact[] {
  return [
    ...fact('inventory', VERSION),
    ...fact('platform', inventory.platform),
    ...fact('file-count', String(inventory.fileCount)),
    ...fact('total-bytes', String(inventory.totalBytes)),
    ...inventory.layers.flatMap((layer) => fact('layer', JSON.stringify(layer))),
    ...inventory.unknowns.flatMap(({ where, why }) => fact('unknown', JSON.stringify({ where, why }))),
  ];
}

/** What os-release said beside name and version. */
export function distributionFacts(distribution: Distribution): readonly Fact[] {
  const { versionId, codename, prettyName, idLike = [] } = distribution;
  return [
    // Readers trim what stands in a format's own member.
    ...fact('version-id', versionId === versionId?.trim() ? undefined : versionId),
    ...fact('codename', codename),
    ...fact('pretty-name', prettyName),
    ...idLike.flatMap((id) => fact('id-like', id)),
  ];
}

/** Whether all facts of an inventory are told, as our own writers do. */
export function isOwnDocument(facts: Facts): boolean {
  return facts.one('inventory') === VERSION;
}

export interface InventoryFacts {
  readonly platform?: string;
  readonly layers: readonly LayerSummary[];
  readonly unknowns: readonly Unknown[];
  readonly fileCount: number;
  readonly totalBytes: number;
  /** Facts that are there and cannot be read. */
  readonly malformed: number;
}

export function readInventoryFacts(facts: Facts): InventoryFacts {
  const platform = facts.one('platform');
  const layers = facts.all('layer').flatMap((text) => parseLayer(text) ?? []);
  const unknowns = facts.all('unknown').flatMap((text) => parseUnknown(text) ?? []);
  const counts = [facts.one('file-count'), facts.one('total-bytes')].map(parseCount);
  return {
    ...(platform && { platform }),
    layers,
    unknowns,
    fileCount: counts[0] ?? 0,
    totalBytes: counts[1] ?? 0,
    malformed:
      facts.all('layer').length -
      layers.length +
      facts.all('unknown').length -
      unknowns.length +
      counts.filter((count) => count === undefined).length,
  };
}

export function readDistributionFacts(facts: Facts): Omit<Distribution, 'id'> {
  const versionId = facts.one('version-id');
  const codename = facts.one('codename');
  const prettyName = facts.one('pretty-name');
  const idLike = facts.all('id-like');
  return {
    ...(versionId && { versionId }),
    ...(codename && { codename }),
    ...(prettyName && { prettyName }),
    ...(idLike.length > 0 && { idLike }),
  };
}

function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseUnknown(text: string): Unknown | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { where, why } = value;
  return typeof where === 'string' && typeof why === 'string' ? { where, why } : undefined;
}

function parseLayer(text: string): LayerSummary | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { position, digest, diffId, mediaType, sizeBytes, unpackedBytes, entries, deletions } = value;
  if (!isDigest(digest) || !isDigest(diffId) || typeof mediaType !== 'string') return undefined;
  if (!isCount(position) || !isCount(sizeBytes) || !isCount(unpackedBytes)) return undefined;
  if (!isCount(entries) || !isCount(deletions)) return undefined;
  return { position, digest, diffId, mediaType, sizeBytes, unpackedBytes, entries, deletions };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
