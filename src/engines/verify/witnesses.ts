// Whether the checkpoint that a bundle's proof leads to was seen by witnesses: independent servers that cosign a log
// only while it grows, so that it cannot show this entry to some and another history to others. Whose word is enough
// is judged by who asks; what a checkpoint must be signed by is judged in log.ts. Only entries that a trusted log has
// are looked at: the checkpoint of any other log can be laid beside a signature by anybody.
import { isPlimsollError } from '../../kit/error.ts';
import { type Check, failed, passed, unknown } from './check.ts';
import type { Evidence } from './evidence.ts';
import type { Expectations } from './expectation.ts';

/** Nothing where no witnesses were named. */
export function checkWitnesses(
  checkpoints: Evidence['checkpoints'],
  { witnesses }: Expectations,
): readonly Check[] {
  if (witnesses === undefined) return [];
  if (checkpoints.length === 0)
    return [unknown('witnesses', 'No checkpoint of a log comes with it that witnesses could have cosigned.')];
  try {
    const answers = checkpoints.map((checkpoint) => checkpoint && witnesses(checkpoint));
    const seen = answers.filter((one) => typeof one === 'object');
    // Each log by itself: the word about one says nothing of another.
    const missing = seen.find(({ isReached }) => !isReached);
    if (missing !== undefined) return [failed('witnesses', missing.sentence)];
    if (seen.length < answers.length)
      return [
        unknown(
          'witnesses',
          'A log only promised its entry: there is no checkpoint that witnesses could have cosigned.',
        ),
      ];
    return [passed('witnesses', seen.map(({ sentence }) => sentence).join(' '))];
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return [failed('witnesses', `Its checkpoint cannot be read: ${cause.message}.`)];
  }
}
