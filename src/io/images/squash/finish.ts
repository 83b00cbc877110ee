// The last steps of a squashing pass, the same for an image's layers and for a folder on disk: what wanted links
// lead to is asked for, then the kept files become the view, sorted, each with its layer.
import type { FileWish, ImageFile, LayerSummary, SquashedView } from '../files.ts';
import { resolveLinks } from './links.ts';
import type { UnknownList } from './unknowns.ts';
import type { View } from './view.ts';

/** Wanted links, and exact paths through linked folders, whose destination passed by unwanted. */
export function wantLinkTargets(view: View, { paths = [] }: FileWish, unknowns: UnknownList): void {
  for (const path of new Set([...view.wantedLinks, ...paths])) {
    const target = resolveLinks(view.links, path);
    if (target === undefined) unknowns.add(path, 'its symbolic links go in a circle', 'links');
    if (target === undefined || view.files.has(target)) continue;
    const layer = view.layerOf(target);
    if (layer !== undefined) view.demand(layer, target, { path: target, mode: 0, layer });
  }
}

/** The view; `layers` oldest first, as its files number them. */
export function finishView(
  view: View,
  { paths = [] }: FileWish,
  layers: readonly LayerSummary[],
  unknowns: UnknownList,
): SquashedView {
  const places = new Set([...view.files.keys()].flatMap(selfAndFolders));
  const links = new Map<string, string>();
  for (const path of new Set([...view.wantedLinks, ...paths])) {
    const target = resolveLinks(view.links, path);
    if (target !== undefined && target !== path && places.has(target)) links.set(path, target);
  }
  const files = [...view.files.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((file): ImageFile => {
      const { position, digest, diffId } = layers[file.layer] as LayerSummary;
      return { ...file, layer: { position, digest, diffId } };
    });
  return { layers, files, links, unknowns: unknowns.all(), ...view.totals };
}

/** A link may end at a wanted file or at a folder above one: usr/share/doc/libgcc-s1 -> gcc-12-base. */
function selfAndFolders(path: string): string[] {
  const places = [path];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    places.push(path.slice(0, slash));
  return places;
}
