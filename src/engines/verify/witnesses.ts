// Whether the checkpoint that a bundle's proof leads to was seen by witnesses: independent servers that cosign a log
// only while it grows, so that it cannot show this entry to some and another history to others. Whose word is enough
// is judged by who asks; what a checkpoint must be signed by is judged in log.ts.
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Check, failed, passed, unknown } from './check.ts';
import type { Expectations } from './expectation.ts';

/** Nothing where no witnesses were named. */
export function checkWitnesses({ logEntries }: Bundle, { witnesses }: Expectations): readonly Check[] {
  if (witnesses === undefined) return [];
  const checkpoints = logEntries.flatMap(({ proof }) => proof?.checkpoint ?? []);
  if (checkpoints.length === 0)
    return [unknown('witnesses', 'No checkpoint of a log comes with it that witnesses could have cosigned.')];
  try {
    const answers = checkpoints.map((checkpoint) => witnesses(checkpoint));
    // Each log by itself: the word about one says nothing of another.
    const missing = answers.find(({ isReached }) => !isReached);
    return [
      missing === undefined
        ? passed('witnesses', answers.map(({ sentence }) => sentence).join(' '))
        : failed('witnesses', missing.sentence),
    ];
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return [failed('witnesses', `Its checkpoint cannot be read: ${cause.message}.`)];
  }
}
