// The vendors' real documents, as they lie beside the project on some machines; skipped elsewhere.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFeedFolder } from '../../io/advisories/feed-folder.ts';
import { createSqliteShelf } from '../../io/advisories/sqlite-shelf.ts';
import { systemRandom } from '../../kit/clock.ts';
import { inventoryOf, NOW, packageOf } from './advisory.fixture.ts';
import { groupByFix } from './group-by-fix.ts';
import { matchInventory } from './match.ts';
import { refreshAdvisories } from './refresh.ts';

const folder = fileURLToPath(new URL('../../../../shared/feeds/', import.meta.url));
const skip = existsSync(folder) ? false : 'no ../shared/feeds';

test('shared feeds: all of them are read whole, and real packages are matched', { skip }, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'plimsoll-shelf-'));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  const clock = { now: () => NOW };
  const shelf = createSqliteShelf({ folder: place, clock, random: systemRandom });
  const outcomes = await refreshAdvisories({ shelf, source: createFeedFolder(folder), clock });
  const rows = outcomes.flatMap((outcome) => (outcome.kind === 'refreshed' ? [outcome.row] : []));
  assert.deepEqual(
    rows
      .filter(({ feed }) => feed !== 'epss')
      .map(({ feed, records, coverage, scopes }) => [feed, records > 900, coverage, scopes.length]),
    [
      ['debian', true, 'fixed-only', 1],
      ['alpine', true, 'fixed-only', 9],
      ['osv-go', true, 'affected', 1],
      ['osv-npm', true, 'affected', 1],
      ['osv-pypi', true, 'affected', 1],
      ['kev', true, 'affected', 1],
    ],
  );
  assert.deepEqual(
    outcomes.flatMap((outcome) => (outcome.kind === 'refreshed' ? [] : [[outcome.feed, outcome.kind]])),
    existsSync(join(folder, 'epss')) ? [] : [['epss', 'absent']],
  );
  await using store = await shelf.open();

  const debian = inventoryOf([
    packageOf('deb', 'libcurl4', '7.88.1-10+deb12u5', {
      source: { name: 'curl', version: '7.88.1-10+deb12u5' },
    }),
    packageOf('golang', 'stdlib', '1.22.0', { role: 'stdlib' }),
    packageOf('golang', 'github.com/gin-gonic/gin', 'v1.5.0'),
    packageOf('npm', 'protobufjs', '7.5.4'),
  ]);
  const matching = matchInventory(debian, store);
  assert.deepEqual(matching.coverage.gaps, []);
  const gin = matching.findings.find(({ id }) => id === 'CVE-2020-36567');
  assert.equal(gin?.evidence.comparison, '1.5.0 < 1.6.0 (semver)');
  assert.ok(gin?.aliases.includes('GO-2020-0001'));
  assert.equal(matching.findings.find(({ id }) => id === 'CVE-2026-41242')?.fixedVersion, '7.5.5');
  assert.ok(matching.findings.some(({ package: { matchedName } }) => matchedName === 'curl'));
  assert.deepEqual(
    groupByFix(matching)
      .map(({ key }) => key)
      .sort(),
    ['deb-upgrade', 'go-toolchain', 'go:github.com/gin-gonic/gin', 'npm:protobufjs'],
  );

  const python = matchInventory(
    inventoryOf([
      packageOf('pypi', 'jinja2', '2.11.0'),
      packageOf('pypi', 'requests', '2.25.0'),
      packageOf('pypi', 'salt', '3000.1'),
    ]),
    store,
  );
  assert.deepEqual(python.coverage.gaps, []);
  const finding = (cve: string) => python.findings.find(({ id }) => id === cve);
  assert.equal(finding('CVE-2020-28493')?.fixedVersion, '2.11.3');
  assert.equal(finding('CVE-2023-32681')?.fixedVersion, '2.31.0');
  assert.deepEqual(finding('CVE-2020-11651')?.exploited, {
    since: '2021-11-03',
    dueAt: '2022-05-03',
    isRansomware: false,
  });

  const alpine = inventoryOf(
    [packageOf('apk', 'libssl1.1', '1.1.1d-r0', { source: { name: 'openssl', version: '1.1.1d-r0' } })],
    { distribution: { id: 'alpine', versionId: '3.11.2' } },
  );
  const onAlpine = matchInventory(alpine, store);
  assert.ok(onAlpine.findings.some(({ id }) => id === 'CVE-2019-1551'));
  assert.equal(onAlpine.coverage.judged, 1);
});
