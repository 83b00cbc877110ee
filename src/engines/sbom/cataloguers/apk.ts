// Alpine packages from apk's record: lib/apk/db/installed, and usr/lib/apk/db/installed after the merge of
// /usr. secdb names origins (`o:`), so the origin is the source; a package without one is its own.

import { type ApkPackage, parseApkInstalled } from '../../../formats/packages/apk-installed.ts';
import { compareApkVersions } from '../../../formats/packages/apk-version.ts';
import { formatPurl } from '../../../formats/packages/purl.ts';
import type { ImageFile, Unknown } from '../../../io/images/files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import type { Package } from '../inventory.ts';
import { type Cataloguer, type Discovery, type Evidence, filesAt, locate } from './cataloguer.ts';
import { distroQualifier } from './distribution.ts';

/** Where apk keeps its record, before and after the merge of /usr. */
export const apkDatabases: readonly string[] = Object.freeze([
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
]);

export const apkCataloguer: Cataloguer = Object.freeze({
  name: 'apk',
  title: 'Alpine packages',
  evidence: 'The record of apk: `lib/apk/db/installed` or `usr/lib/apk/db/installed`.',
  wish: {
    paths: apkDatabases,
    wants: (path: string) => (apkDatabases.includes(path) ? 'whole' : false),
    limitBytes: limits.wantedFileBytes,
  },
  find(evidence: Evidence): Discovery {
    const packages: Package[] = [];
    const unknowns: Unknown[] = [];
    for (const file of filesAt(evidence, apkDatabases)) {
      if (file.bytes === undefined) continue;
      const text = decodeUtf8(file.bytes) ?? Buffer.from(file.bytes).toString('latin1');
      const { packages: found, malformedAt } = parseApkInstalled(text);
      for (const one of found) packages.push(toPackage(evidence, file, one));
      for (const line of malformedAt) {
        unknowns.push({ where: file.path, why: `The entry at line ${line} has no name or no version.` });
      }
      // apk ends every entry with an empty line.
      if (found.length > 0 && !text.endsWith('\n')) {
        unknowns.push({
          where: file.path,
          why: 'The package database is cut: its last line does not end; the rest was read.',
        });
      }
    }
    for (const { purl, version } of packages) {
      if (compareApkVersions(version, version) !== undefined) continue;
      unknowns.push({ where: purl, why: `"${version}" is not an Alpine version, so it cannot be compared.` });
    }
    return { packages, unknowns };
  },
});

function toPackage(evidence: Evidence, file: ImageFile, one: ApkPackage): Package {
  const distro = distroQualifier(evidence.distribution);
  const qualifiers = { ...(one.architecture && { arch: one.architecture }), ...(distro && { distro }) };
  return Object.freeze({
    type: 'apk',
    name: one.name,
    version: one.version,
    purl: formatPurl({
      type: 'apk',
      namespace: evidence.distribution?.id,
      name: one.name,
      version: one.version,
      qualifiers,
    }),
    ...(one.architecture && { architecture: one.architecture }),
    source: { name: one.origin ?? one.name, version: one.version },
    licenses: one.license ? [one.license] : [],
    ...(one.license && { licenseEvidence: file.path }),
    ...(one.license && !/affero|agpl|custom/i.test(one.license) && { excludedLicenses: ['AGPL'] as const }),
    ...(one.maintainer && { supplier: one.maintainer }),
    locations: [locate(file)],
    foundBy: 'apk',
  });
}
