// Statements that lie unsigned in an attestation manifest, whose digest somebody signed (docker/github-builder signs
// so). The chain is: the signature is of the manifest, the manifest holds the statement, the statement names the
// image. A signature that does not hold makes the statement nobody's.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import { parseSignedStatement, type SignedStatement } from '../../formats/sigstore/statement.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { checkAttestationManifest } from './attestation-manifest.ts';
import { type Check, judgeChecks, passed } from './check.ts';
import type { Verification } from './verify-bundle.ts';

export interface AttestedManifest {
  readonly manifest: { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array };
  /** Its layers that are in-toto statements, as they are. */
  readonly statements: readonly Uint8Array[];
  /** What signs the manifest's digest. */
  readonly bundles: readonly Bundle[];
  /** The image that the statements are to be about. */
  readonly image: Digest;
}

/** The signature's own checks and those of the statement, as one answer; `signature` is of the manifest's digest. */
export function joinAttested(
  { manifest, image }: AttestedManifest,
  statement: Uint8Array,
  signature: Verification,
  predicateTypes: readonly string[],
): Verification {
  const question = { manifest, statement, platform: image, predicateTypes };
  const checks = [...signature.checks.map(sayOfManifest), ...checkAttestationManifest(question)];
  const read = readStatement(statement);
  const { statement: _signed, ...rest } = signature;
  return {
    ...rest,
    checks,
    outcome: judgeChecks(checks),
    ...(read === undefined ? {} : { statement: read }),
  };
}

/** What the signature was found to be is about the manifest, and not about the image that is asked about. */
function sayOfManifest(check: Check): Check {
  if (check.outcome !== 'passed') return check;
  if (check.code === 'subject') return passed('subject', 'The signature is of the attestation manifest.');
  if (check.code === 'predicate-type')
    return passed('predicate-type', 'It signs that manifest, and says nothing else.');
  return check;
}

/** Undefined where it cannot be read: the checks say why. */
function readStatement(bytes: Uint8Array): SignedStatement | undefined {
  try {
    return parseSignedStatement(bytes);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return undefined;
  }
}
