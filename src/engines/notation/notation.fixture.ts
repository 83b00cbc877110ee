// A policy, a store and a signature for tests of the engine.
import { names } from '../../formats/notation/attribute.ts';
import type { CertificateRequest } from '../../formats/notation/certificate.fixture.ts';
import { issueChain, nowMs } from '../../formats/notation/certificate.fixture.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { signWith } from '../../io/keys/sign.ts';
import { type NotationRequest, type NotationSignature, signNotation } from './sign.ts';
import { parseTrustPolicy, type TrustStatement } from './trust-policy.ts';
import { createTrustStore } from './trust-store.ts';
import { type NotationQuestion, type NotationVerdict, verifyNotation } from './verify.ts';

export const target = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf('an image'),
  sizeBytes: 8,
} as const;

/** The one statement of a policy with these members. */
export function statementOf(own: object = {}): TrustStatement {
  const statement = {
    name: 'own',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:own', 'signingAuthority:own'],
    trustedIdentities: ['x509.subject: C=DE, ST=Hamburg, O=Example'],
    ...own,
  };
  const policy = parseTrustPolicy(
    Buffer.from(JSON.stringify({ version: '1.0', trustPolicies: [statement] })),
  );
  return policy.statements[0] as TrustStatement;
}

type Sealed = Pick<NotationSignature, 'envelope' | 'mediaType'>;

export interface Signer {
  sign(own?: Partial<NotationRequest>): Promise<NotationSignature>;
  /** With the root in the stores; a strict statement unless another is given. */
  judge(signature: Sealed, own?: Partial<NotationQuestion>): NotationVerdict;
  /** What that judges. */
  question(signature: Sealed, own?: Partial<NotationQuestion>): NotationQuestion;
  readonly chain: NotationRequest['chain'];
}

/** Somebody with a certificate. */
export function createSigner(algorithm = 'ES256', extra: Partial<CertificateRequest> = {}): Signer {
  const { leaf, chain, root } = issueChain(algorithm, extra);
  const own = [root.certificate];
  const stores = [createTrustStore('ca', 'own', own), createTrustStore('signingAuthority', 'own', own)];
  const basic = { descriptor: target, key: signWith(leaf.key), chain, nowMs } as const;
  const question: Signer['question'] = ({ envelope, mediaType }, more) => ({
    envelope,
    mediaType,
    target,
    statement: statementOf(),
    stores,
    nowMs,
    ...more,
  });
  return {
    chain,
    question,
    sign: (more) => signNotation({ ...basic, scheme: 'notary.x509', format: 'jws', ...more }),
    judge: (signature, more) => verifyNotation(question(signature, more)),
  };
}

/** A JWS with a token beside its signature that nobody looked at, as a careless signer seals it in. */
export function withToken(
  { envelope, mediaType }: Sealed,
  give: (signature: Uint8Array) => Uint8Array,
): Sealed {
  const parts = JSON.parse(Buffer.from(envelope).toString());
  const token = give(Buffer.from(parts.signature, 'base64url'));
  const header = { ...parts.header, [names.timestamp]: Buffer.from(token).toString('base64') };
  return { mediaType, envelope: Buffer.from(JSON.stringify({ ...parts, header })) };
}

/** `aspect code outcome action` of each check that did not pass. */
export function objections({ checks }: NotationVerdict): readonly string[] {
  return checks
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ aspect, code, outcome, action }) => `${aspect} ${code} ${outcome} ${action}`);
}
