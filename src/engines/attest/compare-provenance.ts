// What changed in how something was built, between two records of it. A new commit is what a release is; another
// builder, source or room is what an attack looks like: each change says which it is. What one side does not say is
// unknown and no change.
import type { Material } from './attestation.ts';
import type { BuildRecord } from './build-record.ts';

export interface ProvenanceChange {
  readonly what:
    | 'builder'
    | 'build-type'
    | 'source-repository'
    | 'source-ref'
    | 'commit'
    | 'workflow'
    | 'isolation'
    | 'hermetic'
    | 'reproducible'
    | 'parameter'
    | 'material';
  /** `expected` between two releases; `notable` otherwise: who builds, from what, or how, is not what it was. */
  readonly weight: 'expected' | 'notable';
  readonly before?: string;
  readonly after?: string;
  /** One sentence. */
  readonly sentence: string;
}

export interface ProvenanceComparison {
  /** Notable ones first, each kind in the order of `what`. */
  readonly changes: readonly ProvenanceChange[];
  /** What could not be compared, in sentences. */
  readonly unknowns: readonly string[];
}

/** Either side may be absent: then nothing is known to be the same. */
export function compareProvenance(
  before: BuildRecord | undefined,
  after: BuildRecord | undefined,
): ProvenanceComparison {
  if (before === undefined || after === undefined) {
    const side = before === undefined ? (after === undefined ? 'neither' : 'the one before') : 'this one';
    const verb = side === 'neither' ? 'Neither of them says' : `It is not known of ${side}`;
    return { changes: [], unknowns: [`${verb} how it was built.`] };
  }
  const changes: ProvenanceChange[] = [];
  const unknowns: string[] = [];
  for (const { what, name, weight, read } of FIELDS) {
    const [one, other] = [read(before), read(after)];
    if (one === other) continue;
    if (one === undefined || other === undefined) {
      const side = one === undefined ? 'before' : 'now';
      unknowns.push(
        `The ${name} is not said ${side} (${side === 'now' ? 'before' : 'now'}: ${one ?? other}).`,
      );
      continue;
    }
    changes.push({
      what,
      weight,
      before: one,
      after: other,
      sentence: `The ${name} was ${one} and is ${other}.`,
    });
  }
  changes.push(...compareParameters(before, after), ...compareMaterials(before, after));
  for (const [record, side] of [
    [before, 'before'],
    [after, 'now'],
  ] as const)
    unknowns.push(...record.unread.map((why) => `Not all is read of ${side}: ${why}.`));
  const byWeight = Map.groupBy(changes, ({ weight }) => weight);
  return { changes: [...(byWeight.get('notable') ?? []), ...(byWeight.get('expected') ?? [])], unknowns };
}

interface Field {
  readonly what: ProvenanceChange['what'];
  readonly name: string;
  readonly weight: ProvenanceChange['weight'];
  read(record: BuildRecord): string | undefined;
}

const FIELDS: readonly Field[] = [
  { what: 'builder', name: 'builder', weight: 'notable', read: ({ builder }) => builder },
  { what: 'build-type', name: 'type of the build', weight: 'notable', read: ({ buildType }) => buildType },
  {
    what: 'source-repository',
    name: 'source repository',
    weight: 'notable',
    read: ({ sourceRepository }) => sourceRepository && plainAddress(sourceRepository),
  },
  // A release's tag is another one each time.
  {
    what: 'source-ref',
    name: 'kind of source ref',
    weight: 'notable',
    read: ({ sourceRef }) => kindOfRef(sourceRef),
  },
  { what: 'commit', name: 'commit', weight: 'expected', read: ({ commit }) => commit },
  { what: 'workflow', name: 'workflow', weight: 'notable', read: ({ workflow }) => workflow },
  { what: 'isolation', name: 'isolation', weight: 'notable', read: ({ isolation }) => isolation },
  {
    what: 'hermetic',
    name: 'claim to be hermetic',
    weight: 'notable',
    read: ({ isHermetic }) => yesNo(isHermetic),
  },
  {
    what: 'reproducible',
    name: 'claim to be reproducible',
    weight: 'notable',
    read: ({ isReproducible }) => yesNo(isReproducible),
  },
];

/** Branches by their name, since another branch is another thing; tags as one. */
function kindOfRef(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/tags/') ? 'a tag' : ref;
}

/** The same repository, however git spells it. */
function plainAddress(uri: string): string {
  return uri
    .replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
}

function yesNo(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : flag ? 'yes' : 'no';
}

function compareParameters(before: BuildRecord, after: BuildRecord): readonly ProvenanceChange[] {
  const [old, now] = [before, after].map(
    ({ parameters }) => new Map(parameters.map(({ name, value }) => [name, value])),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): ProvenanceChange[] => {
    const [one, other] = [old.get(name), now.get(name)];
    if (one === other) return [];
    return [
      {
        what: 'parameter',
        weight: 'notable',
        ...sides(one, other),
        sentence: say(`parameter ${name}`, one, other),
      },
    ];
  });
}

/** By address without version: a new version of what was there before is expected, something new is not. */
function compareMaterials(before: BuildRecord, after: BuildRecord): readonly ProvenanceChange[] {
  const [old, now] = [before, after].map(({ materials }) => byName(materials)) as [
    ReadonlyMap<string, string>,
    ReadonlyMap<string, string>,
  ];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): ProvenanceChange[] => {
    const [one, other] = [old.get(name), now.get(name)];
    if (one === other) return [];
    const weight = one === undefined || other === undefined ? 'notable' : 'expected';
    return [
      { what: 'material', weight, ...sides(one, other), sentence: say(`material ${name}`, one, other) },
    ];
  });
}

/** What is there of each, with its digests: several of one name are one entry. */
function byName(materials: readonly Material[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(materials, ({ uri }) => nameOf(uri));
  return new Map(
    [...groups].map(([name, list]) => [
      name,
      list
        .map(({ uri, digest }) => (digest === undefined ? uri : `${uri} ${digest}`))
        .sort()
        .join(', '),
    ]),
  );
}

function nameOf(uri: string): string {
  const [path = ''] = uri.split(/[?#]/, 1);
  // A version stands behind the last part, a git ref anywhere.
  return path.replace(/@(?:refs\/.*|[^/]*)$/, '');
}

function sides(
  before: string | undefined,
  after: string | undefined,
): Pick<ProvenanceChange, 'before' | 'after'> {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function say(what: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return `The ${what} is new: ${after}.`;
  return after === undefined
    ? `The ${what} is gone; it was ${before}.`
    : `The ${what} was ${before} and is ${after}.`;
}
