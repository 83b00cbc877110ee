// Licences as evidence spells them, turned into SPDX licence expressions (SPDX 2.3 Annex D) where that is
// certain: SPDX itself, Debian's short names (copyright-format §License), and the spellings of older
// Alpine and npm packages. Anything else is free text: it has no expression, and is never judged.
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
 * certainly not the Affero GPL. Only whole short names count, never words in prose.
 */
const OTHER_FAMILY =
  /^(?:L?GPL|GFDL|BSD|MIT|X11|ISC|Expat|Apache|Artistic|MPL|BSL|PSF|Python|OFL|CC0|CC-BY|Zlib|Unicode|public-domain|FSFAP|FSFUL)(?:[-_ v./0-9][a-z0-9.+_-]*)?$/i;

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

/**
 * Whether these licences, all of which apply, bind a user to the Affero GPL: `yes` where one certainly
 * does, `no` where every one leaves a way without it, else `unknown`; also where there is none.
 */
export function judgeAgpl(licenses: readonly string[]): LicenseJudgement {
  if (licenses.length === 0) return 'unknown';
  return licenses.map(judgeText).reduce(both);
}

function judgeText(text: string): LicenseJudgement {
  const expression = toSpdxExpression(text);
  const parsed = expression === undefined ? undefined : tryParse(expression);
  return parsed === undefined ? judgeNames(text) : judgeExpression(parsed);
}

/** Short names joined by and/or. Where the two are mixed, only an answer that all share is certain. */
function judgeNames(text: string): LicenseJudgement {
  if (text.length > MAX_CHARS) return 'unknown';
  const names = text.split(/,?\s+(?:and|or|and\/or)\s+|[()]/i).filter((name) => name.trim() !== '');
  const judged = names.map(judgeName);
  if (judged.length === 0) return 'unknown';
  if (judged.every((one) => one === judged[0])) return judged[0] as LicenseJudgement;
  const hasChoice = /[\s/]or\s/i.test(text);
  if (!hasChoice) return judged.reduce(both);
  return /\sand[\s/]|[()]/i.test(text) ? 'unknown' : judged.reduce(either);
}

/** An exception adds permissions to a licence; it does not change which one it is. */
function judgeName(name: string): LicenseJudgement {
  const [license = ''] = name.trim().split(/\s+with\s+/i);
  const parsed = tryParse(spell(license));
  if (parsed !== undefined) return judgeExpression(parsed);
  return OTHER_FAMILY.test(license) ? 'no' : 'unknown';
}

function judgeExpression(expression: SpdxExpression): LicenseJudgement {
  if ('conjunction' in expression) {
    const join = expression.conjunction === 'and' ? both : either;
    return join(judgeExpression(expression.left), judgeExpression(expression.right));
  }
  if (/^(?:DocumentRef-|LicenseRef-)/.test(expression.license)) return 'unknown';
  return /^AGPL-/.test(expression.license) ? 'yes' : 'no';
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
