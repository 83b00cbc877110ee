// Python versions, PEP 440 (packaging.python.org, "Version specifiers"), over @renovatebot/pep440: epochs,
// pre-, post- and development releases, local versions, any of PEP 440's spellings. Legacy versions
// (`2004d`) are not compared, nor are numbers that the library would round.
import { compare, valid } from '@renovatebot/pep440';

/** Longest text that is read; published versions are under 100 characters. */
const MAX_CHARS = 256;
/** The library counts in floating point, which is exact up to 15 digits. */
const ROUNDED = /\d{16}/;
/** Local parts that the library would take for numbers (`1e5`, `0x10`, `infinity`); to PEP 440 they are text. */
const MISREAD = /(?:^|[._-])(?:\d+e\d+|0[xob][0-9a-f]+|infinity)(?=$|[._-])/i;

/** Negative, zero or positive; undefined where either is no PEP 440 version (equal texts are equal all the same). */
export function comparePep440Versions(a: string, b: string): number | undefined {
  if (a === b && a !== '') return 0;
  return isPep440Version(a) && isPep440Version(b) ? compare(a, b) : undefined;
}

/** Whether the text is a version that can be compared with others. */
export function isPep440Version(text: string): boolean {
  if (text.length > MAX_CHARS || valid(text) === null || ROUNDED.test(text)) return false;
  const plus = text.indexOf('+');
  return plus < 0 || !MISREAD.test(text.slice(plus + 1));
}
