import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLicenseName, judgeLicense, type LicenseJudgement, toSpdxExpression } from './license.ts';

test('license: spellings that have one SPDX expression for certain', () => {
  const cases: readonly [string, string | undefined][] = [
    ['MIT', 'MIT'],
    ['GPL-2.0-only AND MIT', 'GPL-2.0-only AND MIT'],
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-2', 'GPL-2.0-only'],
    ['LGPL-2.1+', 'LGPL-2.1+'],
    ['lgpl-2.1+', 'LGPL-2.1-or-later'],
    ['GPLv3', 'GPL-3.0-only'],
    ['AGPL-3+', 'AGPL-3.0-or-later'],
    ['GPL-2+ or Expat', 'GPL-2.0-or-later OR MIT'],
    ['GPL-2+ or (Expat and bsd-3-clause)', 'GPL-2.0-or-later OR ( MIT AND BSD-3-Clause )'],
    ['GPL-2.0-or-later WITH Classpath-exception-2.0', 'GPL-2.0-or-later WITH Classpath-exception-2.0'],
    ['GPL-2+ with OpenSSL exception', undefined],
    ['BSD', undefined],
    ['SEE LICENSE IN LICENSE.md', undefined],
    ['UNLICENSED', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(toSpdxExpression(text), expected, text);
});

test('license: is it the Affero GPL?', () => {
  const cases: readonly [readonly string[], LicenseJudgement][] = [
    [['AGPL-3.0-only'], 'yes'],
    [['agpl-3+'], 'yes'],
    [['AGPL-1.0'], 'yes'],
    [['AGPL-3.0-or-later WITH GCC-exception-3.1'], 'yes'],
    [['MIT', 'AGPL-3.0-only'], 'yes'],
    [['MIT AND AGPL-3.0-only'], 'yes'],
    [['MIT OR AGPL-3.0-only'], 'no'],
    [['AGPL-1.0-only OR AGPL-3.0-only'], 'yes'],
    [['LicenseRef-x OR AGPL-3.0-only'], 'unknown'],
    [['LicenseRef-x'], 'unknown'],
    [['MIT', 'GPL-2+'], 'no'],
    [['BSD'], 'no'],
    [['GPL-3+ with Bison exception'], 'no'],
    [['AGPL-3+ with OpenSSL exception'], 'yes'],
    [['BSD-3-google and AGPL-3+'], 'yes'],
    [['GPL or AGPL-3+'], 'no'],
    [['GPL or AGPL-3+ and BSD'], 'unknown'],
    [['Artistic or GPL-1+, and public-domain'], 'no'],
    [['AGPL-like or MIT-like-ish'], 'no'],
    [['AGPL-like'], 'unknown'],
    [['BSD-3-clause and/or GPL-3+'], 'no'],
    [['BSD-3-clause and/or AGPL-3+'], 'unknown'],
    [['MIT/X11'], 'no'],
    [['GPL compatible, see the file'], 'unknown'],
    [['some free text'], 'unknown'],
    [['some free text about the AGPL', 'MIT'], 'unknown'],
    [['some free text', 'AGPL-3'], 'yes'],
    [[], 'unknown'],
    [['('.repeat(2000)], 'unknown'],
    [[`${'('.repeat(400)}MIT${')'.repeat(400)}`], 'no'],
  ];
  for (const [licenses, expected] of cases)
    assert.equal(judgeLicense(licenses, ['AGPL']), expected, licenses.join('; '));
});

test('license: any text ends in an answer', () => {
  const text = fc.string({
    unit: fc.constantFrom('MIT', 'AGPL-3', ' ', '(', ')', 'or', 'and', 'with', ',', 'x'),
  });
  const wanted = fc.subarray(['AGPL', 'GPL', 'AGPL-3.0', 'MIT']);
  fc.assert(
    fc.property(text, wanted, (one, names) =>
      assert.ok(['yes', 'no', 'unknown'].includes(judgeLicense([one], names))),
    ),
  );
});

test('license: a family is any of its versions, an identifier is that licence, with and without later ones', () => {
  const cases: readonly [string, string, LicenseJudgement][] = [
    ['GPL-2+', 'GPL', 'yes'],
    ['GPL', 'GPL', 'yes'],
    ['GPL-3+ with Bison exception', 'gpl', 'yes'],
    ['LGPL-2.1+', 'GPL', 'no'],
    ['AGPL-3.0-only', 'GPL', 'no'],
    ['GPL', 'GPL-2.0', 'unknown'],
    ['GPL-2.0-only', 'GPL-2.0', 'yes'],
    ['GPL-2.0-or-later', 'GPL-2.0', 'yes'],
    ['GPL-2.0+', 'GPL-2.0-or-later', 'yes'],
    ['GPL-2.0+', 'GPL-2.0-only', 'no'],
    ['GPL-2.0', 'GPL-2.0-only', 'yes'],
    ['GPL-2.0-or-later', 'GPL-2.0+', 'yes'],
    ['GPL-3.0-only', 'GPL-2.0', 'no'],
    ['AGPL-3.0-or-later', 'AGPL-3.0', 'yes'],
    ['MPL-2.0', 'MPL', 'yes'],
    ['MPL-2.0-no-copyleft-exception', 'MPL-2.0', 'no'],
    ['CC-BY-SA-4.0', 'CC-BY-SA', 'yes'],
    ['CC-BY-4.0', 'CC-BY-SA', 'no'],
    ['MIT OR GPL-2.0-only', 'GPL', 'no'],
    ['some free text', 'MPL', 'unknown'],
  ];
  for (const [license, wanted, expected] of cases)
    assert.equal(judgeLicense([license], [wanted]), expected, `${license} for ${wanted}`);
  assert.equal(judgeLicense(['LGPL-2.1-only'], ['AGPL', 'LGPL']), 'yes');
});

test('license: what can be asked for is a family or an identifier, not a misspelling', () => {
  for (const name of ['AGPL', 'gpl', 'AGPL-3.0', 'agpl-3.0-only', 'GPL-2.0+', 'MIT', 'CC-BY-SA', 'SSPL-1.0'])
    assert.ok(isLicenseName(name), name);
  for (const name of ['', 'AGLP', 'AGPL-9.9', 'MIT OR AGPL-3.0', 'LicenseRef-x', 'a lot'])
    assert.ok(!isLicenseName(name), name);
});
