// What a person trusts, read for the verifier. What cannot be read is left out and said: a root that the server broke must
// not take away the roots that somebody keeps, and an expectation that cannot be read expects nobody, which is unknown.
import type { Expectations } from '../../../src/engines/verify/expectation.ts';
import { createPattern, exactly } from '../../../src/engines/verify/pattern.ts';
import { parseTrustedKey, type TrustedKey } from '../../../src/engines/verify/signer.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../../src/formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../../src/kit/error.ts';
import { chooseNotaryTrust, type NotaryTrust } from './notary-trust.ts';
import type { ExpectedSigner, Trust } from './trust.ts';

export interface OpenRoot {
  readonly root: TrustedRoot;
  readonly name: string;
  readonly fingerprint: string;
  /** By the person; else it is the server's own word. */
  readonly isKept: boolean;
}

export interface OpenTrust {
  readonly roots: readonly OpenRoot[];
  readonly keys: readonly TrustedKey[];
  readonly notary: NotaryTrust;
  readonly expected: Partial<Pick<Expectations, 'identity' | 'issuer' | 'sourceRepository'>>;
  /** The name and tag that the page is about; absent where it is a digest's. */
  readonly tag?: Expectations['tag'];
  readonly now: Date;
  readonly unread: readonly { readonly where: string; readonly why: string }[];
}

export interface TrustPlace {
  readonly repository: string;
  /** Of the root that the server serves. */
  readonly servedFingerprint: string;
  readonly now: Date;
  readonly tag?: Expectations['tag'];
}

export function openTrust({ kept, served, expected, subject }: Trust, place: TrustPlace): OpenTrust {
  const unread: { where: string; why: string }[] = [];
  const attempt = <T>(where: string, read: () => T): readonly T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      unread.push({ where, why: error.message });
      return [];
    }
  };
  const roots = kept
    .filter(({ kind }) => kind === 'root')
    .flatMap(({ name, text, fingerprint }) =>
      attempt(name, (): OpenRoot => ({ root: readRoot(text), name, fingerprint, isKept: true })),
    );
  const fingerprint = place.servedFingerprint;
  if (served !== undefined && !roots.some((one) => one.fingerprint === fingerprint)) {
    const name = 'the root that this server serves';
    roots.push(
      ...attempt(name, (): OpenRoot => ({ root: readRoot(served), name, fingerprint, isKept: false })),
    );
  }
  const keys = kept.filter(({ kind, repository }) => kind === 'key' && repository === place.repository);
  const [wanted = {}] =
    expected === undefined ? [] : attempt('whom you expect', () => openExpected(expected));
  return {
    roots,
    keys: keys.flatMap(({ text, name }) => attempt(name, () => parseTrustedKey(text, name))),
    notary: chooseNotaryTrust(kept, place.repository, subject),
    expected: wanted,
    ...(place.tag === undefined ? {} : { tag: place.tag }),
    now: place.now,
    unread,
  };
}

function openExpected({
  identity,
  issuer,
  sourceRepository,
  isPattern,
}: ExpectedSigner): OpenTrust['expected'] {
  const open = isPattern ? createPattern : exactly;
  return {
    identity: open(identity),
    issuer: open(issuer),
    ...(sourceRepository === undefined ? {} : { sourceRepository: open(sourceRepository) }),
  };
}

/** `sigstore.root_invalid`. */
export function readRoot(text: string): TrustedRoot {
  return parseTrustedRoot(new TextEncoder().encode(text));
}
