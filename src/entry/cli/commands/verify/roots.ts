// Whom a verification trusts: the files that were named, or else the roots that this user keeps. What a server says of
// itself is not among them.
import { parseTrustedRoot, type TrustedRoot } from '../../../../formats/sigstore/trusted-root.ts';
import { limits } from '../../../../kit/limits.ts';
import { readTrustedRoots } from '../../trusted-roots.ts';
import type { CliWorld } from '../../world.ts';

export interface NamedRoot {
  readonly name: string;
  readonly root: TrustedRoot;
  /** How fresh it is, for people; of a file nobody knows. */
  readonly freshness?: string;
}

/** `sigstore.root_invalid`, `trustfiles.damaged`, and what reading files throws. */
export async function readRoots(world: CliWorld, files: readonly string[]): Promise<readonly NamedRoot[]> {
  if (files.length === 0)
    return (await readTrustedRoots(world)).map(({ name, root, freshness }) => ({
      name,
      root,
      freshness: freshness.sentence,
    }));
  return Promise.all(
    files.map(async (name) => ({
      name,
      root: parseTrustedRoot(await world.readDocument(name, limits.trustedRootBytes)),
    })),
  );
}
