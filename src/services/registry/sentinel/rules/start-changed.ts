// Another entrypoint, command or user than before, and than in the earlier images of this tag.
import {
  clean,
  type ImageFacts,
  type PlatformFacts,
  type SentinelRule,
  suspicious,
  unknown,
} from '../facts.ts';

export const startChanged: SentinelRule = Object.freeze<SentinelRule>({
  id: 'start_changed',
  title: 'A container starts otherwise than ever before: entrypoint, command or user.',
  isForNew: false,
  isJudgedAgain: false,
  judge({ before, after, earlier }) {
    if ('why' in after.configs) return unknown(after.configs.why);
    if ('why' in before.configs) return unknown(before.configs.why);
    const known = new Set([before, ...earlier].flatMap(startsOf));
    const older = before.configs.value;
    for (const config of after.configs.value) {
      const was = older.find(({ platform }) => platform === config.platform) ?? older[0];
      if (was === undefined) return unknown('the image before has no configuration to compare with');
      if (!known.has(startOf(config)))
        return suspicious(
          `${config.platform} started with ${cut(startOf(was))} and starts with ${cut(startOf(config))}`,
        );
    }
    return clean;
  },
});

/** Whether the images start the same way: then nothing earlier needs to be read. */
export function isSameStart(before: ImageFacts, after: ImageFacts): boolean {
  const known = new Set(startsOf(before));
  return startsOf(after).every((start) => known.has(start));
}

function startsOf({ configs }: ImageFacts): readonly string[] {
  return 'why' in configs ? [] : configs.value.map(startOf);
}

function startOf({ entrypoint, command, user }: PlatformFacts): string {
  const words = JSON.stringify([...entrypoint, ...command]);
  return `${words} as ${user}`;
}

/** Enough to see what it is; a command may be a whole script. */
const MOST_CHARS = 200;

function cut(text: string): string {
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}
