// Finds an image's base for a command: what the image states is asked for in the registry that it names, with the
// credentials that the machine has for it, all of it within one short time. A registry that does not answer is an
// unknown in the report, never a failed command. The hosts come from the image: `--offline` asks none.
import type { Lineage } from '../../engines/lineage/lineage.ts';
import type { OpenImage } from '../../engines/lineage/place.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import { parseRegistryReference } from '../../formats/oci/reference.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { openForBase, traceImage } from '../../services/hub/lineage.ts';
import type { IndexedImage } from '../../services/hub/packed.ts';
import type { CliWorld } from './world.ts';

export interface TracerOptions {
  /** Asks no registry: what is stated stays uncompared. */
  readonly isOffline?: boolean;
  /** For all lookups of one image; `limits.baseLookupMs` where absent. */
  readonly timeoutMs?: number;
}

/** For `inspectImage`'s `trace`. */
export function createTracer(
  world: Pick<CliWorld, 'openSource' | 'platform'>,
  options: TracerOptions = {},
): (image: IndexedImage) => Promise<Lineage> {
  const { isOffline = false, timeoutMs = limits.baseLookupMs } = options;
  return async ({ subject }) => {
    if (isOffline) return traceImage(subject, {});
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
    try {
      const open = createOpener(world, subject.config.platform ?? world.platform);
      return await traceImage(subject, {
        async open(reference) {
          const answer = await Promise.race([open(reference), late.promise]);
          const why = `there was no answer within ${timeoutMs / 1000} seconds`;
          return answer ?? { kind: 'unasked', why };
        },
      });
    } finally {
      clearTimeout(timer);
    }
  };
}

function createOpener(world: Pick<CliWorld, 'openSource'>, platform: Platform): OpenImage {
  return async (reference) => {
    try {
      await using source = await world.openSource(parseRegistryReference(reference));
      return await openForBase(source, platform);
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      return { kind: 'unasked', why: error.message };
    }
  };
}
