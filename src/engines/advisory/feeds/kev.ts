// CISA's catalogue of known exploited vulnerabilities, one JSON document (its schema stands beside it at
// cisa.gov). It speaks of CVEs, not of packages. An entry without a name or a date, or a count that does not
// hold, refuses the whole: half a catalogue would read as "not exploited".
import { advisoryErrors } from '../../../io/advisories/errors.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { isCve, KEV_SCOPE, type KevFact } from '../cve-fact.ts';
import type { Feed } from './feed.ts';

const PUBLIC_URL = 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json';
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export const kevFeed: Feed = Object.freeze({
  name: 'kev',
  title: 'Exploited CVEs (CISA KEV)',
  covers: 'CVEs that are exploited, since when, and whether by ransomware; no packages.',
  defaultSource: PUBLIC_URL,
  coverage: 'affected' as const,
  scopes: [KEV_SCOPE],
  isOptional: true,
  async *read(reader) {
    await using file = await reader.open({
      path: 'kev/known_exploited_vulnerabilities.json',
      publicUrl: PUBLIC_URL,
    });
    const refuse = (why: string) =>
      advisoryErrors.feed_damaged(`${file.address} is no KEV catalogue: ${why}`);
    const text = decodeUtf8(await collectBytes(file.bytes(), limits.kevBytes, advisoryErrors.feed_damaged));
    const catalogue = text === undefined ? undefined : parseJson(text);
    if (!isJsonObject(catalogue) || !Array.isArray(catalogue.vulnerabilities))
      throw refuse('it has no list of vulnerabilities');
    const entries: readonly Json[] = catalogue.vulnerabilities;
    if (typeof catalogue.count === 'number' && catalogue.count !== entries.length)
      throw refuse(`it announces ${catalogue.count} vulnerabilities and has ${entries.length}`);
    for (const [at, entry] of entries.entries()) {
      const record = readEntry(entry);
      if (record === undefined) throw refuse(`entry ${at + 1} lacks a CVE or the date it was added`);
      yield { scope: KEV_SCOPE, name: record.id, record };
    }
  },
} satisfies Feed);

function readEntry(entry: Json): KevFact | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { cveID: id, dateAdded: since, dueDate, knownRansomwareCampaignUse: ransomware } = entry;
  if (typeof id !== 'string' || !isCve(id) || typeof since !== 'string' || !DATE.test(since))
    return undefined;
  return {
    id,
    since,
    ...(typeof dueDate === 'string' && DATE.test(dueDate) ? { dueAt: dueDate } : {}),
    isRansomware: ransomware === 'Known',
  };
}
