// What a change did, in a line: for the list of a repository's changes and for webhooks. A change that cannot be
// compared says why, and is never told as if nothing had changed.
import type { Comparison } from '../../engines/compare/comparison.ts';
import { shortDigest } from '../../formats/oci/digest.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { TagChange } from './changes.ts';
import { compareStored, type PairedImage, pairImages, type StoredPair } from './compare-stored.ts';
import { hubErrors } from './errors.ts';
import type { Images, RepositoryName } from './images.ts';

/** What the image before is called now, where it has another tag than the one that moved on. */
interface Named {
  readonly beforeTag?: string;
}

export type ChangeOutcome =
  | ({ readonly kind: 'compared'; readonly comparison: Comparison; readonly platform?: string } & Named)
  /** Not yet: one of the two is being looked into. */
  | { readonly kind: 'pending'; readonly why: string }
  /** Never, as things are. */
  | { readonly kind: 'incomparable'; readonly why: string; readonly isArtifact: boolean };

/** As lists show it. */
export type ChangeLine =
  | ({ readonly kind: 'compared' } & Named &
      Pick<Comparison, 'answer' | 'summary' | 'trend'> & {
        readonly outcome: Comparison['after']['outcome'];
        readonly loadLine: Comparison['after']['loadLine'];
      })
  | { readonly kind: 'pending' | 'incomparable'; readonly why: string };

export interface ChangeReader {
  /** The comparison, made now. */
  compare(repository: RepositoryName, change: TagChange): Promise<ChangeOutcome>;
  /** The line alone; kept in memory by both images and when they were judged. */
  describe(repository: RepositoryName, change: TagChange): Promise<ChangeLine>;
}

/** Lines of 300 bytes: the pages of a few repositories that are asked for again and again. */
const KEPT_LINES = 1_000;

export function createChangeReader(deps: { readonly images: Images; readonly clock: Clock }): ChangeReader {
  const { images } = deps;
  const kept = new Map<string, ChangeLine & { readonly kind: 'compared' }>();

  /** Both images, or why there is nothing to compare. */
  async function pair(
    repository: RepositoryName,
    change: TagChange,
  ): Promise<StoredPair | Exclude<ChangeOutcome, { kind: 'compared' }>> {
    const before = await images.find(repository, change.before);
    const after = await images.find(repository, change.after);
    if (before === undefined || after === undefined) {
      const [side, digest] = before === undefined ? ['before', change.before] : ['after', change.after];
      const why = `the image ${side}, sha256:${shortDigest(digest as TagChange['after'])}, is no longer here`;
      return { kind: 'incomparable', why, isArtifact: false };
    }
    try {
      const found = pairImages(before, after);
      return refuse('after', found.after) ?? refuse('before', found.before) ?? found;
    } catch (error) {
      if (!isPlimsollError(error, { code: hubErrors.platforms_differ.code })) throw error;
      return { kind: 'incomparable', why: error.message, isArtifact: false };
    }
  }

  return {
    async compare(repository, change) {
      const found = await pair(repository, change);
      if ('kind' in found) return found;
      const { comparison, platform } = await compareStored(deps, found);
      if (comparison === undefined) return { kind: 'pending', why: 'it is being judged again' };
      const named = nameBefore(found, change.tag);
      return { kind: 'compared', comparison, ...named, ...(platform === undefined ? {} : { platform }) };
    },

    async describe(repository, change) {
      const found = await pair(repository, change);
      if ('kind' in found) return { kind: found.kind, why: found.why };
      const key = [found.before, found.after].map(keyOf).join(' ');
      const known = kept.get(key);
      const named = nameBefore(found, change.tag);
      if (known !== undefined) return { ...known, ...named };
      const { comparison } = await compareStored(deps, found);
      if (comparison === undefined) return { kind: 'pending', why: 'it is being judged again' };
      const { answer, summary, trend, after } = comparison;
      const { outcome, loadLine } = after;
      const line = { kind: 'compared' as const, answer, summary, trend, outcome, loadLine };
      kept.set(key, line);
      if (kept.size > KEPT_LINES) kept.delete(kept.keys().next().value as string);
      return { ...line, ...named };
    },
  };
}

/** The longest of its tags, which says most: `1.3.2` of `1`, `1.3` and `1.3.2`. */
function nameBefore({ before: { image } }: StoredPair, moved: string): Named {
  const [beforeTag] = image.otherTags
    .filter((tag) => tag !== moved)
    .toSorted((one, other) => other.length - one.length);
  return beforeTag === undefined ? {} : { beforeTag };
}

function keyOf({ shown, scan }: PairedImage): string {
  return `${shown?.digest} ${scan.judgedAt}`;
}

/** Why this side cannot be compared; undefined where it is judged. */
function refuse(
  side: 'before' | 'after',
  { scan }: PairedImage,
): Exclude<ChangeOutcome, { kind: 'compared' }> | undefined {
  switch (scan.state) {
    case 'judged':
      return undefined;
    case 'unsupported':
      return { kind: 'incomparable', why: `what is ${side} is no image to run`, isArtifact: true };
    case 'failed': {
      const why = `the image ${side} could not be looked into: ${scan.error ?? 'the reason was not recorded'}`;
      return { kind: 'incomparable', why, isArtifact: false };
    }
    default:
      return { kind: 'pending', why: `the image ${side} is not judged yet` };
  }
}
