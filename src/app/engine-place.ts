// Images that a local engine may have: `local://`, `docker-daemon:`, and `image://`, which goes on to the registry
// where no engine has the image or none is there. An engine that fails while it answers is an error in any case:
// what it holds is then not known.

import type { RegistryReference } from '../formats/oci/reference.ts';
import { type AnyReference, type EngineReference, parseRegistryReference } from '../formats/oci/reference.ts';
import { openEngineSource } from '../io/images/engine.ts';
import type { ImageSource } from '../io/images/source.ts';
import { isPlimsollError } from '../kit/error.ts';
import type { Places } from './config.ts';

export interface LocalDeps {
  readonly places: Places;
  readonly signal: AbortSignal;
  openRegistry(reference: RegistryReference): Promise<ImageSource>;
}

const NOT_LOCAL = ['images.missing', 'images.engine_unreachable', 'images.engine_unsupported'];

/** The engine's image, or for `image://` the registry's. The failures of `openEngineSource` and of the registry. */
export async function openLocal(
  reference: EngineReference | AnyReference,
  { places, signal, openRegistry }: LocalDeps,
): Promise<ImageSource> {
  if (reference.kind === 'engine') return openEngineSource(reference, { places, signal });
  try {
    return await openEngineSource({ kind: 'engine', name: reference.name }, { places, signal });
  } catch (error) {
    if (!isPlimsollError(error) || !NOT_LOCAL.includes(error.code)) throw error;
    return openRegistry(parseRegistryReference(reference.name));
  }
}
