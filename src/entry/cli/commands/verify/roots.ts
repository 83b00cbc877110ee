// Whom a verification trusts: the files that were named, or else the roots that this user keeps. What a server says of
// itself is not among them.
import { parseTrustedRoot, type TrustedRoot } from '../../../../formats/sigstore/trusted-root.ts';
import { limits } from '../../../../kit/limits.ts';
import { readTrustedRoots } from '../../trusted-roots.ts';
import type { CliWorld } from '../../world.ts';
import type { SigstoreAsk } from './ask.ts';

export interface NamedRoot {
  readonly name: string;
  readonly root: TrustedRoot;
  /** How fresh it is, for people; of a file nobody knows. */
  readonly freshness?: string;
}

/** `sigstore.root_invalid`, `trustfiles.damaged`, `cli.trusted_root_unknown`, and what reading files throws. */
export async function readRoots(
  world: CliWorld,
  { trustedRoots: files, rootNames: names }: Pick<SigstoreAsk, 'trustedRoots' | 'rootNames'>,
): Promise<readonly NamedRoot[]> {
  if (files.length === 0) {
    const kept = await readTrustedRoots(world, names.length === 0 ? {} : { names });
    return kept.map(({ name, root, freshness }) => ({
      name,
      root: { ...root, name },
      freshness: freshness.sentence,
    }));
  }
  return Promise.all(
    files.map(async (name) => ({
      name,
      root: { ...parseTrustedRoot(await world.readDocument(name, limits.trustedRootBytes)), name },
    })),
  );
}
