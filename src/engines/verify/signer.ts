// Who signed: a key that was handed in, or a certificate with what its authority says of it.
import type { BundleSigner } from '../../formats/sigstore/bundle.ts';
import { type FulcioClaims, readFulcioClaims } from '../../formats/sigstore/fulcio-claims.ts';
import { type AlternativeName, type Certificate, parseCertificate } from '../../formats/x509/certificate.ts';
import { parsePublicKeyPem } from '../../formats/x509/pem.ts';
import { verifyErrors } from './errors.ts';
import { type PublicKey, readPublicKey, thumbprintOf } from './public-key.ts';

export interface TrustedKey {
  /** As messages call it. */
  readonly name: string;
  readonly key: PublicKey;
  /** When it may sign; without an end or a start, at any time. Judged by proven times, or now. */
  readonly from?: Date;
  readonly to?: Date;
}

export type Signer =
  | { readonly kind: 'key'; readonly name: string; readonly thumbprint: string }
  | {
      readonly kind: 'certificate';
      readonly thumbprint: string;
      readonly serial: string;
      readonly names: readonly AlternativeName[];
      readonly claims: FulcioClaims;
    };

/** `x509.pem_invalid`, `verify.key_invalid`. */
export function parseTrustedKey(pem: string, name: string): TrustedKey {
  return trustKey(parsePublicKeyPem(pem), name);
}

/** A key by its SubjectPublicKeyInfo, DER. `verify.key_invalid` */
export function trustKey(publicKey: Uint8Array, name: string): TrustedKey {
  const key = readPublicKey(publicKey);
  if (key === undefined) throw verifyErrors.key_invalid(`${name} is a kind of key that is not taken`);
  return { name, key };
}

export interface SignerParts {
  readonly signer: Signer;
  readonly key: PublicKey;
  readonly certificate?: Certificate;
  readonly others: readonly Certificate[];
  readonly trustedKey?: TrustedKey;
}

/** The parts of a certificate; the formats' own codes, and `verify.key_invalid`. */
export function readCertificateSigner({
  chain,
}: Extract<BundleSigner, { kind: 'certificate' }>): SignerParts {
  const [certificate, ...others] = chain.map(parseCertificate) as [Certificate, ...Certificate[]];
  const key = readPublicKey(certificate.publicKey);
  if (key === undefined)
    throw verifyErrors.key_invalid('the certificate is for a kind of key that is not taken');
  return {
    signer: {
      kind: 'certificate',
      thumbprint: thumbprintOf(key.der),
      serial: certificate.serial,
      names: certificate.names,
      claims: readFulcioClaims(certificate),
    },
    key,
    certificate,
    others,
  };
}

export function keySigner(trustedKey: TrustedKey): SignerParts {
  const { name, key } = trustedKey;
  return { signer: { kind: 'key', name, thumbprint: thumbprintOf(key.der) }, key, others: [], trustedKey };
}

/** What one signer is told from another by: the names of a certificate, since its key lives for minutes. */
export function signerIdentity(signer: Signer): string {
  if (signer.kind === 'key') return `key ${signer.thumbprint}`;
  return `${signer.claims.issuer ?? ''} ${signer.names.map(({ text }) => text).join(' ')} ${signer.claims.sourceRepository ?? ''}`;
}
