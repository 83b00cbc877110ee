// Python packages as installed: the core metadata (packaging.python.org, "Recording installed projects") in
// a site-packages or dist-packages folder, or vendored below one. Names are normalised, since advisories
// are. What a package of the distribution brought is left out: the distribution's advisories judge it.
// The interpreter is no package of this kind.
import { isPep440Version } from '../../../formats/packages/pep440-version.ts';
import { formatPurl } from '../../../formats/packages/purl.ts';
import {
  type PythonMetadata,
  parsePythonMetadata,
  pythonHeadersEnd,
} from '../../../formats/packages/python-metadata.ts';
import { isPythonName, normalPythonName } from '../../../formats/packages/python-name.ts';
import type { ImageFile, Unknown } from '../../../io/images/files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import type { Package } from '../inventory.ts';
import { toSpdxExpression } from '../license.ts';
import { type Cataloguer, type Discovery, type Evidence, locate } from './cataloguer.ts';
import { isDpkgList, ownedPaths, reduceDpkgList } from './ownership.ts';
import { licenseOfClassifier } from './python-license.ts';

/** Directly below the folder, or below one that holds vendored packages: not in tests' material. */
const METADATA =
  /(?:^|\/)(?:site|dist)-packages\/(?:(?:[^/]+\/)+_vendor\/)?[^/]+\.(?:dist-info\/METADATA|egg-info(?:\/PKG-INFO)?|egg\/EGG-INFO\/PKG-INFO)$/;
const NAME_CHARS = 214;
const VERSION_CHARS = 256;
/** A longer licence is the text itself, not its name. */
const LICENSE_CHARS = 200;
const SUPPLIER_CHARS = 200;

export const pythonCataloguer: Cataloguer = Object.freeze({
  name: 'python',
  title: 'Python packages',
  evidence:
    '`*.dist-info/METADATA`, `*.egg-info/PKG-INFO` or `*.egg-info` in `site-packages` and `dist-packages`, unless dpkg’s or apk’s record names the file as one of the distribution’s.',
  wish: {
    wants: (path: string) => (isMetadata(path) || isDpkgList(path) ? 'whole' : false),
    reduce(path: string, bytes: Uint8Array) {
      if (isDpkgList(path)) return reduceDpkgList(bytes, isMetadata);
      return isMetadata(path) ? bytes.subarray(0, pythonHeadersEnd(bytes)) : bytes;
    },
    limitBytes: limits.pythonMetadataBytes,
  },
  find(evidence: Evidence): Discovery {
    const files = evidence.view.files.filter(({ path, bytes }) => bytes !== undefined && isMetadata(path));
    const owned = files.length === 0 ? new Set<string>() : ownedPaths(evidence, isMetadata);
    const packages: Package[] = [];
    const unknowns: Unknown[] = [];
    for (const file of files) {
      if (owned.has(file.path)) continue;
      const found = toPackage(file);
      if (typeof found === 'string') {
        unknowns.push({ where: file.path, why: found });
        continue;
      }
      packages.push(found);
      if (!isPep440Version(found.version)) {
        const why = `"${found.version}" is not a version of PEP 440, so it cannot be compared.`;
        unknowns.push({ where: found.purl, why });
      }
    }
    return { packages, unknowns };
  },
});

function isMetadata(path: string): boolean {
  if (!/(?:\/METADATA|\.egg-info|\/PKG-INFO)$/.test(path)) return false;
  return METADATA.test(path);
}

/** The package, or what its metadata lacks. */
function toPackage(file: ImageFile): Package | string {
  const bytes = file.bytes as Uint8Array;
  const head = bytes.subarray(0, pythonHeadersEnd(bytes));
  const metadata = parsePythonMetadata(decodeUtf8(head) ?? Buffer.from(head).toString('latin1'));
  const { name: written, version, supplier } = metadata;
  if (written === undefined) return 'The metadata names no package.';
  if (written.length > NAME_CHARS || !isPythonName(written))
    return 'The metadata has a name that no Python package can have.';
  if (version === undefined || version.length > VERSION_CHARS)
    return `The metadata of ${written} has no version that can be read.`;
  const name = normalPythonName(written);
  const licenses = licensesOf(metadata);
  return Object.freeze({
    type: 'pypi',
    name,
    version,
    purl: formatPurl({ type: 'pypi', name, version }),
    licenses,
    ...(licenses.length > 0 && { licenseEvidence: file.path }),
    ...(supplier && { supplier: supplier.replace(/\s+/g, ' ').slice(0, SUPPLIER_CHARS) }),
    locations: [locate(file)],
    foundBy: 'python',
  });
}

/** What is certain first: an expression, a licence field that is one, classifiers; else the field's own words. */
function licensesOf({ licenseExpression, license, licenseClassifiers }: PythonMetadata): readonly string[] {
  if (licenseExpression !== undefined) return [licenseExpression];
  const words = license?.split('\n').length === 1 && license.length <= LICENSE_CHARS ? [license] : [];
  if (words.some((text) => toSpdxExpression(text) !== undefined)) return words;
  const classified = licenseClassifiers.flatMap((one) => licenseOfClassifier(one) ?? []);
  if (classified.length > 0 && classified.every((text) => toSpdxExpression(text) !== undefined))
    return [...new Set(classified)];
  return words.length > 0 ? words : [...new Set(classified)];
}
