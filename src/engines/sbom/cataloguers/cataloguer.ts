// The one shape of a cataloguer: which files it wants, and what packages they prove. Pure and
// deterministic. What it cannot read it says as an unknown; it never throws for what an image holds.
import type { FileWish, ImageFile, SquashedView, Unknown } from '../../../io/images/files.ts';
import type { Distribution, Package, PackageLocation } from '../inventory.ts';

/** What a cataloguer looks at. */
export interface Evidence {
  readonly view: SquashedView;
  readonly distribution?: Distribution;
  /** The wanted file at a path, through symbolic links of the file or of a folder above it. */
  file(path: string): ImageFile | undefined;
}

export interface Discovery {
  readonly packages: readonly Package[];
  readonly unknowns: readonly Unknown[];
}

export interface CataloguerWish extends Omit<FileWish, 'limitBytes' | 'name'> {
  /** Largest file that is kept of those it wants. */
  readonly limitBytes: number;
}

export interface Cataloguer {
  /** Stands in `foundBy`: `deb`, `npm`, ... */
  readonly name: string;
  /** What it finds, for people. */
  readonly title: string;
  /** What it takes as proof, one sentence, for the reference page. */
  readonly evidence: string;
  readonly wish: CataloguerWish;
  find(evidence: Evidence): Discovery;
}

/** These paths' files, through links, each once. */
export function filesAt(evidence: Evidence, paths: readonly string[]): readonly ImageFile[] {
  return [...new Set(paths.flatMap((path) => evidence.file(path) ?? []))];
}

/** More hops than Linux allows (40) is a loop. */
const MAX_LINKS = 40;

/** Evidence over one view. */
export function createEvidence(view: SquashedView, distribution: Distribution | undefined): Evidence {
  const files = new Map(view.files.map((file) => [file.path, file]));
  return Object.freeze({
    view,
    ...(distribution !== undefined && { distribution }),
    file(path: string) {
      let current = path;
      for (let hop = 0; hop <= MAX_LINKS; hop += 1) {
        const found = files.get(current);
        if (found !== undefined) return found;
        const next = followLink(view.links, current);
        if (next === undefined) return undefined;
        current = next;
      }
      return undefined;
    },
  });
}

/** The path after its shortest linked beginning is replaced. */
function followLink(links: ReadonlyMap<string, string>, path: string): string | undefined {
  for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
    const prefix = end < 0 ? path : path.slice(0, end);
    const target = links.get(prefix);
    if (target !== undefined) return target + path.slice(prefix.length);
    if (end < 0) return undefined;
  }
}

/** Where a package was seen. */
export function locate(file: ImageFile): PackageLocation {
  return { path: file.path, layerDiffId: file.layer.diffId, layerPosition: file.layer.position };
}
