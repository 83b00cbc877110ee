// What the instance that an image is on says it took back, by its list. Read where the instance's own root is trusted,
// and nobody else is asked. `--offline` reads none, and the answer says so.
import type { ImageEvidence } from '../../../../engines/verify/image-evidence.ts';
import {
  isInstanceTrusted,
  type ListedRevocations,
  noneListed,
  readListedRevocations,
} from '../../../../engines/verify/listed-revocation.ts';
import { originOf } from '../../../../formats/oci/origin.ts';
import type { TrustedRoot } from '../../../../formats/sigstore/trusted-root.ts';
import type { Skipped } from '../../shown-verification.ts';
import type { CliWorld } from '../../world.ts';
import type { SigstoreAsk } from './ask.ts';

export interface AskedList extends ListedRevocations {
  /** Said where it was not asked for. */
  readonly skipped: readonly Skipped[];
}

export async function readList(
  world: CliWorld,
  { reference, isOffline }: Pick<SigstoreAsk, 'reference' | 'isOffline'>,
  { root, platform }: Pick<ImageEvidence, 'root' | 'platform'>,
  trustedRoots: readonly TrustedRoot[],
): Promise<AskedList> {
  const nothing = { ...noneListed, skipped: [] };
  if (reference.kind !== 'registry') return nothing;
  const address = originOf(reference.host);
  if (!isInstanceTrusted(trustedRoots, address)) return nothing;
  if (isOffline) return { ...nothing, skipped: [notAsked(address)] };
  const instance = await world.openInstance(reference.host);
  const digests = [root, ...(platform === undefined ? [] : [platform.image])].map(
    ({ descriptor }) => descriptor.digest,
  );
  const listed = await readListedRevocations(address, [...new Set(digests)], (call) => instance.ask(call));
  return { ...listed, skipped: [] };
}

function notAsked(address: string): Skipped {
  return {
    code: 'revocation',
    flag: '--offline',
    sentence: `The list of what ${address} took back was not read: --offline was given.`,
  };
}
