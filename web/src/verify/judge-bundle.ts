// One bundle, judged by the engine under each root that is at hand; the root under which the least is wrong gives the
// answer, and stands in it. Where there is nobody to trust, nothing is asked: a missing root proves no fault.
import type { NotationAspect } from '../../../src/engines/notation/check.ts';
import { type Check, judgeChecks, type Outcome } from '../../../src/engines/verify/check.ts';
import {
  type Expectations,
  signaturePredicateType,
  tagPredicateType,
} from '../../../src/engines/verify/expectation.ts';
import { exactly } from '../../../src/engines/verify/pattern.ts';
import { readSignedThing } from '../../../src/engines/verify/subject.ts';
import { type Verification, verifyBundle } from '../../../src/engines/verify/verify-bundle.ts';
import type { Digest } from '../../../src/formats/oci/digest.ts';
import type { Bundle } from '../../../src/formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../../src/formats/sigstore/revocation-predicate.ts';
import type { OpenRoot, OpenTrust } from './open-trust.ts';
import { type TakenBack, weighTaken } from './taken-back.ts';

export type { Outcome } from '../../../src/engines/verify/check.ts';
export type { Signer } from '../../../src/engines/verify/signer.ts';

/** A check of the engine's, of Notary Project's, or the page's own: whose root it is judged by. */
export interface ShownCheck {
  readonly code: Check['code'] | NotationAspect | 'root' | 'bytes' | 'format';
  readonly outcome: Outcome;
  readonly sentence: string;
}

export interface JudgedBundle {
  readonly checks: readonly ShownCheck[];
  readonly outcome: Outcome;
  readonly verification?: Verification;
  /** The root it stands on. */
  readonly root?: OpenRoot;
}

/** With what was taken back, as far as that is known. */
export interface JudgingTrust extends OpenTrust {
  readonly takenBack: TakenBack;
}

export function judgeBundle(bundle: Bundle, digest: Digest, trust: JudgingTrust): JudgedBundle {
  if (bundle.signer.kind === 'key') return judgeByKeys(bundle, digest, trust);
  if (trust.roots.length === 0)
    return onlyUnknown(
      'root',
      'No trusted root is here to judge it by: this server serves none, and you brought none.',
    );
  const [best] = trust.roots
    .map((root) => judgeByRoot(bundle, digest, trust, root))
    .toSorted((one, other) => countFaults(one) - countFaults(other));
  return best as JudgedBundle;
}

function judgeByRoot(bundle: Bundle, digest: Digest, trust: JudgingTrust, root: OpenRoot): JudgedBundle {
  const [first, ...others] = expectationsOf(bundle, trust).map((expectations) =>
    verifyBundle({
      bundle,
      artifact: { digest },
      trustedRoots: [root.root],
      expectations,
      now: trust.now,
    }),
  ) as [Verification, ...Verification[]];
  const verification = others.reduce(
    (best, one) => (countFaults(one) < countFaults(best) ? one : best),
    first,
  );
  const short = root.fingerprint.slice(0, 12);
  const whose: ShownCheck = root.isKept
    ? {
        code: 'root',
        outcome: 'passed',
        sentence: `It is judged by the root ${root.name} that you keep here (SHA-256 ${short}…).`,
      }
    : {
        code: 'root',
        outcome: 'unknown',
        sentence: `It is judged by the root that this server serves itself (SHA-256 ${short}…), which you have not kept: that it is the right one is the server’s own word.`,
      };
  const checks = [whose, ...weighTaken(verification, digest, trust.takenBack)];
  return { checks, outcome: judgeShown(checks), verification, root };
}

function judgeByKeys(bundle: Bundle, digest: Digest, trust: JudgingTrust): JudgedBundle {
  if (trust.keys.length === 0)
    return onlyUnknown(
      'key',
      'It is signed with a key, and no key is here to judge it by: bring the signer’s.',
    );
  // Who a key is, nobody says: what is expected of certificates cannot be asked of it. That it is the right one is `key`.
  const [{ kind, tag, revocations }] = expectationsOf(bundle, trust);
  const verification = verifyBundle({
    bundle,
    artifact: { digest },
    trustedRoots: trust.roots.filter(({ isKept }) => isKept).map(({ root }) => root),
    keys: trust.keys,
    expectations: {
      kind,
      ...(tag === undefined ? {} : { tag }),
      ...(revocations === undefined ? {} : { revocations }),
    },
    now: trust.now,
  });
  const checks = weighTaken(verification, digest, trust.takenBack);
  return { checks, outcome: judgeShown(checks), verification };
}

/** A statement is judged as what it says it is; which of them are signatures is told by `isImageSignature`. */
function expectationsOf(
  bundle: Bundle,
  { expected, tag, takenBack }: JudgingTrust,
): readonly [Expectations, ...Expectations[]] {
  const { revocations, instance } = takenBack;
  const type = predicateTypeOf(bundle);
  if (type === undefined || type === signaturePredicateType)
    return [{ kind: 'signature', ...expected, revocations }];
  // What takes something back stands, also where it took back what it hangs on; the instance may say it too.
  if (type === revocationPredicateType)
    return [
      { kind: [type], ...expected },
      { kind: [type], identity: exactly(instance), issuer: exactly(instance) },
    ];
  const isBinding = type === tagPredicateType && tag !== undefined;
  return [{ kind: [type], ...expected, revocations, ...(isBinding ? { tag } : {}) }];
}

/** Undefined of what is no statement: cosign's older signatures. */
export function predicateTypeOf(bundle: Bundle): string | undefined {
  const thing = readSignedThing(bundle);
  return thing.kind === 'statement' ? thing.statement.predicateType : undefined;
}

export function judgeShown(checks: readonly ShownCheck[]): Outcome {
  return judgeChecks(checks as readonly Check[]);
}

export function onlyUnknown(code: ShownCheck['code'], sentence: string): JudgedBundle {
  return { checks: [{ code, outcome: 'unknown', sentence }], outcome: 'unknown' };
}

function countFaults({ checks }: Pick<JudgedBundle, 'checks'>): number {
  return checks.filter(({ outcome }) => outcome !== 'passed').length;
}
