// The four kinds of certificates that an instance makes, as the extensions that each must have: root, authority
// below it, short-lived signer (Fulcio's profile) and timestamp signer (RFC 3161 §2.3).
import {
  authorityConstraints,
  authorityKeyId,
  type Extension,
  extendedKeyUsage,
  keyUsage,
  type purposes,
  type SubjectName,
  subjectAltName,
  subjectKeyId,
} from './extension.ts';
import { type FulcioClaims, formatFulcioClaims } from './fulcio.ts';

interface Keys {
  /** SubjectPublicKeyInfo, of the certificate's own key and its issuer's. */
  readonly publicKey: Uint8Array;
  readonly issuerKey: Uint8Array;
}

/** A self-signed root: one authority may stand below it. */
export function rootExtensions(publicKey: Uint8Array): readonly Extension[] {
  return [authorityConstraints(1), keyUsage('certify'), subjectKeyId(publicKey)];
}

/** A root's key in the word of the root before it. It certifies no authority: no chain leads through it. */
export function endorsedRootExtensions(keys: Keys): readonly Extension[] {
  return [
    authorityConstraints(0),
    keyUsage('certify'),
    subjectKeyId(keys.publicKey),
    authorityKeyId(keys.issuerKey),
  ];
}

/** An authority below the root that issues leaves for one purpose and nothing else. */
export function intermediateExtensions(keys: Keys, purpose: keyof typeof purposes): readonly Extension[] {
  const usage = extendedKeyUsage(purpose);
  return [
    authorityConstraints(0),
    keyUsage('certify'),
    // Only of a leaf must it be critical; of an authority it narrows what is below, and older readers refuse it.
    { ...usage, critical: false },
    subjectKeyId(keys.publicKey),
    authorityKeyId(keys.issuerKey),
  ];
}

/** Who signs for minutes: its subject must be empty. The SCT list is appended behind these. */
export function signerExtensions(
  keys: Keys,
  subject: SubjectName,
  claims: FulcioClaims,
): readonly Extension[] {
  return [
    keyUsage('sign'),
    extendedKeyUsage('codeSigning'),
    subjectKeyId(keys.publicKey),
    authorityKeyId(keys.issuerKey),
    subjectAltName(subject),
    ...formatFulcioClaims(claims),
  ];
}

/** Who stamps times, and nothing else. */
export function timestampExtensions(keys: Keys): readonly Extension[] {
  return [
    keyUsage('sign'),
    extendedKeyUsage('timeStamping'),
    subjectKeyId(keys.publicKey),
    authorityKeyId(keys.issuerKey),
  ];
}
