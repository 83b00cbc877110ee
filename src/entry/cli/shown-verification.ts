// The answer of `verify`: what was asked for, each check of each signature, what is proved and what is not. The members
// are those of `--format json`; times are RFC 3339. No one word stands for all of it.

import type { BuildRecord } from '../../engines/attest/build-record.ts';
import type { ProvenanceComparison } from '../../engines/attest/compare-provenance.ts';
import type { Check, CheckCode, Outcome } from '../../engines/verify/check.ts';
import type { FoundBundle } from '../../engines/verify/find-signed.ts';
import type { TriedBundle, TrustDemand } from '../../engines/verify/judge-trust.ts';
import type { Signer } from '../../engines/verify/signer.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { Unknown } from '../../io/images/files.ts';
import { formatInstant } from '../../kit/clock.ts';

/** A check that somebody turned off, and by which flag. */
export interface Skipped {
  readonly code: CheckCode;
  readonly flag: string;
  readonly sentence: string;
}

export interface ShownSigner {
  readonly kind: 'certificate' | 'key';
  /** The certificate's name, or what the key is called. */
  readonly name: string;
  readonly issuer?: string;
  readonly sourceRepository?: string;
  readonly sourceRef?: string;
  readonly sourceCommit?: string;
  readonly builder?: string;
  readonly runner?: string;
  /** SHA-256 of its public key, hex. */
  readonly thumbprint: string;
  readonly serial?: string;
}

export interface ShownSignature {
  readonly outcome: Outcome;
  /** To be believed only where the outcome is `passed`. */
  readonly signer?: ShownSigner;
  readonly signedAt?: string;
  readonly predicateType?: string;
  /** The digest that it was to be about. */
  readonly subject: string;
  /** The manifest that it lies in, and how that hangs on the image. */
  readonly manifest?: string;
  readonly via?: FoundBundle['via'];
  readonly form: Bundle['version'];
  readonly checks: readonly Check[];
}

export interface ShownDemand {
  readonly kind: TrustDemand['kind'];
  readonly predicateType?: string;
  readonly outcome: Outcome;
  readonly code: CheckCode;
  readonly sentence: string;
  readonly signatures: readonly ShownSignature[];
}

export interface ShownProvenance extends BuildRecord {
  readonly signedBy: string;
  readonly signedAt?: string;
  readonly subject: string;
}

export interface ShownVerification {
  readonly image: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly tag?: string;
  readonly platform?: { readonly name?: string; readonly digest: string };
  readonly verifiedAt: string;
  /** `unsigned` where nothing hangs on it that is signed. */
  readonly outcome: Outcome | 'unsigned';
  /** Of the trust policy, or `the command line`. */
  readonly policy: string;
  readonly trustedRoots: readonly string[];
  readonly proved: readonly string[];
  readonly notProved: readonly string[];
  readonly demands: readonly ShownDemand[];
  readonly skipped: readonly Skipped[];
  /** How many revocations were proved and looked at. */
  readonly revocations: number;
  readonly unknowns: readonly Unknown[];
  /** What to do next, with lines to run. */
  readonly hints: readonly string[];
  readonly provenance?: readonly ShownProvenance[];
  readonly comparison?: ProvenanceComparison & { readonly previous: string };
}

/** `places` says of each bundle where it was found. */
export function showDemand(demand: TrustDemand, places: ReadonlyMap<Bundle, FoundBundle>): ShownDemand {
  const { kind, predicateType, check, tried } = demand;
  return {
    kind,
    ...(predicateType === undefined ? {} : { predicateType }),
    outcome: check.outcome,
    code: check.code,
    sentence: check.sentence,
    signatures: tried.map((one) => showSignature(one, places)),
  };
}

function showSignature(tried: TriedBundle, places: ReadonlyMap<Bundle, FoundBundle>): ShownSignature {
  const { outcome, signer, signedAt, statement, subject, bundle, checks } = tried;
  const place = places.get(bundle);
  return {
    outcome,
    ...(signer === undefined ? {} : { signer: showSigner(signer) }),
    ...(signedAt === undefined ? {} : { signedAt: formatInstant(signedAt.getTime()) }),
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
    subject,
    ...(place === undefined ? {} : { manifest: place.digest, via: place.via }),
    form: bundle.version,
    checks,
  };
}

export function showSigner(signer: Signer): ShownSigner {
  const { kind, thumbprint } = signer;
  if (kind === 'key') return { kind, name: signer.name, thumbprint };
  const { claims, names, serial } = signer;
  const said = {
    issuer: claims.issuer,
    sourceRepository: claims.sourceRepository ?? claims.workflowRepository,
    sourceRef: claims.sourceRef,
    sourceCommit: claims.sourceDigest,
    builder: claims.buildSignerUri,
    runner: claims.runnerEnvironment,
  };
  const known = Object.entries(said).filter(([, text]) => text !== undefined);
  const name = names.map(({ text }) => text).join(', ') || 'nobody with a name';
  return { kind, name, ...Object.fromEntries(known), thumbprint, serial };
}
