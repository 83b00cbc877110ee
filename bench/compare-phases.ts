// One round of bench/compare.ts from the inside, from sources: the same two images with a cache of layers as it is
// handed over, phase by phase as JSON in milliseconds. Started by compare.ts, each round in a fresh process. The search
// for the base is left out: with --offline it reads annotations alone.
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openLayerCache } from '../src/app/layer-store.ts';
import { compareImages } from '../src/engines/compare/compare.ts';
import { formatComparisonMarkdown } from '../src/entry/cli/report/comparison-markdown.ts';
import { createSqliteShelf } from '../src/io/advisories/sqlite-shelf.ts';
import { systemClock, systemRandom } from '../src/kit/clock.ts';
import { indexImage, judgeImage } from '../src/services/hub/inspect.ts';
import { openImage } from './large-image.ts';

const [, , folder, cacheFolder] = process.argv;
if (folder === undefined || cacheFolder === undefined)
  throw new Error('usage: node bench/compare-phases.ts FOLDER CACHE_FOLDER');
const surroundings = { clock: systemClock, random: systemRandom };
const marks = [0];
const mark = (): void => void marks.push(performance.now());

mark();
const layers = await openLayerCache(cacheFolder, { cacheLayers: 1_000_000_000 }, surroundings);
const read = async (tag: string) => {
  await using source = await openImage(folder, tag);
  const image = await indexImage({ source, attestations: 'read', ...(layers && { layers }) });
  mark();
  return image;
};
const images = [await read('main'), await read('pr')] as const;
const shelf = createSqliteShelf({ folder: join(folder, 'advisories'), ...surroundings });
await using advisories = await shelf.open();
const before = await judgeImage({ image: images[0], advisories, clock: systemClock });
const after = await judgeImage({ image: images[1], advisories, clock: systemClock });
mark();
const comparison = compareImages(before, after, { now: systemClock.now() });
const text = formatComparisonMarkdown(comparison, { isPolicyHidden: false, isUnchangedHidden: false });
mark();
if (!text.includes('lodash')) throw new Error('the comparison does not tell what is new');

const names = ['load the program', 'read main', 'read pr', 'match and judge both', 'compare and format'];
const phases = names.map((name, at) => [name, (marks[at + 1] as number) - (marks[at] as number)] as const);
process.stdout.write(JSON.stringify(Object.fromEntries(phases)));
