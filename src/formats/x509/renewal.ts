// The file that travels to whoever keeps an instance's root key, and back: keys of the instance that want a
// certificate below that root, and, once they were certified, their certificates; where the root itself is to be
// another one, that too. What the file says proves nothing: who certifies compares the keys, and who takes it back
// checks each certificate.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { x509Errors } from './errors.ts';

const MEDIA_TYPE = 'application/vnd.plimsoll.renewal.v1+json';
const ROLES = ['issuing', 'stamping'] as const;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export type RenewedRole = (typeof ROLES)[number];

export interface RenewalRequest {
  readonly id: string;
  readonly role: RenewedRole;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER; absent until it was certified. */
  readonly certificate?: Uint8Array;
}

/** A root that is to take the place of the one that holds; its members are absent until it was made. */
export interface NewRoot {
  /** Signed by itself, DER. */
  readonly certificate?: Uint8Array;
  /** Where its key is, for whoever certifies the next time. */
  readonly reference?: string;
  /** Its name and key, certified by the former root's key (RFC 4210 §4.4.1); absent where that key is lost. */
  readonly endorsement?: Uint8Array;
}

export interface Renewal {
  /** Who runs the instance, as its certificates name it. */
  readonly organization: string;
  /** The root's certificate, DER. */
  readonly root: Uint8Array;
  /** What opens the root's key in the folder that was carried away, as `file:root-1f2e3d4c.pem`. */
  readonly rootReference: string;
  /** One for each role at most. */
  readonly requests: readonly RenewalRequest[];
  /** Absent where the root stays. */
  readonly newRoot?: NewRoot;
}

/** `x509.renewal_invalid`; at most `limits.renewalBytes`. */
export function parseRenewal(bytes: Uint8Array): Renewal {
  if (bytes.byteLength > limits.renewalBytes)
    throw x509Errors.renewal_invalid(`the file has more than ${limits.renewalBytes} bytes`);
  return readRenewal(parseJson(decodeUtf8(bytes) ?? ''));
}

/** The same of a value of JSON. */
export function readRenewal(value: Json | undefined): Renewal {
  if (!isJsonObject(value) || value.mediaType !== MEDIA_TYPE)
    throw x509Errors.renewal_invalid(`it is not a renewal: "mediaType" must be ${MEDIA_TYPE}`);
  const { requests } = value;
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > ROLES.length)
    throw x509Errors.renewal_invalid(`"requests" must be a list of 1 to ${ROLES.length}`);
  const read = requests.map(readRequest);
  if (new Set(read.map(({ role }) => role)).size < read.length)
    throw x509Errors.renewal_invalid('"requests" names one role twice');
  return {
    organization: text(value.organization, 'organization'),
    root: binary(value.root, 'root'),
    rootReference: text(value.rootReference, 'rootReference'),
    requests: read,
    ...(value.newRoot === undefined ? {} : { newRoot: readNewRoot(value.newRoot) }),
  };
}

function readNewRoot(value: Json): NewRoot {
  if (!isJsonObject(value)) throw x509Errors.renewal_invalid('"newRoot" must be an object');
  const { certificate, reference, endorsement } = value;
  if (certificate === undefined) return {};
  return {
    certificate: binary(certificate, 'certificate'),
    reference: text(reference, 'reference'),
    ...(endorsement === undefined ? {} : { endorsement: binary(endorsement, 'endorsement') }),
  };
}

/** UTF-8 JSON. */
export function formatRenewal(renewal: Renewal): Uint8Array {
  return Buffer.from(`${JSON.stringify(renewalJson(renewal), undefined, 2)}\n`);
}

export function renewalJson({ organization, root, rootReference, requests, newRoot }: Renewal) {
  return {
    mediaType: MEDIA_TYPE,
    organization,
    root: base64(root),
    rootReference,
    requests: requests.map(({ id, role, publicKey, certificate }) => ({
      ...{ id, role, publicKey: base64(publicKey) },
      ...(certificate === undefined ? {} : { certificate: base64(certificate) }),
    })),
    ...(newRoot === undefined ? {} : { newRoot: newRootJson(newRoot) }),
  };
}

function newRootJson({ certificate, reference, endorsement }: NewRoot) {
  return {
    ...(certificate === undefined ? {} : { certificate: base64(certificate) }),
    ...(reference === undefined ? {} : { reference }),
    ...(endorsement === undefined ? {} : { endorsement: base64(endorsement) }),
  };
}

function readRequest(value: Json): RenewalRequest {
  if (!isJsonObject(value)) throw x509Errors.renewal_invalid('a request must be an object');
  const role = ROLES.find((one) => one === value.role);
  if (role === undefined)
    throw x509Errors.renewal_invalid(`"role" of a request must be one of ${ROLES.join(', ')}`);
  return {
    id: text(value.id, 'id'),
    role,
    publicKey: binary(value.publicKey, 'publicKey'),
    ...(value.certificate === undefined ? {} : { certificate: binary(value.certificate, 'certificate') }),
  };
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 300) return value;
  throw x509Errors.renewal_invalid(`"${name}" must be a text of 1 to 300 characters`);
}

function binary(value: Json | undefined, name: string): Uint8Array {
  if (typeof value === 'string' && value.length > 0 && BASE64.test(value))
    return Buffer.from(value, 'base64');
  throw x509Errors.renewal_invalid(`"${name}" must be base64`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
