// A question to an OCSP responder about one certificate (RFC 6960 §4.1), unsigned and without a nonce: what makes an
// answer too old is the time it says. By SHA-1, which names the issuer and proves nothing: responders of several
// public authorities know no other (RFC 5019 §2.1.1).
import { hash } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { parseAsn1, readBits } from './asn1.ts';
import { type Certificate, serialBytesOf } from './certificate.ts';
import { type Der, derInteger, derNull, derOctets, derOid, derSequence } from './der.ts';
import { x509Errors } from './errors.ts';

const SHA1 = '1.3.14.3.2.26';

/** OCSPRequest, DER. `x509.certificate_invalid` where the issuer's key is not readable. */
export function formatOcspRequest(certificate: Certificate, issuer: Certificate): Der {
  const certificateId = derSequence(
    derSequence(derOid(SHA1), derNull()),
    derOctets(hash('sha1', issuer.subject, 'buffer')),
    derOctets(hash('sha1', keyBitsOf(issuer), 'buffer')),
    derInteger(serialBytesOf(certificate)),
  );
  return derSequence(derSequence(derSequence(derSequence(certificateId))));
}

/** The bits of a certificate's key, without what says of which kind it is: what OCSP names keys by. */
export function keyBitsOf({ publicKey }: Certificate): Uint8Array {
  const bits = readBits(
    parseAsn1(publicKey, x509Errors.certificate_invalid, limits.certificateBytes).children[1],
  );
  if (bits === undefined) throw x509Errors.certificate_invalid('a certificate’s key is not a string of bits');
  return bits;
}
