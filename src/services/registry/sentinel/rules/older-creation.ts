// Made before the image that it takes the place of: a rollback, or an old image with its known holes put back. Times
// of reproducible builds (before 1990) say nothing.
import { clean, type ImageFacts, type SentinelRule, suspicious, unknown } from '../facts.ts';

const FIRST_REAL = Date.UTC(1990, 0, 1);

export const olderCreation: SentinelRule = Object.freeze<SentinelRule>({
  id: 'older_creation',
  title: 'It says it was made before the image that it replaces.',
  isForNew: false,
  isJudgedAgain: false,
  judge({ before, after }) {
    const was = lastOf(before);
    const is = lastOf(after);
    if (was === undefined) return unknown('the image before does not say when it was made');
    if (is === undefined) return unknown('it does not say when it was made');
    return is < was ? suspicious(`it was made ${time(is)}, the one before ${time(was)}`) : clean;
  },
});

/** When its last platform was made. */
function lastOf({ configs }: ImageFacts): number | undefined {
  if ('why' in configs) return undefined;
  const times = configs.value.flatMap(({ createdAt }) => createdAt ?? []);
  const last = Math.max(...times);
  return times.length === 0 || last < FIRST_REAL ? undefined : last;
}

function time(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
