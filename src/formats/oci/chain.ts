// Chain identifiers (image-spec config.md, "Layer ChainID"): one digest that stands for a stack of layers in its
// order. Of uncompressed layers, so that it stays the same however they are compressed on the way.
import { type Digest, digestOf } from './digest.ts';

/** The identifier of each stack of lowest layers: `[n - 1]` stands for the first n of `diffIds`. */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
