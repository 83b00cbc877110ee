// Statements that lie unsigned in an attestation manifest whose digest was signed (docker/github-builder): the
// signature is of the manifest, the manifest names the statement by its digest, the statement names the platform.
// Each step is a check; the signature of the manifest's digest is `verifyBundle`'s.
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { parseSignedStatement } from '../../formats/sigstore/statement.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Check, failed, passed } from './check.ts';

export interface AttestationManifestQuestion {
  /** The manifest whose digest the bundle signs. */
  readonly manifest: { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array };
  /** One of its layers. */
  readonly statement: Uint8Array;
  /** What the statement must be about: a platform's manifest, never the index. */
  readonly platform: Digest;
  readonly predicateTypes: readonly string[];
}

/** Three checks: that the manifest holds this statement, what it is about, and of which kind it is. */
export function checkAttestationManifest(question: AttestationManifestQuestion): readonly Check[] {
  return [checkHolds(question), ...checkStatement(question)];
}

function checkHolds({ manifest, statement, platform }: AttestationManifestQuestion): Check {
  const code = 'attestation-manifest';
  if (digestOf(manifest.bytes) !== manifest.digest)
    return failed(code, `The bytes that came are not those of ${manifest.digest}.`);
  try {
    const read = parseManifest(manifest.bytes, manifest.mediaType);
    if (read.kind !== 'image')
      return failed(code, `${manifest.digest} is an index, not an attestation manifest.`);
    if (read.subject !== undefined && read.subject.digest !== platform)
      return failed(code, `It is attached to ${read.subject.digest}, not to ${platform}.`);
    const own = digestOf(statement);
    return read.layers.some(({ digest }) => digest === own)
      ? passed(code, `The attestation manifest ${manifest.digest} holds the statement ${own}.`)
      : failed(code, `The attestation manifest ${manifest.digest} does not hold the statement ${own}.`);
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return failed(code, `The attestation manifest cannot be read: ${cause.message}.`);
  }
}

function checkStatement({
  statement,
  platform,
  predicateTypes,
}: AttestationManifestQuestion): readonly Check[] {
  try {
    const { subjects, predicateType } = parseSignedStatement(statement);
    const about = subjects.flatMap(({ digests }) => [...digests].map(([name, hex]) => `${name}:${hex}`));
    return [
      about.includes(platform)
        ? passed('subject', `It is about ${platform}.`)
        : failed('subject', `It is about ${about.slice(0, 5).join(', ')}, not about ${platform}.`),
      predicateTypes.includes(predicateType)
        ? passed('predicate-type', `It is a statement of type ${predicateType}.`)
        : failed(
            'predicate-type',
            `It is a statement of type ${predicateType}, not ${predicateTypes.join(' or ')}.`,
          ),
    ];
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return [failed('subject', `The statement cannot be read: ${cause.message}.`)];
  }
}
