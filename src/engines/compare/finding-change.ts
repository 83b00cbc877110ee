// Which vulnerabilities came, went and stayed. A finding is the same in both images where the vulnerability and
// the package's name are: a version that changed and still has it has fixed nothing, nor has looking away. Of the
// whole image a vulnerability is new or fixed where no package of the other has it: one that left a package and is
// in another has stayed.
import type { Finding } from '../advisory/finding.ts';
import { compareSeverity } from '../advisory/severity.ts';
import type { FindingNote } from './comparison.ts';
import { packageKey } from './package-change.ts';

export interface FindingChanges {
  readonly introduced: readonly FindingNote[];
  readonly fixed: readonly FindingNote[];
  readonly unchanged: readonly FindingNote[];
  readonly unjudged: readonly FindingNote[];
}

/** Of each package by itself, in the order of its report: the worst first. `gaps`: keys of packages of `after` that nothing judged. */
export function compareFindings(
  before: readonly Finding[],
  after: readonly Finding[],
  gaps: ReadonlySet<string>,
): FindingChanges {
  const old = new Set(before.flatMap(keysOf));
  const now = new Set(after.flatMap(keysOf));
  const isIn = (keys: ReadonlySet<string>) => (finding: Finding) =>
    keysOf(finding).some((key) => keys.has(key));
  const wasThere = isIn(old);
  const isThere = isIn(now);
  const gone = Map.groupBy(
    before.filter((finding) => !isThere(finding)),
    (finding) => (gaps.has(packageKey(finding.package)) ? 'unjudged' : 'fixed'),
  );
  return {
    introduced: note(after.filter((finding) => !wasThere(finding))),
    fixed: note(gone.get('fixed') ?? []),
    unchanged: note(after.filter(wasThere)),
    unjudged: note(gone.get('unjudged') ?? []),
  };
}

/** Of the whole image: the same notes, each where its vulnerability belongs. */
export function settleFindings({ introduced, fixed, unchanged, unjudged }: FindingChanges): FindingChanges {
  const idsOf = (notes: readonly FindingNote[]) => new Set(notes.map(({ id }) => id));
  const [came, went, lost] = [idsOf(introduced), idsOf(fixed), idsOf(unjudged)];
  const stayed = new Set([...idsOf(unchanged), ...came.intersection(went.union(lost))]);
  const hasMoved = ({ id }: FindingNote): boolean => !stayed.has(id);
  return {
    introduced: introduced.filter(hasMoved),
    // What one package lost and nothing could judge in another is not fixed.
    fixed: fixed.filter((note) => hasMoved(note) && !lost.has(note.id)),
    unchanged: [...unchanged, ...introduced.filter(({ id }) => stayed.has(id))].sort((a, b) =>
      compareSeverity(a.severity, b.severity),
    ),
    unjudged: unjudged.filter(hasMoved),
  };
}

/** Under its name and every other one: of two images one may be judged by a record that has another id. */
function keysOf({ id, aliases, package: { type, name } }: Finding): readonly string[] {
  return [id, ...aliases].map((one) => `${one}\n${packageKey({ type, name })}`);
}

/** One note for each vulnerability of each package, whatever versions of it stand side by side. */
function note(findings: readonly Finding[]): readonly FindingNote[] {
  const notes = new Map<string, FindingNote>();
  for (const finding of findings) {
    const { id, severity, url, fixedVersion, exploited, package: of } = finding;
    const key = `${id}\n${packageKey(of)}`;
    if (notes.has(key)) continue;
    notes.set(key, {
      id,
      severity,
      isExploited: exploited !== undefined,
      ...(url === undefined ? {} : { url }),
      ...(fixedVersion === undefined ? {} : { fixedVersion }),
      name: of.name,
      type: of.type,
      version: of.version,
    });
  }
  return [...notes.values()];
}
