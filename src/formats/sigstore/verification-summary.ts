// The predicate of a SLSA verification summary (slsa.dev/spec/v1.1/verification_summary): who judged one artifact by
// which policy, when, and what came of it. What is said besides stands in one member of our own, since the
// specification knows only PASSED and FAILED; who does not know that member loses nothing of the result.
// No level of a build is claimed: a policy may ask for provenance, but nothing here has judged its builder.
import { formatInstant } from '../../kit/clock.ts';
import type { Json } from '../../kit/json.ts';

export const verificationSummaryType = 'https://slsa.dev/verification_summary/v1';

/** Where the details stand in the predicate. */
export const verdictMember = 'plimsoll_verdict';

export interface SummaryInput {
  readonly uri: string;
  /** Hex by algorithm. */
  readonly digest: Readonly<Record<string, string>>;
}

export interface VerificationSummary {
  /** URI of whoever judged, and its software by name. */
  readonly verifier: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  readonly verifiedAtMs: number;
  /** Where the artifact is, as a URI. */
  readonly resourceUri: string;
  readonly policy: SummaryInput;
  /** The attestations that were read. */
  readonly inputs: readonly SummaryInput[];
  readonly result: 'PASSED' | 'FAILED';
  /** Our own member. */
  readonly details: Json;
}

/** The predicate, as JSON. */
export function formatVerificationSummary(summary: VerificationSummary): Json {
  const { verifier, verifiedAtMs, resourceUri, policy, inputs, result, details } = summary;
  const shape = ({ uri, digest }: SummaryInput): Json => ({ uri, digest });
  return {
    verifier,
    timeVerified: formatInstant(verifiedAtMs),
    resourceUri,
    policy: shape(policy),
    ...(inputs.length === 0 ? {} : { inputAttestations: inputs.map(shape) }),
    verificationResult: result,
    verifiedLevels: [result === 'PASSED' ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : 'FAILED'],
    slsaVersion: '1.1',
    [verdictMember]: details,
  };
}
