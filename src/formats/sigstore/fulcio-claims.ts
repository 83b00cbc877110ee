// Fulcio's extensions of a certificate (sigstore/fulcio docs/oid-info.md, 1.3.6.1.4.1.57264.1.*): what the
// authority saw in the identity token. Numbers up to 6 are bare text, from 8 on DER UTF8String.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { asn1Tags, parseAsn1 } from '../x509/asn1.ts';
import type { Certificate } from '../x509/certificate.ts';
import { sigstoreErrors } from './errors.ts';

/** Absent where the certificate does not say. */
export type FulcioClaims = { readonly [K in keyof typeof fulcioOids]?: string };

const ARC = '1.3.6.1.4.1.57264.1';

/** Each claim by its number; the older spelling is read where the newer is absent. */
export const fulcioOids = Object.freeze({
  issuer: [8, 1],
  buildTrigger: [20, 2],
  buildSignerUri: [9],
  buildSignerDigest: [10],
  runnerEnvironment: [11],
  sourceRepository: [12],
  sourceDigest: [13, 3],
  sourceRef: [14, 6],
  sourceRepositoryId: [15],
  sourceOwner: [16],
  sourceOwnerId: [17],
  buildConfigUri: [18],
  buildConfigDigest: [19],
  runUri: [21],
  sourceVisibility: [22],
  deploymentEnvironment: [23],
  /** GitHub's alone: the workflow's name, and `owner/name`. */
  workflowName: [4],
  workflowRepository: [5],
} as const);

/** `sigstore.certificate_unreadable` where one of them is not a text. */
export function readFulcioClaims({ extensions }: Pick<Certificate, 'extensions'>): FulcioClaims {
  const claims: Record<string, string> = {};
  for (const [name, numbers] of Object.entries(fulcioOids)) {
    const number = numbers.find((one) => extensions.has(`${ARC}.${one}`));
    const extension = number === undefined ? undefined : extensions.get(`${ARC}.${number}`);
    if (number === undefined || extension === undefined) continue;
    const text = decodeUtf8(number >= 8 ? open(extension.value, name) : extension.value);
    if (text === undefined || text.length > limits.uriChars) throw refuse(name);
    claims[name] = text;
  }
  return claims;
}

function open(value: Uint8Array, name: string): Uint8Array {
  const node = parseAsn1(value, sigstoreErrors.certificate_unreadable, limits.certificateBytes);
  if (node.tag !== asn1Tags.utf8) throw refuse(name);
  return node.content;
}

function refuse(name: string): Error {
  return sigstoreErrors.certificate_unreadable(`the certificate's ${name} is not a text`);
}
