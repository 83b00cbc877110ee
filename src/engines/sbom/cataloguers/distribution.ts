// The distribution from os-release(5): etc/os-release first, then usr/lib/os-release, as the manual says.
// Rolling releases name no version: that is kept as it is, so that feeds are "not covered", never "clean".

import { parseOsRelease } from '../../../formats/packages/os-release.ts';
import type { SquashedView, Unknown } from '../../../io/images/files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import type { Distribution } from '../inventory.ts';
import { type CataloguerWish, createEvidence } from './cataloguer.ts';

const PATHS: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];

export const distributionWish: CataloguerWish = Object.freeze({
  paths: PATHS,
  wants: (path: string) => (PATHS.includes(path) ? 'whole' : false),
  /** os-release files are some hundred bytes. */
  limitBytes: 64 * 1024,
});

/** What the image says it is; absent with an unknown where it says nothing readable. */
export function findDistribution(view: SquashedView): {
  readonly distribution?: Distribution;
  readonly unknowns: readonly Unknown[];
} {
  const evidence = createEvidence(view, undefined);
  for (const path of PATHS) {
    const bytes = evidence.file(path)?.bytes;
    if (bytes === undefined) continue;
    const text = decodeUtf8(bytes);
    const distribution = text === undefined ? undefined : toDistribution(parseOsRelease(text));
    if (distribution !== undefined) return { distribution, unknowns: [] };
    return { unknowns: [{ where: path, why: 'It names no distribution (no readable ID).' }] };
  }
  return { unknowns: [] };
}

function toDistribution(values: ReadonlyMap<string, string>): Distribution | undefined {
  const id = values.get('ID')?.toLowerCase();
  if (!id || !/^[a-z0-9._-]+$/.test(id)) return undefined;
  const versionId = values.get('VERSION_ID');
  const codename = values.get('VERSION_CODENAME');
  const prettyName = values.get('PRETTY_NAME');
  const idLike = values
    .get('ID_LIKE')
    ?.split(/\s+/)
    .filter((word) => word !== '');
  return Object.freeze({
    id,
    ...(versionId && { versionId }),
    ...(codename && { codename }),
    ...(prettyName && { prettyName }),
    ...(idLike?.length && { idLike }),
  });
}

/** The `distro` qualifier of a package URL: `debian-12`; the codename where there is no number. */
export function distroQualifier(distribution: Distribution | undefined): string | undefined {
  const version = distribution?.versionId ?? distribution?.codename;
  return distribution === undefined || version === undefined ? undefined : `${distribution.id}-${version}`;
}
