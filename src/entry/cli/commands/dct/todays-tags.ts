// What the tags that were signed name in the registry today, a few asked at a time, none read. What a registry does
// not say is unknown, with its reason, and never taken for the same or for gone.
import type { SignedTag } from '../../../../engines/dct/tags.ts';
import type { TodaysTag } from '../../../../engines/dct/todays-tag.ts';
import { isTag, type RegistryReference } from '../../../../formats/oci/reference.ts';
import { describeError } from '../../../../kit/error.ts';
import type { CliWorld } from '../../world.ts';

/** Requests under way at once: registries take more, and a person's line too. */
const AT_ONCE = 8;

export async function readTodaysTags(
  world: CliWorld,
  { host, repository }: RegistryReference,
  tags: readonly Pick<SignedTag, 'tag'>[],
): Promise<ReadonlyMap<string, TodaysTag>> {
  const waiting = [...new Set(tags.map(({ tag }) => tag))];
  const found = new Map<string, TodaysTag>();
  if (waiting.length === 0) return found;
  const reader = await world.openTags(host, repository);
  const listed = await reader.list().then(
    (names) => new Set(names),
    (error: unknown) => unknown(error),
  );
  const read = async (tag: string): Promise<TodaysTag> => {
    if (!isTag(tag)) return { kind: 'unknown', why: 'its name is not that of a tag' };
    if (!(listed instanceof Set)) return listed;
    if (!listed.has(tag)) return { kind: 'absent' };
    const digest = await reader.digestOf(tag);
    return digest === undefined
      ? { kind: 'unknown', why: 'the registry does not say its digest' }
      : { kind: 'there', digest };
  };
  const work = async (): Promise<void> => {
    for (let tag = waiting.shift(); tag !== undefined; tag = waiting.shift()) {
      world.signal.throwIfAborted();
      found.set(tag, await read(tag).catch(unknown));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

function unknown(error: unknown): TodaysTag {
  return { kind: 'unknown', why: describeError(error) };
}
