// How severe a vulnerability is, from what a record says: a CVSS vector (v4.0, v3.1, v3.0 or v2.0) where
// there is a whole one, else the record's own word. What neither tells stays `unknown`, never low.
import cvss from 'ae-cvss-calculator';
import { limits } from '../../kit/limits.ts';
import { type AdvisoryRecord, type Severity, severities } from './record.ts';

export type SeverityRating = AdvisoryRecord['severity'];

/** OSV's names of vector types, the one that decides first. */
const VECTOR_TYPES = ['CVSS_V4', 'CVSS_V3', 'CVSS_V2'] as const;

/** GitHub's and Debian's words, lower case. */
const WORDS: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['high', 'high'],
  ['important', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['negligible', 'negligible'],
  ['unimportant', 'negligible'],
  ['none', 'negligible'],
]);

/** The newest CVSS version's rating, else the word's; `by` names who decided. */
export function rateSeverity(
  vectors: readonly { readonly type: string; readonly score: string }[],
  word: string | undefined,
  by: string,
): SeverityRating {
  for (const type of VECTOR_TYPES) {
    for (const vector of vectors) {
      const rating = vector.type === type ? rateVector(vector.score) : undefined;
      if (rating !== undefined) return rating;
    }
  }
  return { level: rateWord(word), by };
}

/** A vendor's word; `unknown` for none or one that is not known. */
export function rateWord(word: string | undefined): Severity {
  return WORDS.get(word?.trim().toLowerCase() ?? '') ?? 'unknown';
}

/** Undefined for what is not a whole vector of a known CVSS version. */
export function rateVector(text: string): SeverityRating | undefined {
  if (text.length > limits.cvssVectorChars) return undefined;
  const vector = parseVector(text);
  // A vector that lacks a mandatory metric scores 0 in the calculator, which would read as harmless.
  if (vector === null || !vector.isBaseFullyDefined()) return undefined;
  const { overall } = vector.calculateScores();
  if (!Number.isFinite(overall)) return undefined;
  return { level: levelOf(overall, vector instanceof cvss.Cvss2), score: overall, vector: text, by: 'cvss' };
}

/** More severe first; for sorting. */
export function compareSeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** Metrics of any version; the calculator prints a warning for what does not look like one. */
const VECTOR = /^(?:CVSS:\d\.\d\/)?[A-Z][A-Za-z]{0,2}:[A-Za-z]{1,8}(?:\/[A-Z][A-Za-z]{0,2}:[A-Za-z]{1,8})*$/;

function parseVector(text: string) {
  if (!VECTOR.test(text)) return null;
  try {
    return cvss.fromVector(text);
  } catch {
    return null;
  }
}

/** CVSS v3.1 §5 and v4.0 §6; NVD's bands for v2.0, which has no critical. */
function levelOf(score: number, isVersion2: boolean): Severity {
  if (score >= 9 && !isVersion2) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
