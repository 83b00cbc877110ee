// Two stored images side by side: the same platform of both, by their reports as they stand now, so that a
// comparison speaks of today's advisories. Costs two reports unpacked and one pass; nothing of it is stored.
import { compareImages } from '../../engines/compare/compare.ts';
import type { Comparison } from '../../engines/compare/comparison.ts';
import { formatPlatform, parsePlatform } from '../../formats/oci/platform.ts';
import type { Clock } from '../../kit/clock.ts';
import { hubErrors } from './errors.ts';
import { chooseShown, type ScanProgress } from './image-row.ts';
import type { Images, StoredImage, StoredPlatform } from './images.ts';
import type { ImageReport } from './report.ts';

export interface StoredPair {
  readonly before: PairedImage;
  readonly after: PairedImage;
  /** The one that is compared; absent where the images do not say theirs. */
  readonly platform?: string;
  /** Those that both have. */
  readonly platforms: readonly string[];
}

export interface PairedImage {
  readonly image: StoredImage;
  /** The platform's image; absent where the reference names nothing that could be run. */
  readonly shown?: StoredPlatform;
  readonly scan: ScanProgress;
}

export interface StoredComparison extends StoredPair {
  /** Absent until both are judged, and where one never will be: their scans say so. */
  readonly comparison?: Comparison;
}

/**
 * The images of one platform in both: the one asked for, else linux/amd64, else the first that both have.
 * `hub.platforms_differ`, `oci.platform_invalid`.
 */
export function pairImages(before: StoredImage, after: StoredImage, platform?: string): StoredPair {
  const other = new Map(after.platforms.map((one) => [one.platform, one]));
  const common = before.platforms.flatMap((one) => {
    const match = other.get(one.platform);
    return match === undefined ? [] : [{ before: one, after: match, platform: one.platform }];
  });
  const platforms = common.flatMap((one) => one.platform ?? []);
  const wanted = platform === undefined ? undefined : formatPlatform(parsePlatform(platform));
  const chosen = wanted === undefined ? chooseShown(common) : common.find((one) => one.platform === wanted);
  if (chosen !== undefined)
    return {
      before: { image: before, shown: chosen.before, scan: chosen.before.scan },
      after: { image: after, shown: chosen.after, scan: chosen.after.scan },
      ...(chosen.platform === undefined ? {} : { platform: chosen.platform }),
      platforms,
    };
  // What is no image to run has no platform either; saying so tells more than that they differ.
  if (isArtifact(before) || isArtifact(after))
    return { before: showAlone(before), after: showAlone(after), platforms };
  const names = `before is for ${listNames(before)}; after is for ${listNames(after)}`;
  throw hubErrors.platforms_differ(
    wanted === undefined ? `no platform is in both: ${names}` : `${wanted} is not in both: ${names}`,
  );
}

/** Compares what `pairImages` gave, where both are judged. */
export async function compareStored(
  deps: { readonly images: Pick<Images, 'report'>; readonly clock: Clock },
  pair: StoredPair,
): Promise<StoredComparison> {
  const before = await loadReport(deps.images, pair.before);
  const after = await loadReport(deps.images, pair.after);
  if (before === undefined || after === undefined) return pair;
  return { ...pair, comparison: compareImages(before, after, { now: deps.clock.now() }) };
}

/** As people write it: `team/app:1.0`, or by digest where it was asked for by it. */
function formatStored({ repository, tag, digest }: StoredImage): string {
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

async function loadReport(
  images: Pick<Images, 'report'>,
  { image, shown }: PairedImage,
): Promise<ImageReport | undefined> {
  const report = shown === undefined ? undefined : await images.report(shown);
  if (report === undefined) return undefined;
  // A report is of a digest, whatever it was first found by.
  return { ...report, subject: { ...report.subject, reference: formatStored(image) } };
}

function showAlone(image: StoredImage): PairedImage {
  const { shown, scan } = image;
  return { image, scan, ...(shown === undefined ? {} : { shown }) };
}

function isArtifact({ scan }: StoredImage): boolean {
  return scan.state === 'unsupported';
}

function listNames({ platforms }: StoredImage): string {
  return platforms.map(({ platform }) => platform ?? 'one without a name').join(', ');
}
