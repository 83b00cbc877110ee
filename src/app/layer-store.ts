// The layer cache that is configured: a folder with a bound, for the records of this very program.

import type { LayerCache } from '../io/images/layer-cache.ts';
import { createFolderLayerCache } from '../io/images/layer-cache-folder.ts';
import type { Clock, Random } from '../kit/clock.ts';
import type { Config } from './config.ts';
import { digestProgram } from './program-digest.ts';

/** Undefined where the configuration leaves it no room. */
export async function openLayerCache(
  folder: string,
  { cacheLayers: limitBytes }: Pick<Config, 'cacheLayers'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<LayerCache | undefined> {
  if (limitBytes === 0) return undefined;
  return createFolderLayerCache({ folder, limitBytes, generation: await digestProgram(), clock, random });
}
