// From what a document says to an inventory: the packages that can be judged, and an unknown for all others, one
// per reason. A document of our own gives back the inventory it was written of; any other maker's has the unknown
// that what he could not read is not told.
import type { Digest } from '../../../formats/oci/digest.ts';
import { formatPurl, type Purl } from '../../../formats/packages/purl.ts';
import type { Unknown } from '../../../io/images/files.ts';
import { settlePackages, uniqueUnknowns } from '../catalog.ts';
import { type Identity, identityOf, readPurl } from '../facts/identity.ts';
import { isOwnDocument, readInventoryFacts } from '../facts/inventory-facts.ts';
import { readPackageFacts } from '../facts/package-facts.ts';
import type { Inventory, Package } from '../inventory.ts';
import type { DocumentClaim, PackageClaim } from './claim.ts';
import { settleDistribution } from './distribution.ts';

/** What a document may be about without that being a package of it. */
const SUBJECT_TYPES: ReadonlySet<string> = new Set(['oci', 'docker', 'generic', 'github']);
const WHERE = 'the SBOM';

interface Read {
  readonly claim: PackageClaim;
  readonly purl: Purl;
  /** As written. */
  readonly text: string;
  readonly identity: Identity;
}

/** `documentDigest` stands in where the document does not name the image's. */
export function assembleInventory(claim: DocumentClaim, documentDigest: Digest): Inventory {
  const isOwn = isOwnDocument(claim.facts);
  const { read, unknowns: unread } = readPackages(claim);
  const system = read.filter(({ identity: { type } }) => type === 'deb' || type === 'apk');
  const settled = settleDistribution(claim.distributions, isOwn ? [] : system.map(({ purl }) => purl));
  const { platform, layers, unknowns, fileCount, totalBytes, malformed } = readInventoryFacts(claim.facts);
  const packages = read.map((one) => (isOwn ? ownPackage(one) : foreignPackage(one)));
  return Object.freeze({
    schema: 1,
    digest: claim.digest ?? documentDigest,
    ...(platform !== undefined && { platform }),
    ...(settled.distribution !== undefined && { distribution: Object.freeze(settled.distribution) }),
    packages: settlePackages(packages),
    layers,
    unknowns: uniqueUnknowns([
      ...unknowns,
      ...(isOwn ? describeMalformed(malformed) : describeForeign(claim, system)),
      ...unread,
      ...settled.unknowns,
    ]),
    fileCount,
    totalBytes,
  });
}

/** The packages of a known type, and what the others are, counted. */
function readPackages({ packages, malformed }: DocumentClaim): {
  readonly read: readonly Read[];
  readonly unknowns: readonly Unknown[];
} {
  const read: Read[] = [];
  const others = new Map<string, number>();
  const count = (why: string): void => void others.set(why, (others.get(why) ?? 0) + 1);
  for (const claim of packages) {
    const texts = claim.purls.flatMap((text) => {
      const purl = readPurl(text);
      return purl === undefined ? [] : [{ text, purl }];
    });
    const judged = texts.flatMap(({ text, purl }) => {
      const whole = purl.version === undefined ? { ...purl, version: claim.version } : purl;
      const identity = identityOf(whole, claim.name);
      return identity === undefined ? [] : [{ claim, text, purl, identity }];
    });
    const [first] = judged;
    const type = texts[0]?.purl.type;
    if (first !== undefined) read.push(first);
    else if (claim.isSubject === true && (type === undefined || SUBJECT_TYPES.has(type))) continue;
    else if (type !== undefined) count(`of type ${type}`);
    else count(claim.purls.length > 0 ? 'with a malformed package URL' : 'without a package URL');
  }
  return {
    read,
    unknowns: [
      ...[...others].map(([which, number]) => ({
        where: WHERE,
        why: `${number} ${number === 1 ? 'package' : 'packages'} ${which} cannot be judged yet.`,
      })),
      ...(malformed === 0
        ? []
        : [{ where: WHERE, why: `${malformed} of its packages cannot be read: no JSON object.` }]),
    ],
  };
}

/** As it was when the document was written. */
function ownPackage({ claim, text, identity }: Read): Package {
  const { architecture, ...facts } = readPackageFacts(claim.facts);
  const { architecture: told, ...named } = identity;
  const own = architecture ?? told;
  return Object.freeze({
    ...named,
    purl: text,
    ...(own !== undefined && own !== '' && { architecture: own }),
    licenses: [],
    foundBy: 'sbom',
    ...facts,
    locations: claim.locations,
  });
}

function foreignPackage({ claim, purl, identity }: Read): Package {
  const { version } = identity;
  const isSystem = identity.type === 'deb' || identity.type === 'apk';
  return Object.freeze({
    ...identity,
    purl: formatPurl(purl),
    ...(isSystem && { source: sourceOf(claim, purl, { name: identity.name, version }) }),
    licenses: claim.licenses,
    ...(claim.supplier !== undefined && { supplier: claim.supplier }),
    locations: claim.locations,
    foundBy: 'sbom',
    ...(identity.type === 'golang' && identity.name === 'stdlib' && { role: 'stdlib' as const }),
  });
}

/** `upstream=openssl@3.0.11-1`, `upstream=openssl`; a package whose source nobody names is its own. */
function sourceOf(
  claim: PackageClaim,
  { qualifiers }: Purl,
  own: NonNullable<Package['source']>,
): NonNullable<Package['source']> {
  const text = statedSource(qualifiers);
  const at = text?.lastIndexOf('@') ?? -1;
  const facts = claim.facts.one('source:name');
  const stated =
    facts !== undefined
      ? { name: facts, version: claim.facts.one('source:version') ?? '' }
      : (claim.source ??
        (text === undefined
          ? own
          : { name: at < 0 ? text : text.slice(0, at), version: at < 0 ? '' : text.slice(at + 1) }));
  return stated.version === '' ? { name: stated.name, version: own.version } : stated;
}

function statedSource(qualifiers: Purl['qualifiers']): string | undefined {
  return qualifiers?.upstream ?? qualifiers?.source;
}

function describeForeign(claim: DocumentClaim, system: readonly Read[]): readonly Unknown[] {
  const silent = {
    where: WHERE,
    why: `What the maker of this ${claim.format} document could not read is not told.`,
  };
  const names = system.some(
    ({ claim: one, purl }) =>
      one.source !== undefined ||
      one.facts.one('source:name') !== undefined ||
      statedSource(purl.qualifiers) !== undefined,
  );
  if (system.length === 0 || names) return [silent];
  const why =
    'No system package names the source that it was built from, which is what advisories name; findings may be missing.';
  return [silent, { where: WHERE, why }];
}

function describeMalformed(malformed: number): readonly Unknown[] {
  if (malformed === 0) return [];
  return [{ where: WHERE, why: `${malformed} of the facts that Plimsoll wrote into it cannot be read.` }];
}
