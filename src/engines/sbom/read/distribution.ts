// Which distribution an SBOM is of: what the document says, and what the `distro` qualifiers of its package URLs
// say (purl-spec, types deb and apk). Invariant: where two of them disagree, or none speaks, it is not known.
import type { Purl } from '../../../formats/packages/purl.ts';
import type { Unknown } from '../../../io/images/files.ts';
import { distroQualifier } from '../cataloguers/distribution.ts';
import type { Distribution } from '../inventory.ts';

/** Releases that writers of package URLs name by their codename. */
const CODENAMES: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['buster', ['debian', '10']],
  ['bullseye', ['debian', '11']],
  ['bookworm', ['debian', '12']],
  ['trixie', ['debian', '13']],
  ['xenial', ['ubuntu', '16.04']],
  ['bionic', ['ubuntu', '18.04']],
  ['focal', ['ubuntu', '20.04']],
  ['jammy', ['ubuntu', '22.04']],
  ['noble', ['ubuntu', '24.04']],
]);
const WHERE = 'the distribution';

export interface Settled {
  readonly distribution?: Distribution;
  readonly unknowns: readonly Unknown[];
}

/** `stated` by the document itself; `purls` of its system packages. */
export function settleDistribution(stated: readonly Distribution[], purls: readonly Purl[]): Settled {
  let settled: Distribution | undefined;
  for (const claim of claimsOf(stated, purls)) {
    const joined: Distribution | undefined = settled === undefined ? claim : join(settled, claim);
    if (joined === undefined) return conflict(settled as Distribution, claim);
    settled = joined;
  }
  if (settled !== undefined) return { distribution: settled, unknowns: [] };
  if (purls.length === 0) return { unknowns: [] };
  return { unknowns: [{ where: WHERE, why: 'The SBOM does not say of which its system packages are.' }] };
}

/** Each different one once. */
function* claimsOf(stated: readonly Distribution[], purls: readonly Purl[]): Generator<Distribution> {
  yield* stated;
  // What our own cataloguers make of the stated one need not be taken apart again.
  const own = stated.map(distroQualifier);
  const seen = new Set<string>();
  for (const { namespace, qualifiers = {} } of purls) {
    const { distro = '', os_name: osName = '', os_version: osVersion = '' } = qualifiers;
    const key = JSON.stringify([namespace, distro, osName, osVersion]);
    if (seen.has(key)) continue;
    seen.add(key);
    if (namespace !== undefined) yield { id: namespace };
    if (osName !== '' && osVersion !== '') yield { id: osName.toLowerCase(), versionId: osVersion };
    const claim = own.includes(distro) ? undefined : parseDistro(distro.toLowerCase(), namespace);
    if (claim !== undefined) yield claim;
  }
}

/** `debian-12`, `alpine-3.19.1`, `bookworm`, `debian-bookworm`, and `3.19.1` beside a namespace. */
function parseDistro(text: string, namespace: string | undefined): Distribution | undefined {
  const [, named, release] = /^(?:(.+)-)?([a-z0-9._]+)$/.exec(text) ?? [];
  if (release === undefined) return undefined;
  const known = CODENAMES.get(release);
  const id = named ?? namespace ?? known?.[0];
  if (id === undefined) return undefined;
  if (/^v?\d/.test(release)) return { id, versionId: release.replace(/^v/, '') };
  if (known?.[0] === id) return { id, versionId: known[1], codename: release };
  return named === undefined ? { id } : { id, codename: release };
}

/** Both, where they can be of one system: `12` and `12.5` are. */
function join(a: Distribution, b: Distribution): Distribution | undefined {
  if (a.id !== b.id) return undefined;
  if (a.codename !== undefined && b.codename !== undefined && a.codename !== b.codename) return undefined;
  const versions = [a.versionId, b.versionId].filter((one) => one !== undefined);
  const [first, second] = versions.sort((x, y) => x.length - y.length);
  if (second !== undefined && first !== second && !second.startsWith(`${first}.`)) return undefined;
  const versionId = second ?? first;
  return { ...b, ...a, ...(versionId !== undefined && { versionId }) };
}

function conflict(a: Distribution, b: Distribution): Settled {
  const why = `The SBOM says ${describe(a)} and ${describe(b)}: which one its packages are of is not known.`;
  return { unknowns: [{ where: WHERE, why }] };
}

function describe({ id, versionId, codename }: Distribution): string {
  return [id, versionId ?? codename].filter((part) => part !== undefined).join(' ');
}
