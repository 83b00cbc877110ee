// The final view while layers are read from the top down. The rules are image-spec layer.md's: a layer's
// whiteouts, opaque marks, files over folders and folders over files hide what lower layers have, never its own.
// Invariant: what is hidden is neither kept nor counted. Paths stand as written: an entry below a symbolic
// link of a lower layer replaces the link by a folder, as overlayfs shows it.
import { safePath } from '../../../formats/archive/safe-path.ts';
import type { Limits } from '../../../kit/limits.ts';
import { imageErrors } from '../errors.ts';
import type { FileWish, ImageFile } from '../files.ts';
import { LINK_SIZE_BYTES } from './asked.ts';
import {
  createPathTable,
  DELETED,
  FILE,
  FOLDER,
  OPAQUE,
  type PathKey,
  PRESENT,
  TAKEN,
} from './path-table.ts';
import type { LayerEntry } from './record.ts';
import type { OnLayerEntry } from './recorder.ts';
import type { UnknownList } from './unknowns.ts';
import { createWantedFiles, type WantedBody } from './wanted.ts';
import { readLayerPath } from './whiteout.ts';

/** A file of the view before its layer's diffID is known. */
export type ViewFile = Omit<ImageFile, 'layer'> & { readonly layer: number };

/** A wanted path whose bytes stand under another path of a layer (a hard link's target). */
interface Demand {
  readonly path: string;
  readonly mode: number;
  /** The layer whose entry made the path. */
  readonly layer: number;
}

export interface LayerCounts {
  entries: number;
  deletions: number;
}

export interface View {
  readonly files: Map<string, ViewFile>;
  /** Every symbolic link of the view: path -> target as written. */
  readonly links: Map<string, string>;
  /** Symbolic links that the wish wants whole. */
  readonly wantedLinks: Set<string>;
  /** Paths to read again: layer -> target -> who wants it. */
  readonly secondLooks: Map<number, Map<string, Demand[]>>;
  readonly totals: { fileCount: number; totalBytes: number };
  /** What may still be kept of wanted files. */
  readonly roomBytes: number;
  /** Starts a layer: the returned function takes its entries. End it with `settle`. */
  layer(position: number, counts: LayerCounts): OnLayerEntry;
  settle(): void;
  /** The layer of a regular file of the view. */
  layerOf(path: string): number | undefined;
  /** Takes entries of a layer read a second time. */
  again(position: number, looks: ReadonlyMap<string, readonly Demand[]>): OnLayerEntry;
  demand(position: number, target: string, demand: Demand): void;
  /** Says unknown for hard links whose target no layer had. */
  closeDemands(): void;
}

/** Wanted links that wait for their target; an honest image has some hundreds. */
const DEMANDS = 100_000;

// What stands hidden under a folder of an upper layer still cuts off what lower layers have below its path.
const HIDES_BELOW = TAKEN | DELETED | OPAQUE;

type Outcome = ViewFile | 'rejected' | 'unkept';

export function createView(wish: FileWish, limits: Limits, key: PathKey, unknowns: UnknownList): View {
  const table = createPathTable(key);
  const wanted = createWantedFiles(wish, limits, (where, why) => unknowns.add(where, why, 'wanted files'));
  const files = new Map<string, ViewFile>();
  const links = new Map<string, string>();
  const wantedLinks = new Set<string>();
  const secondLooks: View['secondLooks'] = new Map();
  /** Targets of hard links to be found in lower layers. */
  const below = new Map<string, Demand[]>();
  const totals = { fileCount: 0, totalBytes: 0 };
  let demands = 0;
  let entries = 0;

  function addDemand(to: Map<string, Demand[]>, target: string, demand: Demand): void {
    demands += 1;
    if (demands > DEMANDS) {
      unknowns.add(demand.path, 'the image has too many hard links to wanted files', 'hard links');
      return;
    }
    const list = to.get(target);
    if (list === undefined) to.set(target, [demand]);
    else list.push(demand);
  }

  function demandAgain(position: number, target: string, demand: Demand): void {
    const looks = secondLooks.get(position) ?? new Map<string, Demand[]>();
    secondLooks.set(position, looks);
    addDemand(looks, target, demand);
  }

  /** Collects a body for `demands`, whose first one decides how. */
  function collectFor(entry: LayerEntry, waiting: readonly Demand[]): WantedBody | undefined {
    const [first] = waiting as [Demand];
    if (entry.unreadable !== undefined) {
      unknowns.add(first.path, entry.unreadable, 'wanted files');
      return undefined;
    }
    const { sizeBytes, mode } = entry;
    const how = wish.wants(first.path, { sizeBytes, mode }) || 'whole';
    return wanted.collect(
      { path: first.path, sizeBytes, how },
      (bytes) => {
        for (const { path, layer } of waiting)
          files.set(path, { path, sizeBytes, mode, layer, ...(bytes === undefined ? {} : { bytes }) });
      },
      () => {},
    );
  }

  function layer(position: number, counts: LayerCounts): OnLayerEntry {
    const outcomes = new Map<string, Outcome>();
    let lastParent: string | undefined;
    let isParentHidden = false;

    function isHiddenBelow(parent: string): boolean {
      if ((table.above('') & OPAQUE) !== 0) return true;
      for (let end = parent.indexOf('/'); ; end = parent.indexOf('/', end + 1)) {
        const ancestor = end < 0 ? parent : parent.slice(0, end);
        if (ancestor !== '' && (table.above(ancestor) & HIDES_BELOW) !== 0) return true;
        if (end < 0) return false;
      }
    }

    function enterParent(path: string): void {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (parent === lastParent) return;
      lastParent = parent;
      isParentHidden = isHiddenBelow(parent);
      for (let end = parent.length; end > 0; end = parent.lastIndexOf('/', end - 1))
        table.mark(parent.slice(0, end), FOLDER, position);
    }

    function isVisible(path: string, entry: LayerEntry): boolean {
      if (isParentHidden) return false;
      const above = table.above(path);
      return (above & (TAKEN | DELETED)) === 0 && (entry.kind === 'folder' || (above & FOLDER) === 0);
    }

    /** A path that comes twice in one layer: the later entry replaces the earlier, as unpacking does. */
    function replace(path: string): boolean {
      if ((table.fresh(path) & TAKEN) === 0) return false;
      links.delete(path);
      wantedLinks.delete(path);
      files.delete(path);
      return true;
    }

    function file(path: string, entry: LayerEntry): WantedBody | undefined {
      const { sizeBytes, mode } = entry;
      const visible = isVisible(path, entry);
      const waiting = below.get(path);
      below.delete(path);
      if (visible && !replace(path)) {
        totals.fileCount += 1;
        totals.totalBytes += sizeBytes;
      }
      table.mark(path, visible ? TAKEN | FILE | PRESENT : PRESENT | DELETED, position);
      const how = visible && wish.wants(path, { sizeBytes, mode });
      if (!how) return waiting === undefined ? undefined : collectFor(entry, waiting);
      if (entry.unreadable !== undefined) {
        unknowns.add(path, entry.unreadable, 'wanted files');
        outcomes.set(path, 'unkept');
        return undefined;
      }
      return wanted.collect(
        { path, sizeBytes, how },
        (bytes) => {
          const kept: ViewFile = {
            path,
            sizeBytes,
            mode,
            layer: position,
            ...(bytes === undefined ? {} : { bytes }),
          };
          files.set(path, kept);
          outcomes.set(path, bytes === undefined ? 'unkept' : kept);
          for (const demand of waiting ?? [])
            files.set(demand.path, { ...kept, path: demand.path, layer: demand.layer });
        },
        () => outcomes.set(path, 'rejected'),
      );
    }

    function hardlink(path: string, entry: LayerEntry): void {
      const target = safePath(entry.linkPath);
      const visible = isVisible(path, entry);
      const waiting = below.get(path) ?? [];
      below.delete(path);
      if (visible && !replace(path)) totals.fileCount += 1;
      table.mark(path, visible ? TAKEN | FILE | PRESENT : PRESENT | DELETED, position);
      if (target === undefined || target === '') {
        if (visible) unknowns.add(path, 'it is a hard link to something outside the image', 'hard links');
        return;
      }
      for (const demand of waiting) follow(target, demand, 'whole');
      const how = visible && wish.wants(path, { sizeBytes: LINK_SIZE_BYTES, mode: entry.mode });
      if (how) follow(target, { path, mode: entry.mode, layer: position }, how);
    }

    /** Finds a hard link's bytes: kept already, passed by in this layer, or in a lower one. */
    function follow(target: string, demand: Demand, how: 'whole' | 'peek'): void {
      const outcome = outcomes.get(target);
      if (typeof outcome === 'object')
        files.set(demand.path, { ...outcome, path: demand.path, layer: demand.layer });
      else if (outcome === 'unkept')
        unknowns.add(demand.path, `it is a hard link to ${target}, which was not kept`, 'hard links');
      // The first bytes of the same file were looked at and not wanted.
      else if (outcome === 'rejected' && how === 'peek') return;
      else if ((table.fresh(target) & PRESENT) !== 0) demandAgain(position, target, demand);
      else addDemand(below, target, demand);
    }

    function symlink(path: string, entry: LayerEntry): void {
      if (!isVisible(path, entry)) {
        table.mark(path, DELETED, position);
        return;
      }
      replace(path);
      table.mark(path, TAKEN, position);
      if (links.size >= limits.imageLinks) {
        unknowns.add(path, `the image has more than ${limits.imageLinks} symbolic links`, 'links');
        return;
      }
      links.set(path, entry.linkPath);
      if (wish.wants(path, { sizeBytes: LINK_SIZE_BYTES, mode: entry.mode }) === 'whole')
        wantedLinks.add(path);
    }

    function plain(path: string, entry: LayerEntry): WantedBody | undefined {
      enterParent(path);
      switch (entry.kind) {
        case 'file':
          return file(path, entry);
        case 'folder':
          table.mark(path, FOLDER, position);
          return undefined;
        case 'hardlink':
          hardlink(path, entry);
          return undefined;
        case 'symlink':
          symlink(path, entry);
          return undefined;
        case 'other':
          unknowns.add(path, 'its kind of tar entry is not known', `layer ${position}`);
          return undefined;
        default:
          table.mark(path, isVisible(path, entry) ? TAKEN : DELETED, position);
          return undefined;
      }
    }

    return (entry) => {
      counts.entries += 1;
      entries += 1;
      if (entries > limits.imageEntries)
        throw imageErrors.hostile_layer(`the image has more than ${limits.imageEntries} entries`);
      const path = safePath(entry.path);
      if (path === undefined) {
        unknowns.add(
          entry.path.slice(0, 200),
          'its path leaves the image or is too long',
          `layer ${position}`,
        );
        return undefined;
      }
      if (path === '') return undefined;
      const meaning = readLayerPath(path);
      switch (meaning.kind) {
        case 'plain':
          return plain(path, entry);
        case 'deletion':
        case 'opaque':
          counts.deletions += 1;
          enterParent(path);
          table.mark(meaning.path, meaning.kind === 'deletion' ? DELETED : OPAQUE, position);
          return undefined;
        case 'metadata':
          if (entry.kind === 'file') table.mark(path, PRESENT, position);
          return undefined;
        case 'senseless':
          unknowns.add(path, 'it is a whiteout that names nothing', `layer ${position}`);
          return undefined;
      }
    };
  }

  function again(position: number, looks: ReadonlyMap<string, readonly Demand[]>): OnLayerEntry {
    return (entry) => {
      const path = safePath(entry.path);
      const waiting = path === undefined ? undefined : looks.get(path);
      if (waiting === undefined) return undefined;
      if (entry.kind === 'file') return collectFor(entry, waiting);
      const target = entry.kind === 'hardlink' ? safePath(entry.linkPath) : undefined;
      if (target !== undefined && target !== path)
        for (const one of waiting) demandAgain(position, target, one);
      return undefined;
    };
  }

  return {
    files,
    links,
    wantedLinks,
    secondLooks,
    totals,
    get roomBytes() {
      return wanted.roomBytes;
    },
    layer,
    settle: () => table.settle(),
    layerOf: (path) => table.layerOf(path),
    again,
    demand: demandAgain,
    closeDemands() {
      for (const [target, waiting] of below)
        for (const { path } of waiting)
          unknowns.add(
            path,
            `it is a hard link to ${target.slice(0, 200)}, which no layer has`,
            'hard links',
          );
    },
  };
}
