// What a layer's path means (image-spec layer.md "Whiteouts"): a file, a deletion, an opaque mark, or
// metadata that old aufs drivers left behind. Pure.

export type LayerPath =
  | { readonly kind: 'plain' }
  /** Deletes `path` and all below it in lower layers. */
  | { readonly kind: 'deletion'; readonly path: string }
  /** Hides all that lower layers have in folder `path` ('' is the root). */
  | { readonly kind: 'opaque'; readonly path: string }
  /** `.wh..wh.plnk` and its like: not part of the image, but hard links may point into it. */
  | { readonly kind: 'metadata' }
  /** A whiteout that names nothing that could be deleted. */
  | { readonly kind: 'senseless' };

const PLAIN: LayerPath = Object.freeze({ kind: 'plain' });

/** Reads a normalised path. */
export function readLayerPath(path: string): LayerPath {
  if (!path.includes('.wh.')) return PLAIN;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const folder = path.slice(0, Math.max(0, slash));
  if (name === '.wh..wh..opq') return { kind: 'opaque', path: folder };
  if (/(?:^|\/)\.wh\.\.wh\./.test(path)) return { kind: 'metadata' };
  if (!name.startsWith('.wh.')) return PLAIN;
  const target = name.slice('.wh.'.length);
  if (target === '' || target === '.' || target === '..') return { kind: 'senseless' };
  return { kind: 'deletion', path: folder === '' ? target : `${folder}/${target}` };
}
