// The kinds of certificates that an instance makes, as the extensions that each must have: root, authority below it,
// short-lived signer (Fulcio's profile) and timestamp signer (RFC 3161 §2.3); and those of its parts, which stand
// below an authority of their own (X509-SVID §3 and §4).
import {
  authorityConstraints,
  authorityKeyId,
  type Extension,
  extendedKeyUsage,
  keyUsage,
  noAuthority,
  type purposes,
  type SubjectName,
  subjectAltName,
  subjectKeyId,
  type WorkloadNames,
  workloadAltName,
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

/** The authority of an instance's parts, signed by itself: leaves alone stand below it. */
export function workloadRootExtensions(publicKey: Uint8Array, uri: string): readonly Extension[] {
  return [authorityConstraints(0), keyUsage('certify'), subjectKeyId(publicKey), workloadAltName({ uri })];
}

/** A process, as client and as server of mutual TLS: one URI, no authority. */
export function workloadExtensions(keys: Keys, names: WorkloadNames): readonly Extension[] {
  return [
    noAuthority(),
    keyUsage('sign'),
    extendedKeyUsage('serverAuth', 'clientAuth'),
    subjectKeyId(keys.publicKey),
    authorityKeyId(keys.issuerKey),
    workloadAltName(names),
  ];
}
