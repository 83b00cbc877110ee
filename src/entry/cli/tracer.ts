// Finds an image's base for a command: what the image states is asked for in the registry that it names, with the
// credentials that the machine has for it, all of it within one short time. A registry that does not answer is an
// unknown in the report, never a failed command. The hosts come from the image: `--offline` asks none.
import type { Lineage } from '../../engines/lineage/lineage.ts';
import type { FindByLayers, OpenImage } from '../../engines/lineage/place.ts';
import { formatPlatform, type Platform } from '../../formats/oci/platform.ts';
import { parseRegistryReference } from '../../formats/oci/reference.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { openForBase, traceImage } from '../../services/hub/lineage.ts';
import type { IndexedImage } from '../../services/hub/packed.ts';
import type { CliWorld } from './world.ts';

/** Answers by reference and platform: two images of one base ask for it once. */
export type AskedBases = Map<string, ReturnType<OpenImage>>;

export interface TracerOptions {
  /** Asks no registry: what is stated stays uncompared. */
  readonly isOffline?: boolean;
  /** What was asked before by the same command; filled as it asks. */
  readonly asked?: AskedBases;
  /** For all lookups of one image; `limits.baseLookupMs` where absent. */
  readonly timeoutMs?: number;
}

/** For `inspectImage`'s `trace`. */
export function createTracer(
  world: Pick<CliWorld, 'openSource' | 'platform' | 'findByLayers'>,
  options: TracerOptions = {},
): (image: IndexedImage) => Promise<Lineage> {
  const { isOffline = false, timeoutMs = limits.baseLookupMs, asked = new Map() } = options;
  return async ({ subject }) => {
    if (isOffline) return traceImage(subject, {});
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
    try {
      const open = createOpener(world, subject.config.platform ?? world.platform, asked);
      const unknowns: string[] = [];
      const lineage = await traceImage(subject, {
        ...(world.findByLayers && { findByLayers: createFinder(world.findByLayers, late.promise, unknowns) }),
        async open(reference) {
          const answer = await Promise.race([open(reference), late.promise]);
          const why = `there was no answer within ${timeoutMs / 1000} seconds`;
          return answer ?? { kind: 'unasked', why };
        },
      });
      return { ...lineage, unknowns: [...unknowns, ...lineage.unknowns] };
    } finally {
      clearTimeout(timer);
    }
  };
}

/** An instance that does not answer knows nothing, and that is said. */
function createFinder(find: FindByLayers, late: Promise<undefined>, unknowns: string[]): FindByLayers {
  let answer: ReturnType<FindByLayers> | undefined;
  return async (diffIds) => {
    try {
      answer ??= find(diffIds);
      return (await Promise.race([answer, late])) ?? [];
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      unknowns.push(`The instance could not be asked which images lie below: ${error.message}.`);
      return [];
    }
  };
}

function createOpener(world: Pick<CliWorld, 'openSource'>, platform: Platform, asked: AskedBases): OpenImage {
  const open: OpenImage = async (reference) => {
    try {
      await using source = await world.openSource(parseRegistryReference(reference));
      return await openForBase(source, platform);
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      return { kind: 'unasked', why: error.message };
    }
  };
  return (reference) => {
    const key = `${reference} ${formatPlatform(platform)}`;
    const answer = asked.get(key) ?? open(reference);
    asked.set(key, answer);
    return answer;
  };
}
