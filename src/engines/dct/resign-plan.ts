// Which tags are signed anew and which are not, with the reason: only a digest that Content Trust named, by evidence
// that holds or whose doubts a person took on, and only while the registry has that digest under that tag. A tag that
// moved is nobody's here to sign: what it names now was not signed then.
import type { Digest } from '../../formats/oci/digest.ts';
import { type Doubt, isBelievable, type TagEvidence } from './tag-evidence.ts';
import type { TodaysTag } from './todays-tag.ts';

export type Refusal =
  /** The evidence does not hold, and no reason makes it. */
  | 'invalid'
  /** It had expired, and nobody took that on. */
  | 'expired'
  /** Something on the way to it is not known, and nobody took that on. */
  | 'unknown'
  /** The tag names another digest in the registry. */
  | 'moved'
  /** The registry has no such tag. */
  | 'gone'
  /** The registry does not say. */
  | 'not-told'
  /** Content Trust signed no such tag. */
  | 'not-signed'
  /** The manifest has another length than what was signed. */
  | 'length';

export type ResignStep =
  | {
      readonly kind: 'sign';
      readonly tag: string;
      readonly evidence: TagEvidence & { readonly digest: Digest };
    }
  | {
      readonly kind: 'refused';
      readonly tag: string;
      readonly refusal: Refusal;
      readonly why: string;
      readonly evidence?: TagEvidence;
    };

export interface ResignQuestion {
  /** One for each tag. */
  readonly evidence: readonly TagEvidence[];
  /** The tags that are wanted; all that were signed where absent. */
  readonly tags?: readonly string[];
  readonly today: ReadonlyMap<string, TodaysTag>;
  readonly accepted: readonly Doubt[];
}

/** In the order of the tags that were asked for, or of the evidence. */
export function planResign({ evidence, tags, today, accepted }: ResignQuestion): readonly ResignStep[] {
  const byTag = new Map(evidence.map((one) => [one.tag, one]));
  return (tags ?? [...byTag.keys()]).map((tag) => {
    const one = byTag.get(tag);
    if (one === undefined)
      return { kind: 'refused', tag, refusal: 'not-signed', why: 'Content Trust signed no such tag' };
    return planTag(one, today.get(tag), accepted);
  });
}

function planTag(
  evidence: TagEvidence,
  today: TodaysTag | undefined,
  accepted: readonly Doubt[],
): ResignStep {
  const { tag } = evidence;
  const refuse = (refusal: Refusal, why: string): ResignStep => ({
    kind: 'refused',
    tag,
    refusal,
    why,
    evidence,
  });
  if (!isBelievable(evidence, accepted)) {
    const doubt = evidence.doubts.find((one) => !accepted.includes(one));
    return refuse(doubt ?? 'invalid', evidence.why ?? 'it does not hold');
  }
  switch (today?.kind) {
    case 'there':
      return today.digest === evidence.digest
        ? { kind: 'sign', tag, evidence }
        : refuse('moved', `the registry has ${today.digest} under it`);
    case 'absent':
      return refuse('gone', 'the registry has no such tag');
    default:
      return refuse('not-told', today?.why ?? 'the registry was not asked');
  }
}
