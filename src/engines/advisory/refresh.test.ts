import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { advisoryErrors } from '../../io/advisories/errors.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import { buildZip } from '../../io/advisories/zip.fixture.ts';
import { limits } from '../../kit/limits.ts';
import { allDocuments, folderOfFeeds, NOW, osvOf, secdbOf, zipOfRecords } from './advisory.fixture.ts';
import type { AdvisoryRecord } from './record.ts';
import { type RefreshProgress, type RefreshRequest, refreshAdvisories } from './refresh.ts';
import { listFeedStatus, STALE_AFTER_MS } from './status.ts';

const KEV = 'kev/known_exploited_vulnerabilities.json';
const EPSS = 'epss/epss_scores-current.csv.gz';
const DAY = '#model_version:v2025.03.14,score_date:2026-11-20T12:55:00Z\n';

test('refresh: all feeds from one folder, each with its row', async (t) => {
  const shelf = createMemoryShelf();
  const progress: RefreshProgress[] = [];
  const source = folderOfFeeds(t, allDocuments());
  const outcomes = await refresh(shelf, source, { onProgress: (one) => progress.push(one) });
  assert.deepEqual(
    outcomes.map(({ kind, feed }) => `${kind} ${feed}`),
    ['debian', 'alpine', 'osv-go', 'osv-npm', 'osv-pypi', 'kev', 'epss'].map((feed) => `refreshed ${feed}`),
  );
  await using store = await shelf.open();
  const alpine = store.feeds().find(({ feed }) => feed === 'alpine');
  const debian = store.feeds().find(({ feed }) => feed === 'debian');
  assert.deepEqual(
    { ...debian, sizeBytes: 0 },
    {
      feed: 'debian',
      source: source.name,
      refreshedAt: NOW,
      records: 1,
      sizeBytes: 0,
      coverage: 'affected',
      scopes: ['debian:12'],
    },
  );
  assert.ok((debian?.sizeBytes ?? 0) > 0);
  assert.equal(alpine?.coverage, 'fixed-only');
  assert.deepEqual(alpine?.scopes, ['alpine:v3.19']);
  assert.equal(progress.filter(({ kind }) => kind === 'ended').length, 7);
  assert.ok(progress.some(({ kind }) => kind === 'fetching'));
});

test('refresh: a broken feed keeps its last good state and says why; the others still count', async (t) => {
  const good = allDocuments();
  const zip = good['osv/Go/all.zip'] as Buffer;
  const scores = good[EPSS] as Buffer;
  const broken: Readonly<Record<string, readonly [string, unknown, string]>> = {
    'a cut zip': ['osv/Go/all.zip', zip.subarray(0, zip.byteLength - 4), 'feed_damaged'],
    'a zip of no JSON': ['osv/Go/all.zip', buildZip({ 'a.json': '{"id":' }), 'feed_damaged'],
    'a record without id': ['osv/Go/all.zip', buildZip({ 'a.json': '{}' }), 'feed_damaged'],
    'a zip without records': ['osv/Go/all.zip', buildZip({ 'readme.txt': 'none' }), 'feed_damaged'],
    'cut JSON': ['debian/tracker.json', Buffer.from('{"curl":{"CVE-1":'), 'feed_damaged'],
    'a page of HTML': ['debian/tracker.json', Buffer.from('<html>try later</html>'), 'feed_damaged'],
    'a source that is a list': ['debian/tracker.json', { curl: [] }, 'feed_damaged'],
    'no secdb': ['alpine-secdb/v3.19/main.json', [], 'feed_damaged'],
    'a catalogue without a list': [KEV, { count: 0 }, 'feed_damaged'],
    'half a catalogue': [
      KEV,
      { count: 2, vulnerabilities: [{ cveID: 'CVE-2026-0001', dateAdded: '2026-01-10' }] },
      'feed_damaged',
    ],
    'an entry without a date': [KEV, { vulnerabilities: [{ cveID: 'CVE-2026-0001' }] }, 'feed_damaged'],
    'an entry that is no CVE': [
      KEV,
      { vulnerabilities: [{ cveID: 'CVE-1', dateAdded: '2026-01-10' }] },
      'feed_damaged',
    ],
    'scores cut in their gzip': [EPSS, scores.subarray(0, scores.byteLength - 9), 'feed_damaged'],
    'scores without a day': [EPSS, gzipSync('cve,epss,percentile\nCVE-2026-0001,0.9,0.9\n'), 'feed_damaged'],
    'scores with other columns': [EPSS, gzipSync(`${DAY}cve,epss\n`), 'feed_damaged'],
    'a score above one': [
      EPSS,
      gzipSync(`${DAY}cve,epss,percentile\nCVE-2026-0001,1.5,0.9\n`),
      'feed_damaged',
    ],
    'a score that is a word': [
      EPSS,
      gzipSync(`${DAY}cve,epss,percentile\nCVE-2026-0001,high,0.9\n`),
      'feed_damaged',
    ],
    'a line without its end': [
      EPSS,
      gzipSync(`${DAY}cve,epss,percentile\nCVE-2026-0001,0.9,0.`),
      'feed_damaged',
    ],
    'a line that never ends': [EPSS, gzipSync(`#${'x'.repeat(limits.epssLineChars)}`), 'feed_damaged'],
    'half a release': ['alpine-secdb/v3.18/main.json', secdbOf({}), 'feed_missing'],
  };
  for (const [name, [path, content, code]] of Object.entries(broken)) {
    await t.test(name, async (inner) => {
      const shelf = createMemoryShelf();
      await refresh(shelf, folderOfFeeds(inner, good));
      await using before = await shelf.open();
      const outcomes = await refresh(shelf, folderOfFeeds(inner, { ...good, [path]: content }));
      const kept = outcomes.filter((outcome) => outcome.kind === 'kept');
      assert.equal(kept.length, 1);
      assert.equal(kept[0]?.error.code, `advisories.${code}`);
      assert.equal(kept[0]?.previous?.records, 1);
      await using after = await shelf.open();
      assert.deepEqual([...after.changedSince(before)], []);
      assert.equal(after.feeds().length, 7);
    });
  }
});

test('refresh: an empty folder changes nothing and says what is missing', async (t) => {
  const shelf = createMemoryShelf();
  const outcomes = await refresh(shelf, folderOfFeeds(t, {}));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'kept' ? outcome.error.code : outcome.kind)),
    [...Array.from({ length: 5 }, () => advisoryErrors.feed_missing.code), 'absent', 'absent'],
  );
  await using store = await shelf.open();
  assert.deepEqual(store.feeds(), []);
});

test('refresh: an optional feed that the place does not have is absent, and what was known stands', async (t) => {
  const shelf = createMemoryShelf();
  const { [KEV]: _, [EPSS]: __, ...without } = allDocuments();
  const never = await refresh(shelf, folderOfFeeds(t, without));
  assert.deepEqual(
    never.map(({ kind }) => kind),
    [...Array.from({ length: 5 }, () => 'refreshed'), 'absent', 'absent'],
  );
  await refresh(shelf, folderOfFeeds(t, allDocuments()));
  await using before = await shelf.open();
  const source = folderOfFeeds(t, without);
  const kev = (await refresh(shelf, source)).find(({ feed }) => feed === 'kev');
  assert.deepEqual(kev?.kind === 'absent' && [kev.source, kev.previous?.records], [source.name, 1]);
  await using after = await shelf.open();
  assert.deepEqual([...after.changedSince(before)], []);
});

test('osv: names of Python packages are normalised, spellings of one package joined', async (t) => {
  const range = (fixed: string) => ({ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] });
  const record = {
    id: 'PYSEC-2026-1',
    affected: [
      { package: { ecosystem: 'PyPI', name: 'Zope.Interface' }, ranges: [range('1.0')] },
      { package: { ecosystem: 'PyPI', name: 'zope-interface' }, ranges: [range('2.0')], versions: ['0.9'] },
    ],
  };
  const found = await readAll(folderOfFeeds(t, { 'osv/PyPI/all.zip': zipOfRecords([record]) }), 'osv-pypi');
  assert.deepEqual([...found.keys()], ['pypi zope-interface']);
  const { order, ranges, versions } = found.get('pypi zope-interface') ?? {};
  assert.deepEqual([order, ranges?.length, versions], ['pep440', 2, ['0.9']]);
});

test('refresh: a feed that shrank to under half is refused, unless forced', async (t) => {
  const shelf = createMemoryShelf();
  const records = ['GO-1', 'GO-2', 'GO-3'].map((id) => osvOf(id, 'Go', 'example.org/a', '1.0.0'));
  const only = { feeds: ['osv-go'] };
  await refresh(shelf, folderOfFeeds(t, { 'osv/Go/all.zip': zipOfRecords(records) }), only);
  const small = folderOfFeeds(t, { 'osv/Go/all.zip': zipOfRecords(records.slice(0, 1)) });
  const [refused] = await refresh(shelf, small, only);
  assert.equal(refused?.kind === 'kept' && refused.error.code, advisoryErrors.feed_shrunk.code);
  const [forced] = await refresh(shelf, small, { ...only, isForced: true });
  assert.equal(forced?.kind === 'refreshed' && forced.row.records, 1);
});

test('refresh: chosen feeds only; an unknown name is refused', async (t) => {
  const shelf = createMemoryShelf();
  const source = folderOfFeeds(t, allDocuments());
  const outcomes = await refresh(shelf, source, { feeds: ['osv-npm', 'debian'] });
  assert.deepEqual(
    outcomes.map(({ feed }) => feed),
    ['debian', 'osv-npm'],
  );
  await assert.rejects(refresh(shelf, source, { feeds: ['debain'] }), {
    code: advisoryErrors.feed_unknown.code,
    message: /debain.*debian, alpine, osv-go, osv-npm, osv-pypi, kev, epss/,
  });
});

test('refresh: aborting changes nothing and throws the reason', async (t) => {
  const shelf = createMemoryShelf();
  const abort = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ kind }: RefreshProgress) => kind === 'ended' && abort.abort(reason);
  const source = folderOfFeeds(t, allDocuments());
  await assert.rejects(refresh(shelf, source, { onProgress, signal: abort.signal }), reason);
  await using store = await shelf.open();
  assert.deepEqual(store.feeds(), []);
});

test('osv: withdrawn, foreign and git-only parts are left out; places of one package are joined', async (t) => {
  const event = (introduced: string, fixed: string) => ({
    type: 'SEMVER',
    events: [{ introduced }, { fixed }],
  });
  const lodash = { ecosystem: 'npm', name: 'lodash' };
  const records = [
    osvOf('GHSA-w', 'npm', 'gone', '1.0.0', { withdrawn: '2026-01-01T00:00:00Z' }),
    {
      id: 'GHSA-a',
      aliases: ['SNYK-1', 'CVE-2026-5'],
      summary: 'Prototype pollution',
      published: '0001-01-01T00:00:00Z',
      modified: '2026-01-02T00:00:00Z',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        { package: lodash, ranges: [event('0', '3.10.2'), { type: 'GIT', events: [{ introduced: '0' }] }] },
        {
          package: lodash,
          ranges: [{ type: 'SEMVER', events: [{ introduced: '4.0.0' }, { last_affected: '4.17.20' }] }],
          versions: ['4.0.0'],
        },
        { package: { ecosystem: 'PyPI', name: 'lodash' }, ranges: [event('0', '9.0.0')] },
      ],
      references: [
        { type: 'WEB', url: 'https://example.org/other' },
        { type: 'ADVISORY', url: 'https://example.org/advisory' },
      ],
    },
    osvOf('MAL-2026-1', 'npm', 'lodahs', undefined),
    osvOf('GHSA-b', 'npm', 'b', '1.0.0', { database_specific: { severity: 'MODERATE' } }),
  ];
  const found = await readAll(folderOfFeeds(t, { 'osv/npm/all.zip': zipOfRecords(records) }), 'osv-npm');
  assert.deepEqual([...found.keys()].sort(), ['npm b', 'npm lodahs', 'npm lodash']);
  assert.deepEqual(found.get('npm lodash'), {
    id: 'GHSA-a',
    aliases: ['CVE-2026-5', 'SNYK-1'],
    summary: 'Prototype pollution',
    severity: {
      level: 'critical',
      score: 9.8,
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      by: 'cvss',
    },
    order: 'semver',
    ranges: [
      { events: [{ introduced: '0' }, { fixed: '3.10.2' }] },
      { events: [{ introduced: '4.0.0' }, { last_affected: '4.17.20' }] },
    ],
    versions: ['4.0.0'],
    modifiedAt: '2026-01-02T00:00:00Z',
    url: 'https://example.org/advisory',
  });
  assert.deepEqual(found.get('npm lodahs')?.severity, { level: 'critical', by: 'malicious-packages' });
  assert.deepEqual(found.get('npm b')?.severity, { level: 'medium', by: 'osv-npm' });
});

test('debian: open, resolved, never affected and undetermined, by release', async (t) => {
  const tracker = {
    curl: {
      'CVE-2026-1': {
        description: 'a flaw',
        releases: {
          bookworm: { status: 'resolved', fixed_version: '7.88.1-10+deb12u5', urgency: 'not yet assigned' },
          trixie: { status: 'resolved', fixed_version: '0', urgency: 'unimportant' },
          sid: {
            status: 'open',
            urgency: 'medium**',
            nodsa: 'Minor issue',
            nodsa_reason: 'postponed',
          },
          forky: { status: 'undetermined', urgency: 'unimportant' },
          someday: { status: 'open', urgency: 'low', nodsa: 'Minor issue', nodsa_reason: '' },
        },
      },
    },
  };
  const found = await readAll(folderOfFeeds(t, { 'debian/tracker.json': tracker }), 'debian');
  assert.deepEqual([...found.keys()].sort(), [
    'debian:12 curl',
    'debian:14 curl',
    'debian:sid curl',
    'debian:someday curl',
  ]);
  assert.deepEqual(found.get('debian:12 curl'), {
    id: 'CVE-2026-1',
    aliases: [],
    summary: 'a flaw',
    severity: { level: 'unknown', by: 'debian' },
    order: 'deb',
    ranges: [{ events: [{ introduced: '0' }, { fixed: '7.88.1-10+deb12u5' }] }],
    versions: [],
    url: 'https://security-tracker.debian.org/tracker/CVE-2026-1',
  });
  const { severity, ranges, note } = found.get('debian:sid curl') ?? {};
  assert.deepEqual(
    { severity, ranges, note },
    {
      severity: { level: 'medium', by: 'debian' },
      ranges: [{ events: [{ introduced: '0' }] }],
      note: 'postponed: Minor issue',
    },
  );
  assert.equal(found.get('debian:14 curl')?.isUndetermined, true);
  assert.equal(found.get('debian:14 curl')?.note, 'unimportant');
  assert.equal(found.get('debian:someday curl')?.note, 'no-dsa: Minor issue');
});

test('debian: a copy that lists nothing unfixed says fixed-only', async (t) => {
  const releases = { bookworm: { status: 'resolved', fixed_version: '1-1', urgency: 'low' } };
  const source = folderOfFeeds(t, { 'debian/tracker.json': { curl: { 'CVE-1': { releases } } } });
  const [outcome] = await refresh(createMemoryShelf(), source, { feeds: ['debian'] });
  assert.equal(outcome?.kind === 'refreshed' && outcome.row.coverage, 'fixed-only');
});

test('alpine: both repositories of each release; several names, twice fixed, never affected', async (t) => {
  const source = folderOfFeeds(t, {
    'alpine-secdb/v3.19/main.json': secdbOf({
      openssl: {
        '0': ['CVE-2026-9'],
        '3.1.4-r1': ['CVE-2026-0001 GHSA-x', 'CVE-2026-2'],
        '3.1.4-r3': ['CVE-2026-2'],
        '20.10.11.r0': ['CVE-2026-3 CVE-2026-4 XSA-1'],
        '3.1.4-r4': [
          'ALPINE-1',
          'CVE-2026-0007 (RSVP)',
          'CVE-2026-0008.patch',
          'CVE-????-?????  XSA-2',
          '??',
        ],
      },
    }),
    'alpine-secdb/v3.19/community.json': secdbOf({ runc: { '1.1.12-r0': ['CVE-2026-5'] } }),
    'alpine-secdb/v3.30/main.json': secdbOf({ late: { '1-r0': ['CVE-1'] } }),
    'alpine-secdb/edge/main.json': secdbOf({ zlib: { '1.3.1-r0': ['CVE-2026-6'] } }),
    'alpine-secdb/edge/community.json': secdbOf({}),
  });
  const shelf = createMemoryShelf();
  const [outcome] = await refresh(shelf, source, { feeds: ['alpine'] });
  assert.deepEqual(outcome?.kind === 'refreshed' && outcome.row.scopes, ['alpine:edge', 'alpine:v3.19']);
  await using store = await shelf.open();
  const records = store
    .find('alpine:v3.19', 'openssl')
    .map(({ body }) => JSON.parse(body) as AdvisoryRecord)
    .map(({ id, aliases, ranges }) => [
      id,
      aliases,
      ranges.map(({ events }) => Object.values(events[1] ?? {})[0]),
    ]);
  assert.deepEqual(records, [
    ['??', [], ['3.1.4-r4']],
    ['ALPINE-1', [], ['3.1.4-r4']],
    ['CVE-2026-0001', ['GHSA-x'], ['3.1.4-r1']],
    ['CVE-2026-0007', [], ['3.1.4-r4']],
    ['CVE-2026-0008', [], ['3.1.4-r4']],
    ['CVE-2026-2', [], ['3.1.4-r1', '3.1.4-r3']],
    ['CVE-2026-3', ['XSA-1'], ['20.10.11.r0']],
    ['CVE-2026-4', ['XSA-1'], ['20.10.11.r0']],
    ['XSA-2', [], ['3.1.4-r4']],
  ]);
  assert.equal(store.find('alpine:v3.19', 'runc').length, 1);
  assert.equal(store.find('alpine:edge', 'zlib').length, 1);
});

test('status: every feed, with its age; a week without a refresh is stale', async (t) => {
  const shelf = createMemoryShelf();
  await refresh(shelf, folderOfFeeds(t, allDocuments()), { feeds: ['debian'] });
  await using store = await shelf.open();
  const [debian, alpine] = listFeedStatus(store, NOW + 5_000);
  assert.equal(debian?.row?.records, 1);
  assert.deepEqual([debian?.ageMs, debian?.isStale], [5_000, false]);
  assert.deepEqual([alpine?.feed, alpine?.row, alpine?.isStale], ['alpine', undefined, false]);
  const [later] = listFeedStatus(store, NOW + STALE_AFTER_MS + 1);
  assert.equal(later?.isStale, true);
});

function refresh(shelf: AdvisoryShelf, source: FeedSource, more: Partial<RefreshRequest> = {}) {
  return refreshAdvisories({ shelf, source, clock: { now: () => NOW }, ...more });
}

/** The records of one feed by `scope name`; each package of these tests has one. */
async function readAll(source: FeedSource, feed: string): Promise<ReadonlyMap<string, AdvisoryRecord>> {
  const shelf = createMemoryShelf();
  await refresh(shelf, source, { feeds: [feed] });
  await using store = await shelf.open();
  return new Map(
    [...store.packages()].map(({ scope, name }) => {
      const [row, ...more] = store.find(scope, name);
      assert.deepEqual(more, []);
      return [`${scope} ${name}`, JSON.parse(row?.body ?? '') as AdvisoryRecord];
    }),
  );
}
