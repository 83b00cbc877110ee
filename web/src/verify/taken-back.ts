// What was taken back of an image and of those who signed it: statements that hang on it and those on the instance's
// list, proved by the engine. One that is proved under a root or key that the person keeps counts. One that only the
// server's own root proves is its word: the answer is unknown then, and so it is where the list could not be read.

import type { Revocation } from '../../../src/engines/verify/expectation.ts';
import { type ListedRevocations, noneListed } from '../../../src/engines/verify/listed-revocation.ts';
import { checkRevocation, describeTaken } from '../../../src/engines/verify/revocation.ts';
import {
  type ProvedRevocations,
  proveRevocations,
  type RevocationQuestion,
} from '../../../src/engines/verify/revocation-statement.ts';
import type { TrustSigner } from '../../../src/engines/verify/trust-policy.ts';
import type { Verification } from '../../../src/engines/verify/verify-bundle.ts';
import type { Digest } from '../../../src/formats/oci/digest.ts';
import { originOf } from '../../../src/formats/oci/origin.ts';
import type { ShownCheck } from './judge-bundle.ts';
import type { OpenTrust } from './open-trust.ts';

export interface TakenBack {
  /** Address of the instance, by whose name it signs. */
  readonly instance: string;
  readonly revocations: readonly Revocation[];
  /** The server's own word. */
  readonly said: readonly Revocation[];
  /** Why it is not known whether more was taken back. */
  readonly unread: readonly string[];
  /** Statements that do not count, and why. */
  readonly unproved: readonly string[];
}

/** Where an image is, and what its instance lists. */
export interface ImagePlace {
  /** As clients write it before the repository's name. */
  readonly host: string;
  readonly repository: string;
  readonly listed?: ListedRevocations;
}

type Statements = Pick<RevocationQuestion, 'hanging' | 'beside' | 'signers'>;

export function findTakenBack(
  { host, repository, listed = noneListed }: ImagePlace,
  statements: Statements,
  { roots, keys, expected, now }: OpenTrust,
): TakenBack {
  const signers: TrustSigner[] = keys.map(({ name }) => ({ kind: 'key', key: name }));
  const { identity, issuer } = expected;
  // Whoever the person expects may take back what they signed.
  if (identity !== undefined && issuer !== undefined) signers.push({ kind: 'identity', ...expected });
  const prove = (trusted: OpenTrust['roots']): ProvedRevocations =>
    proveRevocations({
      name: `${host}/${repository}`,
      ...statements,
      listed: listed.bundles,
      instance: originOf(host),
      rule: { signers },
      trustedRoots: trusted.map(({ root }) => root),
      keys,
      now,
    });
  const kept = prove(roots.filter(({ isKept }) => isKept));
  const all = roots.every(({ isKept }) => isKept) ? kept : prove(roots);
  return {
    instance: originOf(host),
    revocations: kept.revocations,
    said: all.revocations.filter((one) => !kept.revocations.some((other) => isSame(one, other))),
    unread: [...listed.unread, ...all.unclear],
    unproved: all.unproved,
  };
}

function isSame(one: Revocation, other: Revocation): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The checks with the revocation as unknown where it passed by what is known alone. */
export function weighTaken(
  { checks, signer, signedAt }: Verification,
  digest: Digest,
  { said, unread }: TakenBack,
): readonly ShownCheck[] {
  if (signer === undefined) return checks;
  const [byServer] = checkRevocation(signer, digest, signedAt, { kind: 'any', revocations: said });
  const [first] = unread;
  const doubt = byServer?.outcome === 'failed' ? sayServer(byServer.sentence) : first;
  if (doubt === undefined) return checks;
  return checks.map((check) =>
    check.code === 'revocation' && check.outcome === 'passed'
      ? { code: 'revocation', outcome: 'unknown', sentence: doubt }
      : check,
  );
}

export interface ShownTaken extends ShownCheck {
  readonly revocation?: Revocation;
}

/** All that was said, with how far it is proved; of digests those of the image alone. */
export function listTaken(
  { revocations, said, unread, unproved }: TakenBack,
  digests: readonly Digest[],
): readonly ShownTaken[] {
  const isMeant = (one: Revocation): boolean => one.kind !== 'digest' || digests.includes(one.digest);
  const unknown = (sentence: string) => ({ code: 'revocation', outcome: 'unknown', sentence }) as const;
  return [
    ...revocations.filter(isMeant).map((revocation) => ({
      code: 'revocation' as const,
      outcome: 'failed' as const,
      sentence: describeTaken(revocation),
      revocation,
    })),
    ...said.filter(isMeant).map((one) => ({ ...unknown(sayServer(describeTaken(one))), revocation: one })),
    ...[...unread, ...unproved].map(unknown),
  ];
}

function sayServer(sentence: string): string {
  return `${sentence.replace(/[.]?$/, '.')} That is this server’s own word, under a root that you have not kept.`;
}
