// What a package URL says of a package that can be judged, in the inventory's own spelling. The one table of the
// types that are read from SBOM documents: every type of package has its line.
import { goToolchainVersion } from '../../../formats/packages/go-version.ts';
import { type Purl, parsePurl } from '../../../formats/packages/purl.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import type { PackageType } from '../inventory.ts';

export interface Identity {
  readonly type: PackageType;
  readonly name: string;
  /** Empty where none is told. */
  readonly version: string;
  readonly architecture?: string;
}

type Spelling = (purl: Purl, statedName?: string) => Pick<Identity, 'name' | 'version'>;

const spellings: Readonly<Record<PackageType, Spelling>> = Object.freeze({
  deb: systemSpelling,
  apk: systemSpelling,
  npm: (purl) => ({ name: joined(purl.namespace, purl.name), version: purl.version ?? '' }),
  pypi: ({ name, version = '' }) => ({ name: name.toLowerCase().replace(/[-_.]+/g, '-'), version }),
  golang: goSpelling,
});

function isPackageType(type: string): type is PackageType {
  return Object.hasOwn(spellings, type);
}

/** The identity, undefined for a type that cannot be judged; `statedName` is the document's own name for it. */
export function identityOf(purl: Purl, statedName?: string): Identity | undefined {
  if (!isPackageType(purl.type)) return undefined;
  const architecture = purl.qualifiers?.arch;
  return {
    type: purl.type,
    ...spellings[purl.type](purl, statedName),
    ...(architecture !== undefined && { architecture }),
  };
}

/** The parts, undefined where the text is no package URL. */
export function readPurl(text: string): Purl | undefined {
  try {
    return parsePurl(text);
  } catch (error) {
    if (isPlimsollError(error, { code: 'packages.purl_invalid' })) return undefined;
    throw error;
  }
}

/** Some writers keep the epoch out of the version: `openssl@3.0.11-1?epoch=1`. */
function systemSpelling({ name, version = '', qualifiers }: Purl) {
  const epoch = qualifiers?.epoch;
  const hasEpoch = epoch === undefined || epoch === '0' || !/^\d+$/.test(epoch) || /^\d+:/.test(version);
  return { name, version: hasEpoch || version === '' ? version : `${epoch}:${version}` };
}

/** Modules end in the subpath with some writers: github.com/aws/aws-sdk-go-v2#service/s3. */
function goSpelling({ namespace, name, version = '', subpath }: Purl, statedName?: string) {
  const path = joined(namespace, name);
  const whole = joined(path, subpath ?? '');
  const isStdlib = path === 'stdlib';
  return {
    name: subpath !== undefined && statedName === whole ? whole : path,
    version: isStdlib && version.startsWith('go') ? (goToolchainVersion(version) ?? '') : releaseOf(version),
  };
}

/** What a build from a folder calls itself is no version. */
function releaseOf(version: string): string {
  return /^\(?devel\)?$|^unknown$/i.test(version) ? '' : version;
}

function joined(first: string | undefined, second: string): string {
  return first === undefined || first === '' ? second : second === '' ? first : `${first}/${second}`;
}
