// The base by what the builder wrote down. BuildKit lists every image of a build, those of build stages too and in
// no telling order, so which of them is the base is told by the layers; where those cannot be compared, it is said.

import type { Platform } from '../../formats/oci/platform.ts';
import { limits } from '../../kit/limits.ts';
import type { Attestation } from '../attest/attestation.ts';
import { type Asking, type Compared, compareNamed } from './compare.ts';
import { describe, describeLayers, type Found, plural, shown } from './found.ts';
import { compareNames, isForPlatform, type NamedImage, readMaterialImage } from './named-image.ts';

/** `isComplete`: it lists every image that went in, and none is the base; guessing further would contradict it. */
export async function readFromProvenance(
  attestations: readonly Attestation[],
  platform: Platform | undefined,
  asking: Asking,
): Promise<{ readonly found?: Found; readonly isComplete: boolean }> {
  const provenances = attestations.flatMap(({ isAboutImage, provenance }) =>
    isAboutImage && provenance !== undefined ? [provenance] : [],
  );
  if (provenances.length === 0) return { isComplete: false };
  const all = uniqueImages(
    provenances.flatMap(({ materials }) => materials.flatMap((one) => readMaterialImage(one) ?? [])),
  ).filter((named) => isForPlatform(named, platform));
  if (all.length === 0) {
    asking.unknowns.push('Its provenance names no image that it was built upon.');
    // Only BuildKit is known to list every image.
    return { isComplete: provenances.some(({ mode }) => mode !== undefined) };
  }
  const candidates = all.slice(-limits.baseCandidates);
  const compared: Compared[] = [];
  for (const named of candidates) compared.push(await compareNamed(asking, named));
  const chosen = chooseCompared(compared);
  if (chosen !== undefined) return { found: chosen, isComplete: true };
  const open = compared.filter(({ isBase }) => isBase === undefined);
  const last = open.at(-1);
  if (last === undefined) {
    asking.unknowns.push(
      `Its provenance names ${plural(candidates.length, 'image')}, and its layers begin with those of none.`,
    );
    return { isComplete: candidates.length === all.length };
  }
  return { found: takeUncompared(last.named, open.length, all.length), isComplete: false };
}

/** Of those that lie below the image, the one with most layers. */
function chooseCompared(compared: readonly Compared[]): Found | undefined {
  const [best, ...rest] = compared
    .filter(({ isBase }) => isBase === true)
    .sort(
      (a, b) => (b.layers ?? 0) - (a.layers ?? 0) || compareNames(shown(a.named) ?? '', shown(b.named) ?? ''),
    );
  if (best === undefined) return undefined;
  const aliases = rest
    .filter(({ opened }) => opened?.digest === best.opened?.digest)
    .flatMap(({ named }) => shown(named) ?? []);
  const why = `Its provenance names it, and ${describeLayers(best.layers)}.`;
  return {
    named: best.named,
    base: { ...describe(best, 'provenance', why), aliases: [...new Set(aliases)] },
  };
}

function takeUncompared(named: NamedImage, open: number, all: number): Found {
  const isOnly = open === 1;
  const why = isOnly
    ? all === 1
      ? 'It is the only image that its provenance names; the layers were not compared.'
      : `Of the ${all} images that its provenance names, the layers of the others rule them out.`
    : `It is the last of ${all} images that its provenance names; which of them it was built upon could not be compared.`;
  const base = describe({ named, isBase: undefined }, 'provenance', why);
  return { named, base: { ...base, confidence: isOnly ? 'likely' : 'guess' } };
}

/** Each image once, in the order in which the builder lists them. */
function uniqueImages(images: readonly NamedImage[]): readonly NamedImage[] {
  return [...new Map(images.map((one) => [`${one.name} ${one.digest}`, one])).values()];
}
