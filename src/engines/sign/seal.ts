// One statement about one manifest, signed, proven, verified at once by the same verifier that anybody else will use,
// and only then given out as what hangs on the manifest. What does not hold here would hold nowhere.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Bundle, parseBundle } from '../../formats/sigstore/bundle.ts';
import { formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { type Artifact, describeArtifact } from '../../io/images/artifact.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { SigningServices } from '../../io/sigstore/services.ts';
import type { Clock } from '../../kit/clock.ts';
import { sealStatement } from '../authority/seal-statement.ts';
import type { Check, CheckCode } from '../verify/check.ts';
import type { Expectations } from '../verify/expectation.ts';
import { signaturePredicateType } from '../verify/expectation.ts';
import { exactly } from '../verify/pattern.ts';
import { readPublicKey } from '../verify/public-key.ts';
import { readCertificateSigner } from '../verify/signer.ts';
import { type Verification, verifyBundle } from '../verify/verify-bundle.ts';
import { signErrors } from './errors.ts';

export interface ImageSigner {
  readonly key: SigningKey;
  /** DER, where an authority gave one; else whoever verifies must have the key. */
  readonly certificate?: Uint8Array;
  readonly services: Pick<SigningServices, 'logs' | 'stampers'>;
  /** What the services are believed by; none, where nothing but the signature can be verified at once. */
  readonly trustedRoot?: TrustedRoot;
  readonly clock: Clock;
}

export interface SealedStatement {
  readonly artifact: Artifact;
  readonly bundle: Bundle;
  /** What was found of it at once, none of it failed. */
  readonly verification: Verification;
}

/** `sign.unsound`, and what the key and the services throw. */
export async function sealFor(
  subject: Pick<Descriptor, 'mediaType' | 'digest' | 'sizeBytes'>,
  statement: StatementParts,
  signer: ImageSigner,
): Promise<SealedStatement> {
  const { services, clock } = signer;
  const sealed = await sealStatement(signer, statement, {
    logs: services.logs.map((log) => (envelope) => log.append(envelope)),
    stampers: services.stampers,
  });
  const bundle = parseBundle(sealed.bundle);
  const verification = verifyAtOnce(bundle, subject.digest, statement.predicateType, signer);
  const { manifest, blobs } = formatBundleReferrer({
    subject,
    bundle: sealed.bundle,
    predicateType: statement.predicateType,
    createdAtMs: clock.now(),
  });
  return { artifact: describeArtifact(manifest, blobs), bundle, verification };
}

/** What only a trusted root can say. */
const BY_ROOT: readonly CheckCode[] = ['chain', 'certificate-log', 'time', 'log'];

/** `sign.unsound`. Without a predicate type: a signature. */
export function verifyAtOnce(
  bundle: Bundle,
  digest: Descriptor['digest'],
  predicateType: string | undefined,
  signer: ImageSigner,
): Verification {
  const { trustedRoot, clock } = signer;
  const verification = verifyBundle({
    bundle,
    artifact: { digest },
    trustedRoots: trustedRoot === undefined ? [] : [trustedRoot],
    keys: trustedKeys(signer),
    expectations: expectationsOf(bundle, predicateType, trustedRoot !== undefined),
    now: new Date(clock.now()),
  });
  const wrong = verification.checks.find(
    (check) => check.outcome !== 'passed' && (trustedRoot !== undefined || !BY_ROOT.includes(check.code)),
  );
  if (wrong !== undefined)
    throw signErrors.unsound(`what was signed for ${digest} does not hold: ${describe(wrong)}`);
  return verification;
}

function describe({ code, sentence }: Check): string {
  return `${sentence.replace(/\.$/, '')} (${code})`;
}

function trustedKeys({ key, certificate }: ImageSigner) {
  const own = certificate === undefined ? readPublicKey(key.publicKey) : undefined;
  return own === undefined ? [] : [{ name: 'that signed', key: own }];
}

/** Every proof that was asked for must hold; who signed is whoever the certificate says: that is told, not asked. */
function expectationsOf(bundle: Bundle, predicateType: string | undefined, hasRoot: boolean): Expectations {
  const { logEntries, timestamps, signer } = bundle;
  const isStamped = timestamps.length > 0 || logEntries.some(({ promise }) => promise !== undefined);
  const asked: Expectations = {
    kind:
      predicateType === undefined || predicateType === signaturePredicateType ? 'signature' : [predicateType],
    logs: hasRoot ? new Set(logEntries.map(({ logId }) => Buffer.from(logId).toString('hex'))).size : 0,
    times: hasRoot && isStamped ? 1 : 0,
  };
  if (signer.kind === 'key') return asked;
  const read = readCertificateSigner(signer).signer;
  if (read.kind === 'key') return asked;
  const { names, claims } = read;
  const source = claims.sourceRepository;
  return {
    ...asked,
    ...(names[0] === undefined ? {} : { identity: exactly(names[0].text) }),
    ...(claims.issuer === undefined ? {} : { issuer: exactly(claims.issuer) }),
    ...(source === undefined ? {} : { sourceRepository: exactly(source) }),
  };
}
