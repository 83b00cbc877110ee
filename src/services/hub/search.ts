// Search: repositories by a part of their name, images by a package they hold or a vulnerability they have.
// Packages and vulnerabilities are found by the beginning of their name, through an index.
import type { Database } from '../../io/db/database.ts';
import type { Principal } from './access.ts';
import { fillRepositories, isListed, likeText, type RepositoryRow, selectTags } from './catalogue.ts';
import { type ImageRow, loadImageRows } from './image-row.ts';
import { isVisible } from './visible.ts';
import { findLacking, placeKey } from './whole-image.ts';

export interface ImageHit {
  readonly image: ImageRow;
  /** One line: `libssl3 3.0.11-1`, `CVE-2024-1234 (high)`. */
  readonly why: string;
}

export interface SearchResult {
  readonly repositories: readonly RepositoryRow[];
  readonly packages: readonly ImageHit[];
  readonly vulnerabilities: readonly ImageHit[];
}

export interface Search {
  find(viewer: Principal, text: string): Promise<SearchResult>;
}

/** What one screen shows of each kind. */
const HITS = 20;
/** Images with the name, of which the newest tags are shown. */
const CANDIDATES = 400;
/** A vulnerability's name is looked for from here on: fewer characters are no name. */
const NAME_CHARS = 2;

export function createSearch(deps: { readonly database: Database }): Search {
  const { query } = deps.database;

  async function findRepositories(viewer: Principal, text: string): Promise<readonly RepositoryRow[]> {
    const rows = await query
      .selectFrom('repository')
      .selectAll()
      .where(likeText('name', text.toLowerCase()))
      .where(isListed(viewer))
      .orderBy('updated_at', 'desc')
      .limit(HITS)
      .execute();
    return fillRepositories(query, rows);
  }

  async function findPackages(text: string): Promise<ReadonlyMap<string, string>> {
    const rows = await query
      .selectFrom('scan_component')
      .select(['digest', 'name', 'version'])
      // As it is written, and in small letters: most packages are named so, and phones begin with a capital.
      .where(({ and, eb, or }) =>
        or(
          [...new Set([text, text.toLowerCase()])].map((start) =>
            and([eb('name', '>=', start), eb('name', '<', following(start))]),
          ),
        ),
      )
      .orderBy('name')
      .limit(CANDIDATES)
      .execute();
    return firstOfEach(rows.map((row) => [row.digest, `${row.name} ${row.version}`]));
  }

  async function findVulnerabilities(text: string): Promise<ReadonlyMap<string, string>> {
    const id = spellId(text);
    const rows = await query
      .selectFrom('scan_finding')
      .select(['digest', 'id', 'severity'])
      .where('id', '>=', id)
      .where('id', '<', following(id))
      .orderBy('id')
      .limit(CANDIDATES)
      .execute();
    return firstOfEach(rows.map((row) => [row.digest, `${row.id} (${row.severity})`]));
  }

  /** The newest tags of these images, an index standing for its platforms. */
  async function showImages(
    viewer: Principal,
    why: ReadonlyMap<string, string>,
  ): Promise<readonly ImageHit[]> {
    if (why.size === 0) return [];
    const digests = [...why.keys()];
    const parents = await query
      .selectFrom('manifest_child')
      .select(['digest', 'child_digest'])
      .distinct()
      .where('child_digest', 'in', digests)
      .where('role', '=', 'manifest')
      .execute();
    const reasons = new Map(why);
    for (const { digest, child_digest } of parents)
      if (!reasons.has(digest)) reasons.set(digest, why.get(child_digest) as string);
    const tags = await selectTags(query)
      .where('tag.digest', 'in', [...reasons.keys()])
      .where(isVisible(viewer))
      .orderBy('tag.updated_at', 'desc')
      .limit(HITS)
      .execute();
    // What was found in an image is no reason where the repository lacks a part of it.
    const imagesOf = (digest: string): readonly string[] => [
      ...(why.has(digest) ? [digest] : []),
      ...parents.filter((row) => row.digest === digest).map((row) => row.child_digest),
    ];
    const lacking = await findLacking(
      query,
      tags.flatMap(({ repositoryId, digest: tagged }) =>
        imagesOf(tagged).map((digest) => ({ repositoryId, digest })),
      ),
    );
    const shown = tags.filter(({ repositoryId, digest: tagged }) =>
      imagesOf(tagged).some((digest) => !lacking.has(placeKey({ repositoryId, digest }))),
    );
    const images = await loadImageRows(query, shown);
    return images.map((image) => ({ image, why: reasons.get(image.digest) as string }));
  }

  return {
    async find(viewer, wanted) {
      const text = wanted.trim();
      if (text === '') return { repositories: [], packages: [], vulnerabilities: [] };
      const isName = text.length >= NAME_CHARS;
      const [packages, vulnerabilities] = isName
        ? [await findPackages(text), await findVulnerabilities(text)]
        : [new Map<string, string>(), new Map<string, string>()];
      return {
        repositories: await findRepositories(viewer, text),
        packages: await showImages(viewer, packages),
        vulnerabilities: await showImages(viewer, vulnerabilities),
      };
    },
  };
}

/** Vulnerabilities' names are in capitals, but for what follows GHSA-. */
function spellId(text: string): string {
  const id = text.toUpperCase();
  return id.startsWith('GHSA-') ? `GHSA-${id.slice('GHSA-'.length).toLowerCase()}` : id;
}

/** The end of all texts that begin with this one, in byte order. */
function following(text: string): string {
  return `${text}\u{10ffff}`;
}

function firstOfEach(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [digest, why] of pairs) if (!kept.has(digest)) kept.set(digest, why);
  return kept;
}
