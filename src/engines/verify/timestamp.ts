// RFC 3161 timestamps of a signature: whether a timestamp authority that is trusted says, at a time for which it is
// trusted, that exactly these bytes were there. A token of an authority that nobody trusts is no proof and no fault;
// one of a trusted authority that does not hold is a fault.
import type { HashName } from '../../formats/sigstore/hash-name.ts';
import type { TrustedAuthority } from '../../formats/sigstore/trusted-root.ts';
import type { Certificate } from '../../formats/x509/certificate.ts';
import {
  parseTimestampToken,
  type TimestampToken,
  timestampContentType,
} from '../../formats/x509/timestamp-token.ts';
import { describeError } from '../../kit/error.ts';
import { findChain, purposes } from './chain.ts';
import { digestBytes, hashOfOid, isSameBytes, isSignedBy, readPublicKey } from './public-key.ts';

export type TimestampResult =
  | { readonly kind: 'proven'; readonly time: Date; readonly by: string }
  | { readonly kind: 'untrusted'; readonly why: string }
  | { readonly kind: 'wrong'; readonly why: string };

/** `stamped` is what the token must be of. */
export function judgeTimestamp(
  bytes: Uint8Array,
  stamped: Uint8Array,
  authorities: readonly TrustedAuthority[],
): TimestampResult {
  let token: TimestampToken;
  try {
    token = parseTimestampToken(bytes);
  } catch (cause) {
    return { kind: 'wrong', why: describeError(cause) };
  }
  const hash = hashOfOid(token.imprint.algorithm);
  if (hash === undefined || !isSameBytes(digestBytes(hash, stamped), token.imprint.hash))
    return { kind: 'wrong', why: 'a timestamp is of something else than this signature' };
  let why = 'a timestamp is from no authority of the trusted root';
  for (const authority of authorities) {
    const signer = findSigner(token, authority);
    if (signer === undefined) continue;
    const others = token.certificates.filter((one) => one !== signer);
    const chain = findChain({
      leaf: signer,
      others,
      authorities: [authority],
      time: token.time,
      purpose: purposes.timestamping,
    });
    if (chain.kind === 'refused') {
      why = `a timestamp cannot be believed: ${chain.why}`;
      continue;
    }
    const fault = judgeSignature(token, signer);
    if (fault !== undefined) return { kind: 'wrong', why: fault };
    return { kind: 'proven', time: token.time, by: authority.uri ?? 'a timestamp authority' };
  }
  return { kind: 'untrusted', why };
}

function findSigner(
  { signer, certificates }: TimestampToken,
  { chain }: TrustedAuthority,
): Certificate | undefined {
  return [...chain, ...certificates].find(({ issuer, serial, extensions }) => {
    if (signer.keyId === undefined)
      return signer.serial === serial && signer.issuer !== undefined && isSameBytes(signer.issuer, issuer);
    // OCTET STRING of the subject's key id: tag and length, then the id.
    const id = extensions.get('2.5.29.14')?.value.subarray(2);
    return id !== undefined && isSameBytes(id, signer.keyId);
  });
}

function judgeSignature(token: TimestampToken, signer: Certificate): string | undefined {
  const hash = hashOfOid(token.digestAlgorithm);
  const key = readPublicKey(signer.publicKey);
  if (hash === undefined || key === undefined) return 'a timestamp is signed in a way that is not known';
  if (signer.extensions.get('2.5.29.37')?.isCritical !== true)
    return 'a timestamp’s certificate does not say critically that it is for timestamps alone';
  // RFC 3161 §2.4.2: the content is no plain data, so the attributes must be there.
  const { signedAttributes, contentType, contentHash, certificateHash } = token;
  if (signedAttributes === undefined || contentHash === undefined || contentType !== timestampContentType)
    return 'a timestamp lacks its signed attributes';
  if (!isSameBytes(contentHash, digestBytes(hash, token.content))) return 'a timestamp’s content was changed';
  if (certificateHash !== undefined && !isNamed(certificateHash, signer))
    return 'a timestamp names another certificate than the one that signed it';
  const by: HashName | undefined =
    key.hash === undefined ? undefined : (hashOfOid(token.signatureAlgorithm) ?? hash);
  return isSignedBy(key, signedAttributes, token.signature, by)
    ? undefined
    : 'a timestamp’s signature does not hold';
}

function isNamed(
  { algorithm, hash }: NonNullable<TimestampToken['certificateHash']>,
  signer: Certificate,
): boolean {
  const name = hashOfOid(algorithm);
  // By SHA-1, as old tokens name it (RFC 3161 §2.4.2), it proves nothing; the issuer and serial were compared.
  return name === undefined || isSameBytes(hash, digestBytes(name, signer.raw));
}
