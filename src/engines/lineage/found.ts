// A base as one witness has it, and the words that witnesses share.
import type { Compared } from './compare.ts';
import type { BaseImage } from './lineage.ts';
import { formatNamed, type NamedImage } from './named-image.ts';

/** A base as one witness has it. */
export interface Found {
  readonly base: BaseImage;
  readonly named?: NamedImage;
  /** From a label, which every image inherits: it may be the base's own base. */
  readonly isInherited?: boolean;
}

export function describe(
  { named, isBase, layers, opened }: Compared,
  method: BaseImage['method'],
  why: string,
): BaseImage {
  const reference = named.name === undefined ? undefined : shown(named);
  const digest = named.digest ?? opened?.digest;
  return {
    ...(reference === undefined ? {} : { reference }),
    aliases: [],
    ...(digest === undefined ? {} : { digest }),
    ...(layers === undefined ? {} : { layers }),
    method,
    confidence: isBase === true ? 'certain' : 'likely',
    why,
    ...(opened?.createdAt === undefined ? {} : { createdAt: opened.createdAt }),
  };
}

export function describeLayers(layers = 0): string {
  return layers === 1 ? 'its lowest layer is that image’s' : `its ${layers} lowest layers are that image’s`;
}

/** As a FROM line would have it; the digest only where there is no tag. */
export function shown(named: NamedImage): string | undefined {
  return named.tag === undefined ? (formatNamed(named) ?? named.name ?? named.digest) : named.name;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
