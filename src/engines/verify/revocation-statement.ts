// Statements by which somebody takes back what was signed: an image, a key, a certificate, an identity (predicate
// `{ kind, value, why, from? }`). One counts only where it is itself proved, by somebody who may sign the image or by
// the instance that holds it: otherwise whoever can write to the registry could make images look revoked. What is not
// proved is told all the same.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { limits } from '../../kit/limits.ts';
import type { Revocation } from './expectation.ts';
import { judgeTrust } from './judge-trust.ts';
import type { TrustedKey } from './signer.ts';
import { readSignedThing } from './subject.ts';
import type { TrustRule } from './trust-policy.ts';

export const revocationPredicateType = 'https://plimsoll.dev/revocation/v1';

export interface RevocationQuestion {
  /** What hangs on each digest. */
  readonly hanging: readonly { readonly digest: Digest; readonly bundles: readonly Bundle[] }[];
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  /** Whose signers may take back what they signed. */
  readonly rule?: Pick<TrustRule, 'signers'>;
  /** Address of the instance, which may take back what it holds: `https://images.example.org`. */
  readonly instance?: string;
  readonly now: Date;
}

export interface ProvedRevocations {
  readonly revocations: readonly Revocation[];
  /** Statements that say so and do not count, in sentences. */
  readonly unproved: readonly string[];
}

/** Everything that hangs there and takes something back; bundles of other kinds are passed over. */
export function proveRevocations(question: RevocationQuestion): ProvedRevocations {
  const revocations: Revocation[] = [];
  const unproved: string[] = [];
  for (const { digest, bundles } of question.hanging)
    for (const bundle of bundles) {
      const thing = readSignedThing(bundle);
      if (thing.kind !== 'statement' || thing.statement.predicateType !== revocationPredicateType) continue;
      const revocation = parseRevocation(thing.statement);
      if (revocation === undefined) {
        unproved.push(`A statement that hangs on ${digest} takes something back, and does not say what.`);
        continue;
      }
      const why = findFault(question, digest, bundle);
      if (why === undefined) revocations.push(revocation);
      else
        unproved.push(
          `A statement that hangs on ${digest} takes back the ${revocation.kind} (${revocation.why}), and does not count: ${why}`,
        );
    }
  return { revocations, unproved };
}

/** What the statement takes back; undefined where it does not say it, or says it in a way that is not known. */
export function parseRevocation({ predicate }: Pick<SignedStatement, 'predicate'>): Revocation | undefined {
  const { kind, value, why, from } = predicate;
  if (typeof value !== 'string' || value === '' || value.length > limits.uriChars) return undefined;
  if (typeof why !== 'string' || why === '' || why.length > limits.uriChars) return undefined;
  const since = typeof from === 'string' ? new Date(from) : undefined;
  if (from !== undefined && (since === undefined || Number.isNaN(since.getTime()))) return undefined;
  const time = since === undefined ? {} : { from: since };
  switch (kind) {
    case 'digest':
      return isDigest(value) ? { kind, digest: value, why } : undefined;
    case 'key':
      return /^[0-9a-f]{64}$/i.test(value)
        ? { kind, thumbprint: value.toLowerCase(), why, ...time }
        : undefined;
    case 'certificate':
      return { kind, serial: value, why };
    case 'identity':
      return { kind, identity: value, why, ...time };
    default:
      return undefined;
  }
}

/** Undefined where somebody who may do so signed it. */
function findFault(
  { trustedRoots, keys, rule, instance, now }: RevocationQuestion,
  digest: Digest,
  bundle: Bundle,
): string | undefined {
  const signers = [
    ...(rule?.signers ?? []),
    ...(instance === undefined
      ? []
      : [
          {
            kind: 'identity' as const,
            identity: { kind: 'exact' as const, text: instance },
            issuer: { kind: 'exact' as const, text: instance },
          },
        ]),
  ];
  const own: TrustRule = {
    names: ['*'],
    signers,
    signatures: 0,
    statements: [{ predicateType: revocationPredicateType }],
    isTagBound: false,
  };
  const { outcome, demands } = judgeTrust({
    policy: { name: 'revocations', rules: [own] },
    name: 'it',
    artifact: { digest },
    bundles: [bundle],
    trustedRoots,
    keys,
    now,
  });
  if (outcome === 'passed') return undefined;
  const tried = demands.flatMap((demand) => demand.tried).flatMap(({ checks }) => checks);
  return (
    tried.find((check) => check.outcome !== 'passed')?.sentence ?? 'nobody who may take it back signed it.'
  );
}
