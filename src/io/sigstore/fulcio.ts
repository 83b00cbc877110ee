// A client of Fulcio's protocol, version 2 (sigstore/fulcio fulcio.proto, `POST /api/v2/signingCert`): a certificate of
// minutes for a key, for the identity that a token proves. That the certificate is for this key is checked at once.
import { X509Certificate } from 'node:crypto';
import { algorithmOfKey, type SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { parsePem } from '../../formats/x509/pem.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import type { SigningKey } from '../keys/signing-key.ts';
import { signingErrors } from './errors.ts';
import { askService, refusalOf, type ServiceDeps } from './exchange.ts';
import { readIdentityToken } from './identity-token.ts';

const NAMES: Readonly<Record<SignatureAlgorithm, string>> = {
  'ecdsa-p256-sha256': 'ECDSA',
  'ecdsa-p384-sha384': 'ECDSA',
  'rsa-pkcs1-sha256': 'RSA_PSS',
  ed25519: 'ED25519',
};

/** DER of the certificate; its chain is the trusted root's affair. Codes: `SigningServices.certify`. */
export async function requestCertificate(
  deps: ServiceDeps,
  url: string,
  { key, token }: { readonly key: SigningKey; readonly token: string },
): Promise<Uint8Array> {
  const algorithm = algorithmOfKey(key.publicKey);
  const { subject } = readIdentityToken(token);
  const proof = await key.sign(Buffer.from(subject), algorithm);
  const answer = await askService(deps, {
    url: new URL(`${url}/api/v2/signingCert`),
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      publicKeyRequest: {
        publicKey: { algorithm: NAMES[algorithm], content: formatKeyPem(key.publicKey) },
        proofOfPossession: Buffer.from(proof).toString('base64'),
      },
    }),
  });
  if (answer.status >= 400 && answer.status < 500)
    throw signingErrors.identity_refused(
      `the certificate authority ${url} gives no certificate for ${subject}: ${refusalOf(answer)}`,
    );
  if (answer.status !== 200 && answer.status !== 201)
    throw signingErrors.service_failed(`the certificate authority ${url}: ${refusalOf(answer)}`);
  return readCertificate(answer.bytes, url, key);
}

function readCertificate(bytes: Uint8Array, url: string, { publicKey }: SigningKey): Uint8Array {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const embedded = isJsonObject(value) ? value.signedCertificateEmbeddedSct : undefined;
  const chain = isJsonObject(embedded) ? embedded.chain : undefined;
  const list: Json | undefined = isJsonObject(chain) ? chain.certificates : undefined;
  const [pem] = Array.isArray(list) ? list : [];
  try {
    const [der] = parsePem(typeof pem === 'string' ? pem : '', 'CERTIFICATE');
    const own = new X509Certificate(der as Uint8Array).publicKey.export({ format: 'der', type: 'spki' });
    if (Buffer.compare(own, publicKey) === 0) return der as Uint8Array;
  } catch (cause) {
    throw signingErrors.answer_invalid(`${url} answered without a certificate that holds its own SCT`, {
      cause,
    });
  }
  throw signingErrors.answer_invalid(`the certificate of ${url} is for another key than the one that asked`);
}

function formatKeyPem(publicKey: Uint8Array): string {
  const lines =
    Buffer.from(publicKey)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
