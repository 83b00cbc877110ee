// A folder of feeds in the layout of a mirror, with a record or two each; a test changes it and asks for a refresh.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  allDocuments,
  epssDocument,
  type FeedDocuments,
  kevDocument,
  osvOf,
  zipOfRecords,
} from '../../src/engines/advisory/advisory.fixture.ts';

/** `source: {CVE: fixed version, or undefined where it is open}`, of Debian 12. */
export type DebianRecords = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/** What every folder says of Debian before a test changes it. */
export const debianRecords: DebianRecords = Object.freeze({
  openssl: { 'CVE-2026-0101': '3.0.15-1' },
  zlib: { 'CVE-2026-0202': undefined },
});

/** Writes every feed; `openssl` and `zlib` of Debian and `left-pad` of npm have a record each. */
export function writeFeeds(folder: string): void {
  writeDocuments(folder, allDocuments());
  writeDebianFeed(folder, debianRecords);
  const record = osvOf('GHSA-aaaa-bbbb-cccc', 'npm', 'left-pad', '1.3.0', {
    aliases: ['CVE-2026-0303'],
    database_specific: { severity: 'HIGH' },
  });
  writeDocument(folder, 'osv/npm/all.zip', zipOfRecords([record]));
}

/** CISA's catalogue: one CVE that no image has, and these. */
export function writeKevFeed(folder: string, ...cves: readonly string[]): void {
  const entries = ['CVE-2026-0001', ...cves].map((cveID) => ({ cveID, dateAdded: '2026-01-10' }));
  writeDocuments(folder, kevDocument(...entries));
}

/** FIRST's scores, as of a day. */
export function writeScores(folder: string, day: string): void {
  writeDocuments(folder, epssDocument(day, { 'CVE-2026-0001': '0.9,0.99', 'CVE-2026-0303': '0.5,0.9' }));
}

export function writeDebianFeed(folder: string, records: DebianRecords): void {
  const tracker = Object.entries(records).map(([source, fixes]) => [
    source,
    Object.fromEntries(
      Object.entries(fixes).map(([id, fixed]) => [
        id,
        { description: `About ${source}`, releases: releases(fixed) },
      ]),
    ),
  ]);
  writeDocument(folder, 'debian/tracker.json', Object.fromEntries(tracker));
}

function releases(fixed: string | undefined): unknown {
  const urgency = 'high';
  return {
    bookworm:
      fixed === undefined
        ? { status: 'open', urgency }
        : { status: 'resolved', fixed_version: fixed, urgency },
  };
}

function writeDocuments(folder: string, documents: FeedDocuments): void {
  for (const [path, content] of Object.entries(documents)) writeDocument(folder, path, content);
}

function writeDocument(folder: string, path: string, content: unknown): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content instanceof Uint8Array ? content : JSON.stringify(content));
}
