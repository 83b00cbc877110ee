// The own logs' checkpoints, with the word of the witnesses that are configured. Each new checkpoint is sent to all at
// once and waits for them, briefly: whoever reads it then has their lines. A witness that does not answer is left
// alone for a while, so that nothing waits for it again and again; the log goes on without.
import { type CollectParts, collectCosignatures, type WitnessReply } from '../../engines/witness/collect.ts';
import type { WitnessPolicy } from '../../engines/witness/policy.ts';
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { parseNote } from '../../formats/crypto/note.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Log } from '../../kit/log.ts';

/** A signed checkpoint of the own log to the same with the lines of those who cosigned; never rejects for a witness. */
export type Cosign = (checkpoint: string, prove: CollectParts['prove']) => Promise<string>;

/** How long a witness that did not answer is not asked. */
const PAUSE_MS = 30_000;

export function createCosigning(parts: {
  readonly policy: WitnessPolicy;
  /** Posts to `URL/add-checkpoint`, and rejects with a coded error where nothing comes in time. */
  readonly ask: (url: string, body: string) => Promise<WitnessReply>;
  readonly clock: Clock;
  readonly log: Log;
}): Cosign {
  const { policy, ask, clock, log } = parts;
  /** By the log's origin: what each witness knows. */
  const sizes = new Map<string, Map<string, number>>();
  const restingUntil = new Map<string, number>();

  return async (checkpoint, prove) => {
    const { origin, size } = parseCheckpoint(parseNote(checkpoint).text);
    const witnesses = policy.witnesses.filter(({ name }) => (restingUntil.get(name) ?? 0) <= clock.now());
    const known = sizes.get(origin) ?? new Map<string, number>();
    sizes.set(origin, known);
    const collected = await collectCosignatures({ checkpoint, witnesses, prove, ask, sizes: known });
    for (const { name, why } of collected.missed) {
      restingUntil.set(name, clock.now() + PAUSE_MS);
      log.warn('a witness did not cosign a checkpoint', { witness: name, origin, size, why });
    }
    return collected.checkpoint;
  };
}
