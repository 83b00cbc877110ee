// Licences as evidence spells them, turned into SPDX licence expressions (SPDX 2.3 Annex D) where that is
// certain: SPDX itself, Debian's short names (copyright-format §License), and the spellings of older
// Alpine and npm packages. Anything else is free text: it has no expression, and is never judged.
// What is asked for is a family (`AGPL`) or one licence (`AGPL-3.0`, which is -only and -or-later alike).
import parse, { type SpdxExpression } from 'spdx-expression-parse';

export type LicenseJudgement = 'yes' | 'no' | 'unknown';

/** Longer texts are prose; the parser recurses, so that this also bounds its depth. */
const MAX_CHARS = 1_000;

/** `GPL-2+`, `GPLv2`, `LGPL-2.1`, `AGPL-3.0-or-later` in any case. */
const GNU = /^(A|L)?GPL[- ]?v?(\d)(?:\.(\d))?(?:\.0)?(\+|-or-later|-only)?$/i;
/** Names that mean one SPDX licence exactly. */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['asl-2.0', 'Apache-2.0'],
  ['asl2.0', 'Apache-2.0'],
  ['apache-2', 'Apache-2.0'],
  ['apache 2.0', 'Apache-2.0'],
  ['bsd-2-clause', 'BSD-2-Clause'],
  ['bsd-3-clause', 'BSD-3-Clause'],
  ['bsd-4-clause', 'BSD-4-Clause'],
  ['cc0', 'CC0-1.0'],
  ['mpl-1.1', 'MPL-1.1'],
  ['mpl-2.0', 'MPL-2.0'],
  ['zlib', 'Zlib'],
  ['isc', 'ISC'],
  ['artistic-2.0', 'Artistic-2.0'],
  ['psf-2', 'PSF-2.0'],
  ['zpl-2.1', 'ZPL-2.1'],
]);
/**
 * Families whose variants have no SPDX identifier (`BSD-3-google`, `GPL-3+ with Bison exception`), yet are
 * certainly of no other family. Only whole short names count, never words in prose. The Affero GPL is not
 * among them: what is like it and not it is for people to read.
 */
const LOOSE_FAMILY =
  /^(L?GPL|GFDL|BSD|MIT|X11|ISC|Expat|Apache|Artistic|MPL|BSL|PSF|Python|OFL|CC0|CC-BY|Zlib|Unicode|public-domain|FSFAP|FSFUL)(?:[-_ v./0-9][a-z0-9.+_-]*)?$/i;

/** A valid SPDX expression with the same meaning; undefined where the text has none for certain. */
export function toSpdxExpression(text: string): string | undefined {
  const trimmed = text.trim();
  if (tryParse(trimmed) !== undefined) return trimmed;
  if (trimmed.length > MAX_CHARS) return undefined;
  // Debian joins by "and", "or" and ", and"; a comma alone or prose stays free text.
  const words = trimmed.split(/,?\s+(and|or|with)\s+|([()])/i).filter((word) => word?.trim());
  const spelled = words.map((word) => spell(word.trim())).join(' ');
  return tryParse(spelled) === undefined ? undefined : spelled;
}

function spell(word: string): string {
  if (/^(?:and|or|with)$/i.test(word)) return word.toUpperCase();
  const gnu = GNU.exec(word);
  if (gnu === null) return SAME_AS.get(word.toLowerCase()) ?? word;
  const [, letter = '', major, minor = '0', suffix] = gnu;
  const isLater = suffix === '+' || suffix?.toLowerCase() === '-or-later';
  return `${letter.toUpperCase()}GPL-${major}.${minor}-${isLater ? 'or-later' : 'only'}`;
}

function tryParse(text: string): SpdxExpression | undefined {
  if (text === '' || text.length > MAX_CHARS) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it can be asked for: a family of copyleft licences, or an SPDX licence identifier, in any case. */
export function isLicenseName(text: string): boolean {
  if (copyleftFamilies.some((family) => family === text.toUpperCase())) return true;
  const parsed = tryParse(canonicalId(text));
  return parsed !== undefined && 'license' in parsed && !/^(?:DocumentRef-|LicenseRef-)/.test(parsed.license);
}

/** Licences that bind those who pass a work on to do it under the same, by the family in their identifiers. */
export const copyleftFamilies = Object.freeze([
  'AGPL',
  'GPL',
  'LGPL',
  'MPL',
  'EPL',
  'EUPL',
  'CDDL',
  'OSL',
  'SSPL',
  'CPL',
  'CECILL',
  'MS-RL',
  'RPL',
  'CPAL',
  'APSL',
  'CC-BY-SA',
] as const);

/**
 * Whether these licences, all of which apply, bind a user to one of the wanted ones: `yes` where one
 * certainly does, `no` where every one leaves a way without it, else `unknown`; also where there is none.
 * Wanted are families and identifiers as `isLicenseName` takes them.
 */
export function judgeLicense(licenses: readonly string[], wanted: readonly string[]): LicenseJudgement {
  if (licenses.length === 0) return 'unknown';
  const names = wanted.map((name) => name.toUpperCase());
  return licenses.map((text) => judgeText(text, names)).reduce(both);
}

function judgeText(text: string, wanted: readonly string[]): LicenseJudgement {
  const expression = toSpdxExpression(text);
  const parsed = expression === undefined ? undefined : tryParse(expression);
  return parsed === undefined ? judgeNames(text, wanted) : judgeExpression(parsed, wanted);
}

/** Short names joined by and/or. Where the two are mixed, only an answer that all share is certain. */
function judgeNames(text: string, wanted: readonly string[]): LicenseJudgement {
  if (text.length > MAX_CHARS) return 'unknown';
  const names = text.split(/,?\s+(?:and|or|and\/or)\s+|[()]/i).filter((name) => name.trim() !== '');
  const judged = names.map((name) => judgeName(name, wanted));
  if (judged.length === 0) return 'unknown';
  if (judged.every((one) => one === judged[0])) return judged[0] as LicenseJudgement;
  const hasChoice = /[\s/]or\s/i.test(text);
  if (!hasChoice) return judged.reduce(both);
  return /\sand[\s/]|[()]/i.test(text) ? 'unknown' : judged.reduce(either);
}

/** An exception adds permissions to a licence; it does not change which one it is. */
function judgeName(name: string, wanted: readonly string[]): LicenseJudgement {
  const [license = ''] = name.trim().split(/\s+with\s+/i);
  const parsed = tryParse(spell(license));
  if (parsed !== undefined) return judgeExpression(parsed, wanted);
  const family = LOOSE_FAMILY.exec(license)?.[1]?.toUpperCase();
  if (family === undefined) return 'unknown';
  if (wanted.includes(family)) return 'yes';
  // Of the family, and which of its licences is not said.
  return wanted.some((one) => one.startsWith(`${family}-`)) ? 'unknown' : 'no';
}

function judgeExpression(expression: SpdxExpression, wanted: readonly string[]): LicenseJudgement {
  if ('conjunction' in expression) {
    const join = expression.conjunction === 'and' ? both : either;
    return join(judgeExpression(expression.left, wanted), judgeExpression(expression.right, wanted));
  }
  if (/^(?:DocumentRef-|LicenseRef-)/.test(expression.license)) return 'unknown';
  const license = nameOf(expression.license, 'plus' in expression && expression.plus === true);
  return wanted.some((one) => isOf(license, one)) ? 'yes' : 'no';
}

/** Upper case; the GNU family's old identifiers say by `+` or silence what the new ones write out. */
function nameOf(license: string, hasPlus: boolean): string {
  const upper = license.toUpperCase();
  return /^[AL]?GPL-[\d.]+$/.test(upper) ? `${upper}-${hasPlus ? 'OR-LATER' : 'ONLY'}` : upper;
}

function isOf(license: string, wanted: string): boolean {
  if (license === wanted) return true;
  if (/^[AL]?GPL-[\d.]+\+$/.test(wanted)) return license === `${wanted.slice(0, -1)}-OR-LATER`;
  if (/^[AL]?GPL-[\d.]+$/.test(wanted)) return license.replace(/-(?:ONLY|OR-LATER)$/, '') === wanted;
  // A family: what follows is a version. `GPL` is not `GPL-CC-1.0`, `CC-BY-SA` any of its versions.
  return /^\d/.test(license.slice(wanted.length + 1)) && license.startsWith(`${wanted}-`);
}

/** Identifiers have one case, which people do not keep: `agpl-3.0-ONLY`. */
function canonicalId(text: string): string {
  const gnu = /^([AL]?GPL)(-[\d.]+)(-only|-or-later|\+)?$/i.exec(text);
  return gnu === null ? text : `${gnu[1]?.toUpperCase()}${gnu[2]}${gnu[3]?.toLowerCase() ?? ''}`;
}

function both(a: LicenseJudgement, b: LicenseJudgement): LicenseJudgement {
  if (a === 'yes' || b === 'yes') return 'yes';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'no';
}

/** The user chooses: one way without it is enough. */
function either(a: LicenseJudgement, b: LicenseJudgement): LicenseJudgement {
  if (a === 'no' || b === 'no') return 'no';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'yes';
}
