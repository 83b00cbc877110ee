// What a signer has signed before, so that doing the same again signs nothing twice. Only what holds counts: a bundle
// that somebody else hung there under the signer's name keeps nobody from signing.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import { type Expectations, signaturePredicateType } from '../verify/expectation.ts';
import { exactly } from '../verify/pattern.ts';
import { readPublicKey, thumbprintOf } from '../verify/public-key.ts';
import { readCertificateSigner, type Signer } from '../verify/signer.ts';
import { verifyBundle } from '../verify/verify-bundle.ts';
import type { ImageSigner } from './seal.ts';

/** Who signs, as whoever verifies will see it. What the certificate’s parts throw. */
export function describeSigner({ key, certificate }: ImageSigner): Signer {
  if (certificate !== undefined)
    return readCertificateSigner({ kind: 'certificate', chain: [certificate] }).signer;
  const read = readPublicKey(key.publicKey);
  const thumbprint = thumbprintOf(read === undefined ? Buffer.from(key.publicKey) : read.der);
  return { kind: 'key', name: 'that signed', thumbprint };
}

/**
 * Statements of this predicate type about the digest that this signer signed, proven as much as a new one would be.
 * None for an identity without a trusted root: nothing tells its bundles from anybody's.
 */
export function listSignedBefore(
  bundles: readonly Bundle[],
  digest: Digest,
  predicateType: string,
  signer: ImageSigner,
): readonly SignedStatement[] {
  const { trustedRoot, clock, services, key, certificate } = signer;
  const own = readPublicKey(key.publicKey);
  if (certificate !== undefined && trustedRoot === undefined) return [];
  const expectations: Expectations = {
    kind: predicateType === signaturePredicateType ? 'signature' : [predicateType],
    logs: trustedRoot === undefined ? 0 : Math.min(1, services.logs.length),
    times: trustedRoot === undefined ? 0 : Math.min(1, services.stampers.length),
    ...expectedOf(describeSigner(signer)),
  };
  return bundles.flatMap((bundle) => {
    // A key says nothing of a certificate's bundle, and the other way round.
    if ((bundle.signer.kind === 'key') !== (certificate === undefined)) return [];
    const { outcome, statement } = verifyBundle({
      bundle,
      artifact: { digest },
      trustedRoots: trustedRoot === undefined ? [] : [trustedRoot],
      keys: own === undefined ? [] : [{ name: 'that signed', key: own }],
      expectations,
      now: new Date(clock.now()),
    });
    return outcome === 'passed' && statement !== undefined ? [statement] : [];
  });
}

function expectedOf(signer: Signer): Partial<Expectations> {
  if (signer.kind === 'key') return {};
  const { names, claims } = signer;
  const source = claims.sourceRepository;
  return {
    ...(names[0] === undefined ? {} : { identity: exactly(names[0].text) }),
    ...(claims.issuer === undefined ? {} : { issuer: exactly(claims.issuer) }),
    ...(source === undefined ? {} : { sourceRepository: exactly(source) }),
  };
}
