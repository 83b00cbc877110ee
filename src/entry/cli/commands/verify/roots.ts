// Whom a verification trusts: the files that were named, or else the roots that are known here. What a server says of
// itself is not among them.
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { parseTrustedRoot, type TrustedRoot } from '../../../../formats/sigstore/trusted-root.ts';
import { isJsonObject, type Json } from '../../../../kit/json.ts';
import { limits } from '../../../../kit/limits.ts';
import type { CliWorld } from '../../world.ts';

export interface NamedRoot {
  readonly name: string;
  readonly root: TrustedRoot;
  /** How fresh it is, for people; of a file nobody knows. */
  readonly freshness?: string;
}

/** `sigstore.root_invalid`, and what reading files throws. */
export async function readRoots(world: CliWorld, files: readonly string[]): Promise<readonly NamedRoot[]> {
  if (files.length === 0) return readKnownRoots();
  return Promise.all(
    files.map(async (name) => ({
      name,
      root: parseTrustedRoot(await world.readDocument(name, limits.trustedRootBytes)),
    })),
  );
}

/** The public Sigstore's as it comes with its own package: good without a network. */
function readKnownRoots(): readonly NamedRoot[] {
  const [place]: readonly Json[] = Object.values(seeds);
  const targets = isJsonObject(place) ? place.targets : undefined;
  const text = isJsonObject(targets) ? targets['trusted_root.json'] : undefined;
  if (typeof text !== 'string') return [];
  return [
    {
      name: 'sigstore',
      root: parseTrustedRoot(Buffer.from(text, 'base64')),
      freshness: 'as it came with Plimsoll, never refreshed',
    },
  ];
}
