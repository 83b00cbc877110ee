// Trusted roots v0.1 (sigstore_trustroot.proto): whose certificates, logs and timestamps are believed, each with
// its time. A start is obligatory: a missing bound would be read as "always", and nobody has said so.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { sigstoreErrors } from './errors.ts';
import { type FieldReader, readFields } from './field.ts';

/** Both inclusive; without an end it is still valid. */
export interface ValidTime {
  readonly from: Date;
  readonly to?: Date;
}

export interface TrustedAuthority {
  readonly uri?: string;
  /** The issuing one first, its root last. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly valid: ValidTime;
}

export interface TrustedLog {
  /** Its address; a checkpoint's origin is the same without `https://`. */
  readonly address: string;
  /** As entries name it. */
  readonly id: Uint8Array;
  /** As its checkpoints do: the first four bytes are the key's hint. */
  readonly checkpointId: Uint8Array;
  /** SubjectPublicKeyInfo, DER; of old RSA keys, PKCS #1. */
  readonly publicKey: Uint8Array;
  /** The name of protobuf-specs' PublicKeyDetails, as `PKIX_ED25519`. */
  readonly keyDetails: string;
  readonly valid: ValidTime;
}

export interface TrustedRoot {
  /** As whoever verifies calls it: what a policy means where it wants a signer believed by one root alone. */
  readonly name?: string;
  readonly certificateAuthorities: readonly TrustedAuthority[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
  readonly logs: readonly TrustedLog[];
  readonly certificateLogs: readonly TrustedLog[];
}

const MEDIA_TYPES: readonly (string | undefined)[] = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
];

/** `sigstore.root_invalid`. At most `limits.trustedRootBytes`. */
export function parseTrustedRoot(bytes: Uint8Array): TrustedRoot {
  if (bytes.byteLength > limits.trustedRootBytes)
    throw sigstoreErrors.root_invalid(`the trusted root is larger than ${limits.trustedRootBytes} bytes`);
  const root = readFields(parseJson(decodeUtf8(bytes) ?? ''), '', sigstoreErrors.root_invalid);
  if (!MEDIA_TYPES.includes(root.text('mediaType', 200)))
    throw root.fail('mediaType', `must be ${MEDIA_TYPES[0]}`);
  const list = (name: string): readonly FieldReader[] => root.list(name, limits.trustedRootMembers);
  return {
    certificateAuthorities: list('certificateAuthorities').map(readAuthority),
    timestampAuthorities: list('timestampAuthorities').map(readAuthority),
    logs: list('tlogs').map(readLog),
    certificateLogs: list('ctlogs').map(readLog),
  };
}

function readAuthority(authority: FieldReader): TrustedAuthority {
  const list = authority.member('certChain')?.list('certificates', limits.certificateChain) ?? [];
  const [first, ...rest] = list.map((one) => {
    try {
      return parseCertificate(one.bytes('rawBytes', limits.certificateBytes) ?? new Uint8Array(0));
    } catch (cause) {
      throw sigstoreErrors.root_invalid(one.fail('rawBytes', 'is not a certificate').message, { cause });
    }
  });
  if (first === undefined) throw authority.fail('certChain', 'is missing or empty');
  const uri = authority.text('uri', limits.uriChars);
  return { ...(uri === undefined ? {} : { uri }), chain: [first, ...rest], valid: readTime(authority) };
}

function readLog(log: FieldReader): TrustedLog {
  const key = log.member('publicKey');
  const publicKey = key?.bytes('rawBytes', limits.certificateBytes);
  const id = log.member('logId')?.bytes('keyId', 64);
  if (key === undefined || publicKey === undefined) throw log.fail('publicKey', 'is missing');
  if (id === undefined || id.byteLength < 4) throw log.fail('logId', 'is missing');
  return {
    address: log.text('baseUrl', limits.uriChars) ?? '',
    id,
    checkpointId: log.member('checkpointKeyId')?.bytes('keyId', 64) ?? id,
    publicKey,
    keyDetails: key.text('keyDetails', 100) ?? '',
    valid: readTime(key),
  };
}

function readTime(holder: FieldReader): ValidTime {
  const valid = holder.member('validFor');
  const from = valid?.time('start');
  if (valid === undefined || from === undefined)
    throw holder.fail('validFor.start', 'is missing: without it nobody has said since when this is trusted');
  const to = valid.time('end');
  return { from, ...(to === undefined ? {} : { to }) };
}

export function isWithin({ from, to }: ValidTime, time: Date): boolean {
  return from <= time && (to === undefined || time <= to);
}
