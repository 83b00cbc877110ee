// The part of a page's address behind /r/: a repository, or an image of it and a tab.
// `a/b`, `a/b/-/1.0`, `a/b/-/sha256:…/packages`. A lone `-` is never a part of a repository's name
// (distribution-spec, "Pull": names), so it divides without doubt.

export const IMAGE_TABS = ['fix', 'findings', 'packages', 'trust', 'layers', 'configuration'] as const;
export type ImageTab = (typeof IMAGE_TABS)[number];

export const PAGE_QUERY = [
  'platform',
  'q',
  'severity',
  'fixable',
  'type',
  'layer',
  'sort',
  'order',
  'tag',
  'at',
] as const;
/** What the pages below /r/ keep in the query string. */
export type PageQuery = { [Name in (typeof PAGE_QUERY)[number]]?: string | undefined };

export const COMPARE_QUERY = ['before', 'after', 'platform', 'q', 'sort', 'order'] as const;
/** What the page of a comparison keeps in the query string. */
export type CompareQuery = { [Name in (typeof COMPARE_QUERY)[number]]?: string | undefined };

export type PagePath =
  | { readonly kind: 'repository'; readonly repository: string }
  | {
      readonly kind: 'image';
      readonly repository: string;
      readonly reference: string;
      readonly tab: ImageTab;
    }
  | { readonly kind: 'none' };

export function parsePagePath(path: string): PagePath {
  const parts = path.split('/').filter((part) => part !== '');
  const dash = parts.indexOf('-');
  if (dash === -1)
    return parts.length === 0 ? { kind: 'none' } : { kind: 'repository', repository: parts.join('/') };
  const repository = parts.slice(0, dash).join('/');
  const [reference, tab = 'fix', ...rest] = parts.slice(dash + 1);
  if (repository === '' || reference === undefined || rest.length > 0 || !isImageTab(tab))
    return { kind: 'none' };
  return { kind: 'image', repository, reference, tab };
}

export function formatPagePath(path: Exclude<PagePath, { kind: 'none' }>): string {
  if (path.kind === 'repository') return path.repository;
  const tab = path.tab === 'fix' ? '' : `/${path.tab}`;
  return `${path.repository}/-/${path.reference}${tab}`;
}

function isImageTab(text: string): text is ImageTab {
  return (IMAGE_TABS as readonly string[]).includes(text);
}
