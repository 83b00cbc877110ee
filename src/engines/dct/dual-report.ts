// Old and new verdicts of a repository at one time, as `dct compare --format json` keeps them for the next run, and
// what changed from one run to another. The file comes back from a person's disk: it is read within bounds, and of
// another repository it says nothing.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type Agreement, agreements } from './agreement.ts';
import { dctErrors } from './errors.ts';

export const dualReportFormat = 'plimsoll.trust-comparison.v1';

/** What is remembered of a run. */
export interface DualMemory {
  readonly repository: string;
  readonly place: string;
  /** RFC 3339. */
  readonly comparedAt: string;
  readonly tags: ReadonlyMap<string, DualState>;
}

export interface DualState {
  readonly agreement: Agreement;
  /** What the tag named in the registry. */
  readonly digest?: string;
}

export interface DualChange {
  readonly tag: string;
  /** Absent of a tag that was not there before, and `to` of one that is no more. */
  readonly from?: DualState;
  readonly to?: DualState;
}

/** `dct.report_invalid`. At most `limits.trustManifestBytes`. */
export function parseDualReport(bytes: Uint8Array): DualMemory {
  if (bytes.byteLength > limits.trustManifestBytes) throw invalid('it is too large');
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value) || value.format !== dualReportFormat)
    throw invalid(`its format is not ${dualReportFormat}`);
  const { repository, place, comparedAt, tags } = value;
  if (typeof repository !== 'string' || typeof place !== 'string')
    throw invalid('repository or place is not a text');
  if (typeof comparedAt !== 'string' || Number.isNaN(Date.parse(comparedAt)))
    throw invalid('comparedAt is not a time');
  if (!Array.isArray(tags)) throw invalid('tags is not a list');
  const states = (tags as readonly Json[]).map((one, at): readonly [string, DualState] => {
    const agreement = isJsonObject(one) ? agreements.find((name) => name === one.agreement) : undefined;
    if (!isJsonObject(one) || typeof one.tag !== 'string' || agreement === undefined)
      throw invalid(`tags[${at}] has no tag, or no agreement`);
    const digest = isJsonObject(one.new) ? one.new.digest : undefined;
    return [one.tag, { agreement, ...(typeof digest === 'string' ? { digest } : {}) }];
  });
  return { repository, place, comparedAt, tags: new Map(states) };
}

/** By tag in code-unit order; `dct.report_invalid` where they are of two repositories. */
export function listChanges(before: DualMemory, after: DualMemory): readonly DualChange[] {
  if (before.repository !== after.repository || before.place !== after.place)
    throw invalid(
      `it is of ${before.repository} and ${before.place}, not of ${after.repository} and ${after.place}`,
    );
  const tags = [...new Set([...before.tags.keys(), ...after.tags.keys()])].toSorted();
  return tags.flatMap((tag) => {
    const [from, to] = [before.tags.get(tag), after.tags.get(tag)];
    if (from?.agreement === to?.agreement && from?.digest === to?.digest) return [];
    return [{ tag, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}

function invalid(why: string): Error {
  return dctErrors.report_invalid(`the file of --since is no earlier comparison: ${why}`);
}
