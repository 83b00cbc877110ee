// Debian's security tracker: one JSON document `{source: {CVE: {releases: {codename: {...}}}}}`, 70 MB, read
// source by source. Per release: `resolved` with the fixed version ("0": never affected, no record), `open`
// (affected, no fix yet), `undetermined` (Debian does not know: kept, and matched to a gap).
import { advisoryErrors } from '../../../io/advisories/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { AdvisoryRecord } from '../record.ts';
import { rateWord } from '../severity.ts';
import type { Feed, FeedRecord } from './feed.ts';
import { readJsonMembers } from './json-members.ts';

const FEED = 'debian';
const PUBLIC_URL = 'https://security-tracker.debian.org/tracker/data/json';

/** Releases by codename, as os-release's VERSION_ID numbers them; sid never gets a number. */
const RELEASES: ReadonlyMap<string, string> = new Map([
  ['jessie', '8'],
  ['stretch', '9'],
  ['buster', '10'],
  ['bullseye', '11'],
  ['bookworm', '12'],
  ['trixie', '13'],
  ['forky', '14'],
  ['duke', '15'],
]);

export const debianFeed: Feed = Object.freeze({
  name: FEED,
  title: 'Debian security tracker',
  covers: 'Debian’s source packages, by release: `debian:12`; sid by its name.',
  defaultSource: PUBLIC_URL,
  coverage: 'affected' as const,
  scopes: [],
  async *read(reader) {
    await using file = await reader.open({ path: 'debian/tracker.json', publicUrl: PUBLIC_URL });
    const refuse = (why: string) =>
      advisoryErrors.feed_damaged(`${file.address} is not the tracker's JSON: ${why}`);
    for await (const { key, value } of readJsonMembers(file.bytes(), limits.trackerSourceBytes, refuse)) {
      if (key === '' || !isJsonObject(value)) throw refuse(`source ${JSON.stringify(key)} is not an object`);
      yield* readSource(key, value);
    }
  },
} satisfies Feed);

function* readSource(source: string, vulnerabilities: JsonObject): Iterable<FeedRecord> {
  for (const [id, vulnerability] of Object.entries(vulnerabilities)) {
    if (id === '' || !isJsonObject(vulnerability) || !isJsonObject(vulnerability.releases)) continue;
    for (const [codename, release] of Object.entries(vulnerability.releases)) {
      const record = isJsonObject(release) ? readRelease(id, vulnerability, release) : undefined;
      if (record !== undefined) {
        yield { scope: `debian:${RELEASES.get(codename) ?? codename}`, name: source, record };
      }
    }
  }
}

/** Undefined where the release's package was never affected. */
function readRelease(id: string, vulnerability: JsonObject, release: JsonObject): AdvisoryRecord | undefined {
  const { status, fixed_version: fixed } = release;
  const isFixed = status === 'resolved' && typeof fixed === 'string';
  if (isFixed && fixed === '0') return undefined;
  const isUndetermined = !isFixed && status !== 'open';
  const urgency = typeof release.urgency === 'string' ? release.urgency : '';
  const note = readNote(urgency, release);
  return {
    id,
    aliases: [],
    ...readSummary(vulnerability),
    // "high**" is an urgency that the tracker itself computed.
    severity: { level: rateWord(urgency.replace(/\*+$/, '')), by: FEED },
    order: 'deb',
    ranges: isUndetermined ? [] : [{ events: [{ introduced: '0' }, ...(isFixed ? [{ fixed }] : [])] }],
    versions: [],
    ...(isUndetermined ? { isUndetermined: true as const } : {}),
    ...(note === '' ? {} : { note }),
    // Temporary names of the tracker have pages too.
    url: `https://security-tracker.debian.org/tracker/${encodeURIComponent(id)}`,
  };
}

/** E.g. `unimportant`, `no-dsa: Minor issue`, `ignored: Minor issue`. */
function readNote(urgency: string, release: JsonObject): string {
  const { nodsa, nodsa_reason: kind } = release;
  const notes = urgency === 'unimportant' || urgency === 'end-of-life' ? [urgency] : [];
  if (typeof nodsa === 'string') {
    notes.push(`${typeof kind === 'string' && kind !== '' ? kind : 'no-dsa'}: ${nodsa}`);
  }
  return notes.join('; ');
}

function readSummary(vulnerability: JsonObject): { readonly summary?: string } {
  const { description } = vulnerability;
  return typeof description === 'string' && description !== '' ? { summary: description } : {};
}
