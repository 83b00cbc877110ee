// The base by its layers: the known image whose layers, all of them, are the lowest of this one, and most.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Asking } from './compare.ts';
import { type Found, plural } from './found.ts';
import { compareNames } from './named-image.ts';
import type { KnownImage } from './place.ts';

export async function readFromLayers(asking: Asking): Promise<Found | undefined> {
  const most = asking.stack.diffIds.length;
  // As many layers are the image itself under another name, unless somebody states it.
  const below = (await asking.known()).filter(({ layers }) => layers > 0 && layers < most);
  const layers = Math.max(0, ...below.map((image) => image.layers));
  const [best, ...rest] = below
    .filter((image) => image.layers === layers)
    .map((image) => ({ ...image, references: image.references.toSorted(compareNames) }))
    .sort((a, b) => compareNames(firstName(a), firstName(b)));
  if (best === undefined) return undefined;
  const others =
    rest.length === 0
      ? ''
      : ` ${plural(rest.length, 'other image')} here ${rest.length === 1 ? 'has' : 'have'} the same.`;
  const [reference, ...aliases] = best.references;
  const opened =
    reference === undefined ? undefined : await asking.open(byDigest(reference, best.digest), true);
  const createdAt = opened?.createdAt;
  return {
    base: {
      ...(reference === undefined ? {} : { reference }),
      aliases,
      digest: best.digest,
      layers,
      method: 'layers',
      confidence: 'certain',
      why: `All its layers are the ${layers === 1 ? 'lowest' : `${layers} lowest`} of this image; no image known here has more of them.${others}`,
      // The names are those of this moment: the tag still names it.
      ...(reference === undefined || reference.includes('@')
        ? {}
        : { current: { digest: best.digest, ...(createdAt === undefined ? {} : { createdAt }) } }),
      ...(createdAt === undefined ? {} : { createdAt }),
    },
  };
}

function firstName({ references }: KnownImage): string {
  return references[0] ?? '';
}

function byDigest(reference: string, digest: Digest): string {
  return reference.includes('@') ? reference : `${reference}@${digest}`;
}
