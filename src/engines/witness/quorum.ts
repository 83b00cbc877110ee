// Whether enough witnesses cosigned a checkpoint, and who did. What does not hold is said; it never counts.
import { judgeCosignature } from '../../formats/crypto/cosignature.ts';
import type { PolicyWitness, WitnessGroup, WitnessPolicy } from './policy.ts';

export interface WitnessWord {
  readonly name: string;
  /** `forged`: there is a line of its key, which does not hold. */
  readonly kind: 'held' | 'absent' | 'forged';
  /** When it cosigned, to its own clock. */
  readonly at?: Date;
}

export interface QuorumAnswer {
  readonly isReached: boolean;
  readonly words: readonly WitnessWord[];
  /** For people: one sentence. */
  readonly sentence: string;
}

/** `crypto.note_invalid`, `crypto.checkpoint_invalid`. The log's own signature is checked elsewhere. */
export function judgeQuorum(note: string, { witnesses, quorum }: WitnessPolicy): QuorumAnswer {
  const words = witnesses.map(({ name, key }): WitnessWord => ({ name, ...judgeCosignature(note, key) }));
  const held = new Set(words.filter(({ kind }) => kind === 'held').map(({ name }) => name));
  const isReached = quorum === undefined || isWitnessed(quorum, held);
  return { isReached, words, sentence: describe(words, quorum, isReached) };
}

function isWitnessed(one: PolicyWitness | WitnessGroup, held: ReadonlySet<string>): boolean {
  if (one.kind === 'witness') return held.has(one.name);
  return one.members.filter((member) => isWitnessed(member, held)).length >= one.threshold;
}

function describe(
  words: readonly WitnessWord[],
  quorum: WitnessPolicy['quorum'],
  isReached: boolean,
): string {
  const list = (kind: WitnessWord['kind']): string =>
    words
      .filter((word) => word.kind === kind)
      .map(({ name }) => name)
      .join(', ');
  const [held, forged] = [list('held'), list('forged')];
  const seen = held === '' ? 'No witness cosigned the checkpoint' : `${held} cosigned the checkpoint`;
  const wrong = forged === '' ? '' : `; a line of ${forged} does not hold`;
  const asked =
    quorum === undefined
      ? 'none is asked for'
      : `${quorum.name} ${isReached ? 'is reached' : 'is not reached'}`;
  return `${seen}${wrong}; ${asked}.`;
}
