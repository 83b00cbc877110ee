// From a stored comparison and a tag's change to the contract's JSON.
import { type CutBounds, cutComparison } from '../../../engines/compare/cut.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { ChangeLine } from '../../../services/hub/change-line.ts';
import type { TagChange } from '../../../services/hub/changes.ts';
import type { PairedImage, StoredComparison } from '../../../services/hub/compare-stored.ts';
import type * as contract from '../contract-comparison.ts';
import { shapeScan } from './shape.ts';

/** At most about a megabyte; what a page shows without tiring. */
const BOUNDS: CutBounds = Object.freeze({
  packages: 1_000,
  findings: 500,
  notes: 20,
  gaps: 200,
  configuration: 200,
});

export function shapeComparison({
  before,
  after,
  platform,
  platforms,
  comparison,
}: StoredComparison): contract.ComparisonAnswer {
  return {
    before: shapePaired(before),
    after: shapePaired(after),
    ...(platform === undefined ? {} : { platform }),
    platforms: [...platforms],
    ...(comparison === undefined ? {} : { comparison: writable(cutComparison(comparison, BOUNDS)) }),
  };
}

function shapePaired({ image, shown, scan }: PairedImage): contract.ComparedImage {
  const { repository, tag, digest, pushedAt } = image;
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    digest,
    ...(shown === undefined ? {} : { imageDigest: shown.digest }),
    pushedAt: formatInstant(pushedAt),
    scan: shapeScan(scan),
    ...(shown?.summary === undefined ? {} : { loadLine: shown.summary.loadLine }),
  };
}

export function shapeChange(change: TagChange, line: ChangeLine): contract.TagChange {
  const { tag, before, after, movedAt } = change;
  const place = { tag, before, after, movedAt: formatInstant(movedAt) };
  if (line.kind !== 'compared') return { ...place, state: line.kind, why: line.why };
  const { kind, answer, summary, trend, loadLine, beforeTag } = line;
  const named = beforeTag === undefined ? {} : { beforeTag };
  return { ...place, ...named, state: kind, answer, summary, trend, loadLine };
}

type Writable<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Row)[]
    ? Writable<Row>[]
    : { -readonly [Key in keyof T]: Writable<T[Key]> };

/** The same value; the contract's types do not say that nothing is changed. */
function writable<T>(value: T): Writable<T> {
  return value as Writable<T>;
}
