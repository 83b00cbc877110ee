// Comparing what an image is said to be built upon with the image itself: a base's layers are the image's lowest.
// diffIDs are compared, which survive recompression; digests of layers in manifests do not.
import type { Digest } from '../../formats/oci/digest.ts';
import { formatNamed, type NamedImage } from './named-image.ts';
import type { FindByLayers, KnownImage, OpenedImage, OpenImage } from './place.ts';

/** The image whose base is looked for. */
export interface Stack {
  /** Of the platform's image. */
  readonly digest: Digest;
  readonly diffIds: readonly Digest[];
}

/** A stated base after it was asked about. */
export interface Compared {
  readonly named: NamedImage;
  /** Whether its layers are the image's lowest; undefined where that could not be found out. */
  readonly isBase: boolean | undefined;
  /** How many they are; where `isBase`. */
  readonly layers?: number;
  readonly opened?: Pick<OpenedImage, 'digest' | 'createdAt'>;
}

export interface Asking {
  readonly stack: Stack;
  /** Sentences on what could not be asked are added. */
  readonly unknowns: string[];
  /** Once a name, however often it is asked for; undefined where it cannot be. `isQuiet` keeps the reason. */
  open(reference: string, isQuiet?: boolean): Promise<OpenedImage | undefined>;
  /** Once; without the image itself. */
  known(): Promise<readonly KnownImage[]>;
}

export function createAsking(
  stack: Stack,
  unknowns: string[],
  ports: { readonly open?: OpenImage | undefined; readonly findByLayers?: FindByLayers | undefined },
): Asking {
  const opened = new Map<string, ReturnType<OpenImage>>();
  let known: Promise<readonly KnownImage[]> | undefined;
  return {
    stack,
    unknowns,
    async open(reference, isQuiet = false) {
      if (ports.open === undefined) return undefined;
      const asked = opened.get(reference) ?? ports.open(reference);
      opened.set(reference, asked);
      const answer = await asked;
      if (answer.kind === 'opened') return answer;
      const sentence = `${reference}: ${answer.why}.`;
      if (!isQuiet && !unknowns.includes(sentence)) unknowns.push(sentence);
      return undefined;
    },
    known() {
      known ??= (ports.findByLayers?.(stack.diffIds) ?? Promise.resolve([])).then((images) =>
        images.filter(({ digest }) => digest !== stack.digest),
      );
      return known;
    },
  };
}

/** Asks for a stated base by its digest where one is stated, else by its name, and compares the layers. */
export async function compareNamed(asking: Asking, named: NamedImage): Promise<Compared> {
  const { stack } = asking;
  const reference = formatNamed(named);
  const opened = reference === undefined ? undefined : await asking.open(reference);
  if (opened === undefined) return compareKnown(asking, named);
  const layers = countShared(stack, opened.diffIds);
  if (layers !== undefined && opened.digest !== stack.digest) return { named, isBase: true, layers, opened };
  // Without a digest the name may have moved on since: that other layers are there now proves nothing.
  return named.digest === undefined ? { named, isBase: undefined } : { named, isBase: false, opened };
}

/** Not to be opened, but perhaps among the images that are known to lie below. */
async function compareKnown(asking: Asking, named: NamedImage): Promise<Compared> {
  const { digest } = named;
  const known = digest === undefined ? [] : await asking.known();
  const found = known.find(
    (image) => image.digest === digest || image.indexDigests.includes(digest as Digest),
  );
  return found === undefined
    ? { named, isBase: undefined }
    : { named, isBase: true, layers: found.layers, opened: { digest: found.digest } };
}

/**
 * How many layers, where all of the base's are the image's lowest. As many as the image has is allowed: a derived
 * image may change its configuration alone. None are no base: an empty image lies below everything.
 */
function countShared({ diffIds }: Stack, below: readonly Digest[]): number | undefined {
  if (below.length === 0 || below.length > diffIds.length) return undefined;
  return below.every((diffId, at) => diffId === diffIds[at]) ? below.length : undefined;
}
