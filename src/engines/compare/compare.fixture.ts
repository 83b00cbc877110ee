// Judged images for tests: packages and findings as a few words, the verdict of the standard policy.

import type { ImageConfig } from '../../formats/oci/config.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { Finding } from '../advisory/finding.ts';
import type { Severity } from '../advisory/record.ts';
import type { Lineage } from '../lineage/lineage.ts';
import { evaluatePolicy } from '../policy/evaluate.ts';
import type { Inventory, Package, PackageType } from '../sbom/inventory.ts';
import type { Judged } from './compare.ts';

export interface JudgedParts {
  readonly name?: string;
  readonly packages?: readonly Package[];
  readonly findings?: readonly Finding[];
  /** Names of packages that no feed could judge. */
  readonly gaps?: readonly string[];
  /** What each layer holds, the lowest first. */
  readonly layers?: readonly string[];
  readonly config?: Partial<ImageConfig>;
  readonly lineage?: Lineage;
  readonly sizeBytes?: number;
  /** Whether the layers are, as they are where nothing is said. */
  readonly isCompressed?: boolean;
}

const REFRESHED_AT = Date.parse('2026-11-20T14:00:00Z');

export function judgedOf(parts: JudgedParts = {}): Judged {
  const { name = 'app:1', packages = [], findings = [], layers = ['one'] } = parts;
  const config: ImageConfig = {
    user: '1000',
    entrypoint: ['/app'],
    command: [],
    env: [],
    exposedPorts: [],
    volumes: [],
    labels: {},
    diffIds: layers.map((text) => digestOf(text)),
    history: [],
    ...parts.config,
  };
  const inventory = inventoryOf(name, packages, layers, parts.isCompressed ?? true);
  const gaps = packages
    .filter((one) => parts.gaps?.includes(one.name))
    .map(({ purl, name: of, version }) => ({ purl, name: of, version, why: 'no advisory feed covers it' }));
  const feed = {
    feed: 'debian',
    refreshedAt: REFRESHED_AT,
    coverage: 'affected' as const,
    scopes: ['debian:12'],
  };
  const coverage = { packages: packages.length, judged: packages.length - gaps.length, gaps, feeds: [feed] };
  const matching = { findings, coverage };
  return {
    subject: {
      reference: name,
      digest: digestOf(name),
      platform: 'linux/amd64',
      sizeBytes: parts.sizeBytes ?? 1_000_000,
      config,
    },
    inventory,
    matching,
    ...(parts.lineage === undefined ? {} : { lineage: parts.lineage }),
    verdict: evaluatePolicy({ config, inventory, matching }),
  };
}

function inventoryOf(
  name: string,
  packages: readonly Package[],
  layers: readonly string[],
  isCompressed: boolean,
): Inventory {
  return {
    schema: 1,
    digest: digestOf(name),
    packages,
    layers: layers.map((text, position) => ({
      position,
      digest: digestOf(`${text} packed`),
      diffId: digestOf(text),
      mediaType: isCompressed ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer,
      sizeBytes: 1000,
      unpackedBytes: 3000,
      entries: 1,
      deletions: 0,
    })),
    unknowns: [],
    fileCount: 1,
    totalBytes: 3000,
  };
}

export function pkg(
  type: PackageType,
  name: string,
  version: string,
  layer = 0,
  path = `${type}/${name}`,
): Package {
  return {
    type,
    name,
    version,
    purl: `pkg:${type}/${name}@${version}`,
    licenses: ['MIT'],
    locations: [{ path, layerDiffId: digestOf(String(layer)), layerPosition: layer }],
    foundBy: type,
  };
}

export function found(id: string, severity: Severity, of: Package, fixedVersion?: string): Finding {
  const [place] = of.locations;
  return {
    id,
    aliases: [],
    severity,
    severityBy: 'test',
    package: {
      purl: of.purl,
      type: of.type,
      name: of.name,
      version: of.version,
      matchedName: of.name,
      matchedVersion: of.version,
      path: place?.path ?? '',
      layerDiffId: place?.layerDiffId ?? '',
      layerPosition: place?.layerPosition ?? -1,
    },
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    evidence: { feed: 'debian', recordId: id, scope: 'debian:12', comparison: 'test' },
  };
}
