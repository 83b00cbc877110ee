// OSV dumps: `<ECOSYSTEM>/all.zip`, one JSON document per record (OSV schema 1.7). Another ecosystem is one
// line in all.ts. Withdrawn records are left out; ranges over git commits cannot be compared with package
// versions and are too. A malicious package's record (`MAL-…`) is critical whatever it says.
import type { RangeEvent } from '../../../formats/packages/range.ts';
import type { VersionOrder } from '../../../formats/packages/version-order.ts';
import { advisoryErrors } from '../../../io/advisories/errors.ts';
import type { FeedFile, ZipEntry } from '../../../io/advisories/feed-source.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { isMalicious } from '../malicious.ts';
import type { AdvisoryRecord } from '../record.ts';
import { rateSeverity, type SeverityRating } from '../severity.ts';
import type { Feed, FeedRecord } from './feed.ts';

export interface OsvEcosystem {
  /** OSV's name, as in `affected[].package.ecosystem` and the dump's folder. */
  readonly ecosystem: string;
  readonly scope: string;
  readonly order: VersionOrder;
  readonly title: string;
  readonly covers: string;
  /** The one spelling that packages are looked up by, where the ecosystem takes several. */
  readonly normalName?: (name: string) => string;
}

/** The feed of one ecosystem, named `osv-<scope>`. */
export function createOsvFeed(of: OsvEcosystem): Feed {
  const name = `osv-${of.scope}`;
  const publicUrl = `https://osv-vulnerabilities.storage.googleapis.com/${of.ecosystem}/all.zip`;
  return Object.freeze({
    name,
    title: of.title,
    covers: of.covers,
    defaultSource: publicUrl,
    coverage: 'affected' as const,
    scopes: [of.scope],
    async *read(reader) {
      await using file = await reader.open({ path: `osv/${of.ecosystem}/all.zip`, publicUrl });
      for await (const entry of file.entries()) {
        if (entry.name.endsWith('.json')) yield* readRecords(of, name, await parseEntry(file, entry));
      }
    },
  } satisfies Feed);
}

async function parseEntry(file: FeedFile, entry: ZipEntry): Promise<JsonObject> {
  const text = decodeUtf8(await entry.read(limits.advisoryRecordBytes));
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value) || typeof value.id !== 'string' || value.id === '') {
    throw advisoryErrors.feed_damaged(`${entry.name} in ${file.address} is not an OSV record`);
  }
  return value;
}

/** One record per affected package: what the document says of it in several places is joined. */
function readRecords(of: OsvEcosystem, feed: string, osv: JsonObject): FeedRecord[] {
  if (osv.withdrawn !== undefined) return [];
  const byName = new Map<string, JsonObject[]>();
  for (const affected of objects(osv.affected)) {
    if (!isJsonObject(affected.package) || affected.package.ecosystem !== of.ecosystem) continue;
    const { name: written } = affected.package;
    if (typeof written !== 'string' || written === '') continue;
    const name = of.normalName?.(written) ?? written;
    byName.set(name, [...(byName.get(name) ?? []), affected]);
  }
  return [...byName].map(([name, affected]) => ({
    scope: of.scope,
    name,
    record: buildRecord(of, feed, osv, affected),
  }));
}

function buildRecord(
  of: OsvEcosystem,
  feed: string,
  osv: JsonObject,
  affected: readonly JsonObject[],
): AdvisoryRecord {
  const id = osv.id as string;
  const ranges = affected.flatMap((one) => objects(one.ranges)).filter(({ type }) => type !== 'GIT');
  const url = readUrl(osv);
  return {
    id,
    aliases: sortAliases(texts(osv.aliases).filter((alias) => alias !== id)),
    ...textMember('summary', osv.summary),
    severity: readSeverity(feed, id, osv, affected),
    order: of.order,
    ranges: ranges.map((range) => ({ events: objects(range.events).flatMap(readEvent) })),
    versions: affected.flatMap((one) => texts(one.versions)),
    ...(isMalicious(id) ? { note: 'malicious package' } : {}),
    ...textMember('publishedAt', osv.published),
    ...textMember('modifiedAt', osv.modified),
    ...(url === undefined ? {} : { url }),
  };
}

/** CVEs first, then as the record has them. */
function sortAliases(aliases: readonly string[]): readonly string[] {
  const isCve = (alias: string): boolean => alias.startsWith('CVE-');
  return [...new Set([...aliases.filter(isCve), ...aliases.filter((alias) => !isCve(alias))])];
}

function readSeverity(
  feed: string,
  id: string,
  osv: JsonObject,
  affected: readonly JsonObject[],
): SeverityRating {
  if (isMalicious(id)) return { level: 'critical', by: 'malicious-packages' };
  const vectors = [...affected.flatMap((one) => objects(one.severity)), ...objects(osv.severity)].flatMap(
    ({ type, score }) => (typeof type === 'string' && typeof score === 'string' ? [{ type, score }] : []),
  );
  const words = [osv, ...affected].flatMap(({ database_specific: own }) =>
    isJsonObject(own) && typeof own.severity === 'string' ? [own.severity] : [],
  );
  return rateSeverity(vectors, words[0], feed);
}

function readEvent(event: JsonObject): RangeEvent[] {
  const { introduced, fixed, last_affected, limit } = event;
  if (typeof introduced === 'string') return [{ introduced }];
  if (typeof fixed === 'string') return [{ fixed }];
  if (typeof last_affected === 'string') return [{ last_affected }];
  return typeof limit === 'string' ? [{ limit }] : [];
}

/** The database's own page, else an advisory's, else the first reference. */
function readUrl(osv: JsonObject): string | undefined {
  const own = isJsonObject(osv.database_specific) ? osv.database_specific.url : undefined;
  const references = objects(osv.references);
  const best = references.find(({ type }) => type === 'ADVISORY') ?? references[0];
  const url = typeof own === 'string' ? own : best?.url;
  return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

function textMember<K extends string>(name: K, value: Json | undefined): { readonly [key in K]?: string } {
  // Go's database writes year 1 for "not known".
  return typeof value === 'string' && value !== '' && !value.startsWith('0001-')
    ? ({ [name]: value } as { [key in K]: string })
    : {};
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
