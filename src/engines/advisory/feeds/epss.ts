// FIRST's Exploit Prediction Scoring System: a gzipped CSV with every CVE, made anew each day. First a comment
// that names the model and the day, then `cve,epss,percentile`. Read line by line; a line of another shape
// refuses the whole. It speaks of CVEs, not of packages.
import { decompress } from '../../../formats/archive/compression.ts';
import { advisoryErrors } from '../../../io/advisories/errors.ts';
import type { FeedFile } from '../../../io/advisories/feed-source.ts';
import type { ByteStream } from '../../../kit/bytes.ts';
import { describeError, isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { EPSS_SCOPE, type EpssFact, epssBucket, isCve } from '../cve-fact.ts';
import type { Feed } from './feed.ts';

const PUBLIC_URL = 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz';
const HEAD = 'cve,epss,percentile';
const DAY = /^#.*\bscore_date:(\d{4}-\d{2}-\d{2})/;
/** Between 0 and 1; very small ones are written with an exponent. */
const SHARE = /^(?:[01](?:\.\d{0,20})?|\d(?:\.\d{0,20})?e-\d{1,3})$/i;

export const epssFeed: Feed = Object.freeze({
  name: 'epss',
  title: 'Exploit prediction (FIRST EPSS)',
  covers: 'How likely each CVE is exploited within 30 days, as of a day; no packages.',
  defaultSource: PUBLIC_URL,
  coverage: 'affected' as const,
  scopes: [EPSS_SCOPE],
  isOptional: true,
  async *read(reader) {
    await using file = await reader.open({
      path: 'epss/epss_scores-current.csv.gz',
      publicUrl: PUBLIC_URL,
    });
    const refuse = (why: string) =>
      advisoryErrors.feed_damaged(`${file.address} is no EPSS document: ${why}`);
    let asOf: string | undefined;
    let isBegun = false;
    for await (const line of readLines(unpack(file, refuse), refuse)) {
      if (asOf === undefined) {
        asOf = DAY.exec(line)?.[1];
        if (asOf === undefined) throw refuse('its first line names no day');
      } else if (!isBegun) {
        if (line !== HEAD) throw refuse(`its columns are not ${HEAD}`);
        isBegun = true;
      } else if (line !== '') {
        const record = readScore(line, asOf);
        if (record === undefined) throw refuse(`${JSON.stringify(line.slice(0, 60))} is no score`);
        yield { scope: EPSS_SCOPE, name: epssBucket(record.id), record };
      }
    }
  },
} satisfies Feed);

async function* unpack(file: FeedFile, refuse: (why: string) => Error): AsyncGenerator<Uint8Array> {
  const bounds = { unpackedBytes: limits.epssBytes, expansion: limits.layerExpansion };
  try {
    yield* decompress(file.bytes(), bounds);
  } catch (error) {
    if (isPlimsollError(error) && error.code.startsWith('archive.')) throw refuse(describeError(error));
    throw error;
  }
}

/** Lines without their ends; a last one that has none is a cut document. */
async function* readLines(stream: ByteStream, refuse: (why: string) => Error): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limits.epssLineChars) throw refuse('a line does not end');
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') throw refuse('its last line is cut');
}

function readScore(line: string, asOf: string): EpssFact | undefined {
  const [id = '', score = '', percentile = '', more] = line.split(',');
  if (more !== undefined || !isCve(id) || !SHARE.test(score) || !SHARE.test(percentile)) return undefined;
  const fact = { id, score: Number(score), percentile: Number(percentile), asOf };
  return fact.score <= 1 && fact.percentile <= 1 ? fact : undefined;
}
