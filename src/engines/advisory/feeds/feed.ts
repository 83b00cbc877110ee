// The one shape of a feed: from documents at a place to records, streamed. A feed never keeps more than
// one document's piece in memory, and throws on anything half or malformed: a feed is all or nothing.
// Adding a feed is one file of this shape and one line in all.ts.
import type { FeedDocument, FeedFile, FeedSource, FetchOptions } from '../../../io/advisories/feed-source.ts';
import type { EpssFact, KevFact } from '../cve-fact.ts';
import type { AdvisoryRecord } from '../record.ts';

/** A record under the name that a package is looked up by, or a fact under that of its CVE (cve-fact.ts). */
export interface FeedRecord {
  readonly scope: string;
  readonly name: string;
  readonly record: AdvisoryRecord | KevFact | EpssFact;
}

/** How a feed gets at its documents; sizes and progress are counted behind it. */
export interface FeedReader {
  /** `advisories.feed_missing` where the place does not have it. */
  open(document: FeedDocument): Promise<FeedFile>;
  /** Undefined where the place does not have it. */
  openOptional(document: FeedDocument): Promise<FeedFile | undefined>;
}

export interface Feed {
  /** Stable: `debian`, `alpine`, `osv-go`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** The vendor's public address. */
  readonly defaultSource: string;
  /** What it speaks about, one sentence, for the reference page. */
  readonly covers: string;
  /** What the vendor means to list; a refresh says `fixed-only` where it meets nothing unfixed. */
  readonly coverage: 'affected' | 'fixed-only';
  /** Scopes that it covers even where it has no record; others are added as records name them. */
  readonly scopes: readonly string[];
  /**
   * It tells more of vulnerabilities that other feeds list, and judges no package: a place may be without it.
   * What it had is kept, and a refresh says `absent`, which is no failure.
   */
  readonly isOptional?: true;
  /** One record per (scope, name, id). */
  read(reader: FeedReader): AsyncIterable<FeedRecord>;
}

/** A reader over a source; `onFile` is told each document that was fetched. */
export function createFeedReader(
  source: FeedSource,
  options: FetchOptions,
  missing: (document: FeedDocument) => Error,
  onFile: (file: FeedFile) => void,
): FeedReader {
  const openOptional = async (document: FeedDocument): Promise<FeedFile | undefined> => {
    options.signal?.throwIfAborted();
    const file = await source.open(document, options);
    if (file !== undefined) onFile(file);
    return file;
  };
  return {
    openOptional,
    async open(document) {
      const file = await openOptional(document);
      if (file === undefined) throw missing(document);
      return file;
    },
  };
}
