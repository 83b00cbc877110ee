import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeAgpl, type LicenseJudgement, toSpdxExpression } from './license.ts';

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
  for (const [licenses, expected] of cases) assert.equal(judgeAgpl(licenses), expected, licenses.join('; '));
});

test('license: any text ends in an answer', () => {
  const text = fc.string({
    unit: fc.constantFrom('MIT', 'AGPL-3', ' ', '(', ')', 'or', 'and', 'with', ',', 'x'),
  });
  fc.assert(fc.property(text, (one) => assert.ok(['yes', 'no', 'unknown'].includes(judgeAgpl([one])))));
});
