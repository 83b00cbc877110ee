// The base by the image's own word (image-spec annotations.md, `org.opencontainers.image.base.*`): annotations of its
// manifest, else labels of its configuration, where buildah writes them.
import type { ImageConfig } from '../../formats/oci/config.ts';
import { type Asking, compareNamed } from './compare.ts';
import { describe, describeLayers, type Found, shown } from './found.ts';
import { type NamedImage, readImageName } from './named-image.ts';

const NAME = 'org.opencontainers.image.base.name';
const DIGEST = 'org.opencontainers.image.base.digest';

export async function readFromAnnotations(
  annotations: Readonly<Record<string, string>>,
  labels: ImageConfig['labels'],
  asking: Asking,
): Promise<Found | undefined> {
  for (const [members, word] of [
    [annotations, 'annotation'],
    [labels, 'label'],
  ] as const) {
    const named = readAnnotated(members);
    if (named === undefined) continue;
    const compared = await compareNamed(asking, named);
    const said = `Its ${word} ${named.name === undefined ? DIGEST : NAME} says so`;
    const isInherited = word === 'label';
    if (compared.isBase === true) {
      const why = `${said}, and ${describeLayers(compared.layers)}.`;
      return { named, isInherited, base: describe(compared, 'annotation', why) };
    }
    if (compared.isBase === undefined) {
      const why = `${said}; the layers were not compared.`;
      return { named, isInherited, base: describe(compared, 'annotation', why) };
    }
    asking.unknowns.push(
      `Its ${word} says that it was built upon ${shown(named)}, but its layers do not begin with those.`,
    );
  }
  return undefined;
}

function readAnnotated(members: Readonly<Record<string, string>>): NamedImage | undefined {
  const name = Object.hasOwn(members, NAME) ? readImageName(members[NAME] as string) : undefined;
  const stated = Object.hasOwn(members, DIGEST)
    ? readImageName(`image@${members[DIGEST]}`)?.digest
    : undefined;
  if (name === undefined && stated === undefined) return undefined;
  return { ...name, ...(stated === undefined ? {} : { digest: stated }) };
}
