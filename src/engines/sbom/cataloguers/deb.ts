// Debian packages from dpkg's own record: var/lib/dpkg/status, and status.d/* of distroless images (no
// Status field there). Advisories name source packages, so the source and its version are kept: from
// `Source: name (version)`, else the package's own. Licences come from usr/share/doc/PACKAGE/copyright.

import { parseDebControl, type Stanza } from '../../../formats/packages/deb-control.ts';
import { compareDebVersions } from '../../../formats/packages/deb-version.ts';
import { parseDebianCopyright } from '../../../formats/packages/debian-copyright.ts';
import { formatPurl } from '../../../formats/packages/purl.ts';
import type { ImageFile, Unknown } from '../../../io/images/files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import type { Package } from '../inventory.ts';
import type { Cataloguer, Discovery, Evidence } from './cataloguer.ts';
import { filesAt, locate } from './cataloguer.ts';
import { distroQualifier } from './distribution.ts';

const STATUS = 'var/lib/dpkg/status';
const STATUS_D = /^var\/lib\/dpkg\/status\.d\/[^/]+$/;
/** A copyright file, or the folder itself: related packages share one through a linked folder. */
const COPYRIGHT = /^usr\/share\/doc\/[^/]+(?:\/copyright)?$/;
/** dpkg(1): states in which no file of the package is there. */
const ABSENT_STATES: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

export const debCataloguer: Cataloguer = Object.freeze({
  name: 'deb',
  title: 'Debian packages',
  evidence:
    'Dpkg’s record, `var/lib/dpkg/status` and `var/lib/dpkg/status.d/*`; licences from `usr/share/doc/PACKAGE/copyright`.',
  wish: {
    paths: [STATUS],
    wants: (path: string) => (isDatabase(path) || COPYRIGHT.test(path) ? 'whole' : false),
    limitBytes: limits.wantedFileBytes,
  },
  find(evidence: Evidence): Discovery {
    const packages: Package[] = [];
    const unknowns: Unknown[] = [];
    const entries = evidence.view.files.map(({ path }) => path).filter(isDatabase);
    for (const file of filesAt(evidence, [STATUS, ...entries])) {
      if (file.bytes !== undefined) readDatabase(evidence, file, file.bytes, packages, unknowns);
    }
    return { packages, unknowns };
  },
});

function isDatabase(path: string): boolean {
  return path === STATUS || (STATUS_D.test(path) && !path.endsWith('.md5sums'));
}

function readDatabase(
  evidence: Evidence,
  file: ImageFile,
  bytes: Uint8Array,
  packages: Package[],
  unknowns: Unknown[],
): void {
  const note = (why: string) => unknowns.push({ where: file.path, why });
  const text = decodeUtf8(bytes) ?? Buffer.from(bytes).toString('latin1');
  let malformedLines = 0;
  let entries = 0;
  for (const stanza of parseDebControl(text)) {
    entries += 1;
    malformedLines += stanza.malformedLines;
    const state = stanza.fields.get('status')?.split(/\s+/)[2];
    if (state !== undefined && ABSENT_STATES.has(state)) continue;
    const found = toPackage(evidence, file, stanza);
    if (typeof found === 'string') note(`The entry at line ${stanza.line} ${found}.`);
    else {
      packages.push(found);
      if (compareDebVersions(found.version, found.version) === undefined) {
        unknowns.push({
          where: found.purl,
          why: `"${found.version}" is not a Debian version, so it cannot be compared.`,
        });
      }
    }
  }
  if (malformedLines > 0) note(`${malformedLines} lines are not of a package database; the rest was read.`);
  // dpkg ends every entry with an empty line: a last line without its end is a cut file.
  if (!STATUS_D.test(file.path) && entries > 0 && !text.endsWith('\n')) {
    note('The package database is cut: its last line does not end; the rest was read.');
  }
}

/** The package, or what the entry lacks. */
function toPackage(evidence: Evidence, file: ImageFile, { fields }: Stanza): Package | string {
  const name = fields.get('package');
  const version = fields.get('version');
  if (!name) return 'names no package';
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(name)) return 'has a name that no Debian package can have';
  if (!version) return `(${name}) has no version`;
  const architecture = fields.get('architecture');
  const distro = distroQualifier(evidence.distribution);
  const qualifiers = { ...(architecture && { arch: architecture }), ...(distro && { distro }) };
  const supplier = fields.get('maintainer');
  return Object.freeze({
    type: 'deb',
    name,
    version,
    purl: formatPurl({ type: 'deb', namespace: evidence.distribution?.id, name, version, qualifiers }),
    ...(architecture && { architecture }),
    source: sourceOf(fields.get('source'), name, version),
    ...licensesOf(evidence, name),
    ...(supplier && { supplier }),
    locations: [locate(file)],
    foundBy: 'deb',
  });
}

/** `Source: gcc-12 (12.2.0-14)`: the version stands only where it differs, as after a binary-only rebuild (+b1). */
function sourceOf(field: string | undefined, name: string, version: string) {
  const match = /^([^\s()]+)(?:\s+\(\s*([^\s()]+)\s*\))?$/.exec(field?.trim() ?? '');
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

function licensesOf(
  evidence: Evidence,
  name: string,
): Pick<Package, 'licenses' | 'licenseEvidence' | 'excludedLicenses'> {
  const file = evidence.file(`usr/share/doc/${name}/copyright`);
  if (file?.bytes === undefined) return { licenses: [] };
  const text = decodeUtf8(file.bytes) ?? Buffer.from(file.bytes).toString('latin1');
  const licenses = parseDebianCopyright(text);
  return {
    licenses,
    licenseEvidence: file.path,
    ...(/affero|agpl/i.test(text) ? {} : { excludedLicenses: ['AGPL'] }),
  };
}
