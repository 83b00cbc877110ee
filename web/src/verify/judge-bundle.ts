// One bundle, judged by the engine under each root that is at hand; the root under which the least is wrong gives the
// answer, and stands in it. Where there is nobody to trust, nothing is asked: a missing root proves no fault.
import { type Check, judgeChecks, type Outcome } from '../../../src/engines/verify/check.ts';
import {
  type Expectations,
  signaturePredicateType,
  tagPredicateType,
} from '../../../src/engines/verify/expectation.ts';
import { createPattern, exactly } from '../../../src/engines/verify/pattern.ts';
import { parseTrustedKey, type TrustedKey } from '../../../src/engines/verify/signer.ts';
import { readSignedThing } from '../../../src/engines/verify/subject.ts';
import { type Verification, verifyBundle } from '../../../src/engines/verify/verify-bundle.ts';
import type { Digest } from '../../../src/formats/oci/digest.ts';
import type { Bundle } from '../../../src/formats/sigstore/bundle.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../../src/formats/sigstore/trusted-root.ts';
import type { Trust } from './trust.ts';

export type { Outcome } from '../../../src/engines/verify/check.ts';
export type { Signer } from '../../../src/engines/verify/signer.ts';

/** A check of the engine's, or the page's own: whose root it is judged by. */
export interface ShownCheck {
  readonly code: Check['code'] | 'root' | 'bytes' | 'format';
  readonly outcome: Outcome;
  readonly sentence: string;
}

export interface OpenTrust {
  readonly roots: readonly {
    readonly root: TrustedRoot;
    readonly name: string;
    readonly fingerprint: string;
    readonly isKept: boolean;
  }[];
  readonly keys: readonly TrustedKey[];
  readonly expected: Partial<Pick<Expectations, 'identity' | 'issuer' | 'sourceRepository'>>;
  /** The name and tag that the page is about; absent where it is a digest's. */
  readonly tag?: Expectations['tag'];
  readonly now: Date;
}

export interface JudgedBundle {
  readonly checks: readonly ShownCheck[];
  readonly outcome: Outcome;
  readonly verification?: Verification;
  /** The root it stands on. */
  readonly root?: OpenTrust['roots'][number];
}

/** Roots and keys read; what cannot be read throws its coded error. */
export function openTrust(
  { kept, served, expected }: Trust,
  rest: {
    readonly repository: string;
    readonly servedFingerprint: string;
    readonly now: Date;
    readonly tag?: Expectations['tag'];
  },
): OpenTrust {
  const roots = kept
    .filter(({ kind }) => kind === 'root')
    .map(({ name, text, fingerprint }) => ({ root: readRoot(text), name, fingerprint, isKept: true }));
  const isKept = roots.some(({ fingerprint }) => fingerprint === rest.servedFingerprint);
  const own =
    served === undefined || isKept
      ? []
      : [
          {
            root: readRoot(served),
            name: 'this server’s',
            fingerprint: rest.servedFingerprint,
            isKept: false,
          },
        ];
  const pattern = expected?.isPattern === true ? createPattern : exactly;
  return {
    roots: [...roots, ...own],
    keys: kept
      .filter(({ kind, repository }) => kind === 'key' && repository === rest.repository)
      .map(({ text, name }) => parseTrustedKey(text, name)),
    expected:
      expected === undefined
        ? {}
        : {
            identity: pattern(expected.identity),
            issuer: pattern(expected.issuer),
            ...(expected.sourceRepository === undefined
              ? {}
              : { sourceRepository: pattern(expected.sourceRepository) }),
          },
    ...(rest.tag === undefined ? {} : { tag: rest.tag }),
    now: rest.now,
  };
}

export function readRoot(text: string): TrustedRoot {
  return parseTrustedRoot(new TextEncoder().encode(text));
}

export function judgeBundle(bundle: Bundle, digest: Digest, trust: OpenTrust): JudgedBundle {
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

function judgeByRoot(
  bundle: Bundle,
  digest: Digest,
  trust: OpenTrust,
  root: OpenTrust['roots'][number],
): JudgedBundle {
  const verification = verifyBundle({
    bundle,
    artifact: { digest },
    trustedRoots: [root.root],
    expectations: expectationsOf(bundle, trust),
    now: trust.now,
  });
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
  const checks = [whose, ...verification.checks];
  return { checks, outcome: judgeShown(checks), verification, root };
}

function judgeByKeys(bundle: Bundle, digest: Digest, trust: OpenTrust): JudgedBundle {
  if (trust.keys.length === 0)
    return onlyUnknown(
      'key',
      'It is signed with a key, and no key is here to judge it by: bring the signer’s.',
    );
  // Who a key is, nobody says: what is expected of certificates cannot be asked of it. That it is the right one is `key`.
  const { kind, tag } = expectationsOf(bundle, trust);
  const verification = verifyBundle({
    bundle,
    artifact: { digest },
    trustedRoots: trust.roots.filter(({ isKept }) => isKept).map(({ root }) => root),
    keys: trust.keys,
    expectations: { kind, ...(tag === undefined ? {} : { tag }) },
    now: trust.now,
  });
  return { checks: verification.checks, outcome: verification.outcome, verification };
}

/** A statement is judged as what it says it is; which of them are signatures is told by `isImageSignature`. */
function expectationsOf(bundle: Bundle, { expected, tag }: OpenTrust): Expectations {
  const type = predicateTypeOf(bundle);
  if (type === undefined || type === signaturePredicateType) return { kind: 'signature', ...expected };
  const isBinding = type === tagPredicateType && tag !== undefined;
  return { kind: [type], ...expected, ...(isBinding ? { tag } : {}) };
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

function countFaults({ checks }: JudgedBundle): number {
  return checks.filter(({ outcome }) => outcome !== 'passed').length;
}
