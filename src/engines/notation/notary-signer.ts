// Who made a Notary Project signature, as revocations name signers: by key, certificate or name. Read, not judged: what
// is said of nobody in particular is compared with it, and nothing is believed for it.
import { parseCertificate } from '../../formats/notation/certificate.ts';
import { parseEnvelope } from '../../formats/notation/envelope.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { hashHex } from '../../kit/hash.ts';
import type { Signer } from '../verify/signer.ts';

/** Undefined of what cannot be read, which proves nothing. */
export function readNotarySigner(envelope: Uint8Array, mediaType: string): Signer | undefined {
  try {
    const [own = new Uint8Array()] = parseEnvelope(envelope, mediaType).chain;
    const { publicKey, serial, subjectText } = parseCertificate(own, 'the signing certificate');
    return {
      kind: 'certificate',
      thumbprint: hashHex('sha256', publicKey.export({ type: 'spki', format: 'der' })),
      serial: serial.replace(/^0+(?=.)/, ''),
      names: [{ kind: 'other', text: subjectText }],
      claims: {},
    };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return undefined;
  }
}
