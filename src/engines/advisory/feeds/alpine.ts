// Alpine's security database: `vX.Y/{main,community}.json` (secdb), which lists per origin package the
// version that fixed each vulnerability; "0" says it never was one here. It names fixed ones only. A
// version that cannot be compared is kept as it is: matching says so instead of dropping the record.
import { advisoryErrors } from '../../../io/advisories/errors.ts';
import type { FeedFile } from '../../../io/advisories/feed-source.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { AdvisoryRecord } from '../record.ts';
import type { Feed, FeedReader, FeedRecord } from './feed.ts';

const FEED = 'alpine';
const PUBLIC_URL = 'https://secdb.alpinelinux.org';

/** The first release of which Alpine publishes both repositories. */
const FIRST_MINOR = 3;

/** Up to here a gap is a release that a mirror left out; beyond, the first absent one ends the search. */
const KNOWN_MINOR = 23;

export const alpineFeed: Feed = Object.freeze({
  name: FEED,
  title: 'Alpine security database',
  covers: 'Alpine’s origins, by branch: `alpine:v3.20`, `alpine:edge`.',
  defaultSource: `${PUBLIC_URL}/vX.Y/{main,community}.json`,
  coverage: 'fixed-only' as const,
  scopes: [],
  async *read(reader) {
    let releases = 0;
    for (let minor = FIRST_MINOR; ; minor += 1) {
      const records = await readRelease(reader, `v3.${minor}`);
      if (records === undefined && minor > KNOWN_MINOR) break;
      if (records === undefined) continue;
      releases += 1;
      yield* records;
    }
    yield* (await readRelease(reader, 'edge')) ?? [];
    if (releases === 0) {
      throw advisoryErrors.feed_missing('no alpine-secdb/v3.*/main.json is where the feeds are');
    }
  },
} satisfies Feed);

/** Fixed versions by package and vulnerability. */
type Fixes = Map<string, Map<string, { readonly aliases: Set<string>; readonly versions: Set<string> }>>;

/** All of one release, both repositories; undefined where the place does not have it. */
async function readRelease(reader: FeedReader, release: string): Promise<FeedRecord[] | undefined> {
  const fixes: Fixes = new Map();
  const document = (repository: string) => ({
    path: `alpine-secdb/${release}/${repository}.json`,
    publicUrl: `${PUBLIC_URL}/${release}/${repository}.json`,
  });
  await using main = await reader.openOptional(document('main'));
  if (main === undefined) return undefined;
  await using community = await reader.open(document('community'));
  await addDocument(fixes, main);
  await addDocument(fixes, community);
  return [...fixes].flatMap(([name, byId]) =>
    [...byId].map(([id, { aliases, versions }]) => ({
      scope: `alpine:${release}`,
      name,
      record: buildRecord(id, [...aliases], [...versions]),
    })),
  );
}

async function addDocument(fixes: Fixes, file: FeedFile): Promise<void> {
  const bytes = await collectBytes(file.bytes(), limits.secdbBytes, advisoryErrors.feed_damaged);
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value) || !Array.isArray(value.packages)) {
    throw advisoryErrors.feed_damaged(`${file.address} is not a secdb document`);
  }
  for (const entry of value.packages) {
    if (isJsonObject(entry) && isJsonObject(entry.pkg)) addPackage(fixes, entry.pkg);
  }
}

function addPackage(fixes: Fixes, pkg: JsonObject): void {
  const { name, secfixes } = pkg;
  if (typeof name !== 'string' || name === '' || !isJsonObject(secfixes)) return;
  const byId = fixes.get(name) ?? new Map();
  fixes.set(name, byId);
  for (const [version, list] of Object.entries(secfixes)) {
    if (version === '0' || !Array.isArray(list)) continue;
    for (const text of list) {
      if (typeof text !== 'string') continue;
      for (const { id, aliases } of readNames(text)) {
        const known = byId.get(id) ?? { aliases: new Set(), versions: new Set() };
        byId.set(id, known);
        known.versions.add(version);
        for (const alias of aliases) known.aliases.add(alias);
      }
    }
  }
}

/**
 * `CVE-1 GHSA-2` is one vulnerability of two names; of several CVEs each is its own, with the other names.
 * Remarks are met too: `CVE-1 (RSVP)`, `CVE-1.patch`, `CVE-????-????? XSA-288`. A text that names nothing
 * is kept whole, as the only name there is.
 */
function readNames(text: string): readonly { readonly id: string; readonly aliases: readonly string[] }[] {
  const cves = [...new Set(text.match(/CVE-\d{4}-\d{1,9}/g))];
  const names = text.split(/[\s,;]+/).filter((name) => /^[A-Za-z]+(?:-[A-Za-z0-9]+)+$/.test(name));
  const others = names.filter((name) => !name.startsWith('CVE-'));
  if (cves.length > 0) return cves.map((id) => ({ id, aliases: others }));
  const [id = text.trim(), ...aliases] = others;
  return id === '' ? [] : [{ id, aliases }];
}

/** A vulnerability fixed twice is affected below either version. */
function buildRecord(id: string, aliases: readonly string[], versions: readonly string[]): AdvisoryRecord {
  return {
    id,
    aliases,
    severity: { level: 'unknown', by: FEED },
    order: 'apk',
    ranges: versions.map((fixed) => ({ events: [{ introduced: '0' }, { fixed }] })),
    versions: [],
    ...(/^CVE-\d+-\d+$/.test(id) ? { url: `https://security.alpinelinux.org/vuln/${id}` } : {}),
  };
}
