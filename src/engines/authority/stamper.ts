// The timestamp authority of an instance (RFC 3161): that a hash was there at a time, to the second, by the
// machine's clock. What cannot be stamped is answered with a refusal that names why, as the protocol has it.
import {
  algorithmOfKey,
  hashOfAlgorithm,
  type MessageHash,
  type SignatureAlgorithm,
} from '../../formats/x509/algorithm.ts';
import { parseTimestampRequest, type TimestampRequest } from '../../formats/x509/timestamp-request.ts';
import {
  formatSignedAttributes,
  formatTimeStatement,
  formatTimestampRefusal,
  formatTimestampResponse,
} from '../../formats/x509/timestamp-response.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { authorityErrors } from './errors.ts';
import { type CertifiedKey, checkCovered, createSerial, readCover, readOwnCertificate } from './issuer.ts';

/** The policy that Sigstore's timestamp authorities name: one second, SHA-2, a key for stamping alone. */
const POLICY = '1.3.6.1.4.1.57264.2';

export interface Stamper {
  /** Its own certificate first, the root last. */
  readonly chain: readonly Uint8Array[];
  /** TimeStampResp with the token. `authority.certificate_expired` */
  stamp(request: TimestampRequest): Promise<Uint8Array>;
  /** TimeStampResp to a foreign TimeStampReq: a token, or a refusal. Fails only where the authority itself does. */
  answer(request: Uint8Array): Promise<Uint8Array>;
}

/** `authority.key_mismatch`; `authority.key_unsuitable` of an Ed25519 key, which many readers of CMS do not know. */
export function createStamper(parts: {
  readonly authority: CertifiedKey;
  readonly clock: Clock;
  readonly random: Random;
}): Stamper {
  const { authority, clock, random } = parts;
  const { key, chain } = authority;
  const own = readOwnCertificate(authority);
  const cover = readCover(chain);
  const algorithm = algorithmOfKey(key.publicKey);
  const hash = stampHash(algorithm);

  async function stamp(request: TimestampRequest): Promise<Uint8Array> {
    const timeMs = clock.now();
    checkCovered(cover, timeMs, timeMs);
    const statement = formatTimeStatement({
      request,
      policy: POLICY,
      serial: createSerial(random),
      timeMs,
    });
    const attributes = formatSignedAttributes({ statement, hash, timeMs, certificate: own.der });
    const signature = await key.sign(attributes.signed, algorithm);
    return formatTimestampResponse({
      statement,
      attributes,
      hash,
      algorithm,
      signature,
      signer: own,
      certificates: request.wantsCertificate ? [own.der] : [],
    });
  }

  return Object.freeze<Stamper>({
    chain,
    stamp,
    async answer(bytes) {
      let request: TimestampRequest;
      try {
        request = parseTimestampRequest(bytes);
      } catch (cause) {
        if (!isPlimsollError(cause, { kind: 'invalid' })) throw cause;
        return formatTimestampRefusal('badDataFormat', describeError(cause));
      }
      if (request.policy !== undefined && request.policy !== POLICY)
        return formatTimestampRefusal(
          'unacceptedPolicy',
          `the policy here is ${POLICY}, not ${request.policy}`,
        );
      return stamp(request);
    },
  });
}

function stampHash(algorithm: SignatureAlgorithm): MessageHash {
  const hash = hashOfAlgorithm(algorithm);
  if (hash === undefined)
    throw authorityErrors.key_unsuitable('times are stamped with an ECDSA or RSA key, not with Ed25519');
  return hash;
}
