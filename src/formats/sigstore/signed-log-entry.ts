// A log's entry as a bundle carries it (sigstore_rekor.proto TransparencyLogEntry), and what the entry itself says
// (Rekor's types hashedrekord, dsse and intoto, v1 and v2): which signature, by which key, over what.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { decodeBytes, type FieldReader, readFields } from './field.ts';
import { type HashName, readHashName } from './hash-name.ts';

export interface SignedLogEntry {
  /** Over all shards of the log. */
  readonly index: number;
  readonly logId: Uint8Array;
  /** Type and version, as `hashedrekord` `0.0.2`; absent in old signatures. */
  readonly kind?: { readonly name: string; readonly version: string };
  /** Seconds since 1970, as the log claims; Rekor v2 claims none. */
  readonly integratedSeconds?: number;
  /** Rekor v1's signed entry timestamp. */
  readonly promise?: Uint8Array;
  readonly proof?: {
    readonly index: number;
    readonly size: number;
    readonly root: Uint8Array;
    readonly path: readonly Uint8Array[];
    /** A signed note. The first signers of v0.1 left it out: then the promise alone proves. */
    readonly checkpoint?: string;
  };
  /** What the log hashed. */
  readonly body: Uint8Array;
}

/** `sigstore.bundle_invalid`, by the reader's own errors. */
export function readLogEntry(entry: FieldReader): SignedLogEntry {
  const index = entry.count('logIndex');
  const logId = entry.member('logId')?.bytes('keyId', 64);
  const kind = entry.member('kindVersion');
  const body = entry.bytes('canonicalizedBody', limits.logBodyBytes);
  const integratedSeconds = entry.count('integratedTime');
  const promise = entry.member('inclusionPromise')?.bytes('signedEntryTimestamp', limits.signatureBytes);
  const proof = entry.member('inclusionProof');
  if (logId === undefined || logId.byteLength === 0) throw entry.fail('logId', 'is missing');
  if (body === undefined || body.byteLength === 0) throw entry.fail('canonicalizedBody', 'is missing');
  if (kind === undefined) throw entry.fail('kindVersion', 'is missing');
  return {
    // Proto3 leaves out a zero.
    index: index ?? 0,
    logId,
    kind: { name: kind.text('kind', 100) ?? '', version: kind.text('version', 100) ?? '' },
    ...(integratedSeconds ? { integratedSeconds } : {}),
    ...(promise === undefined ? {} : { promise }),
    ...(proof === undefined ? {} : { proof: readProof(proof) }),
    body,
  };
}

function readProof(proof: FieldReader): NonNullable<SignedLogEntry['proof']> {
  const root = proof.bytes('rootHash', 32);
  const checkpoint = proof.member('checkpoint')?.text('envelope', limits.noteChars);
  if (root === undefined) throw proof.fail('rootHash', 'is missing');
  const hashes = proof.object.hashes ?? [];
  if (!Array.isArray(hashes) || hashes.length > limits.logProofHashes)
    throw proof.fail('hashes', `is not a list of at most ${limits.logProofHashes}`);
  const path = hashes.map((one: unknown) => {
    const hash = typeof one === 'string' && one.length <= 64 ? decodeBytes(one) : undefined;
    if (hash?.byteLength !== 32) throw proof.fail('hashes', 'has one that is no SHA-256');
    return hash;
  });
  return {
    index: proof.count('logIndex') ?? 0,
    size: proof.count('treeSize') ?? 0,
    root,
    path,
    ...(checkpoint ? { checkpoint } : {}),
  };
}

/** What an entry says was signed. */
export interface LogClaim {
  readonly name: string;
  readonly version: string;
  /** Which bytes `hash` is of: the signed message, a DSSE payload, or the envelope as it was handed in. */
  readonly of: 'message' | 'payload' | 'envelope';
  readonly algorithm: HashName;
  readonly hash: Uint8Array;
  /** Absent in intoto 0.0.1, which keeps none. */
  readonly signature?: Uint8Array;
  /** PEM or DER of the certificate or key that the log checked it with. */
  readonly verifier: Uint8Array;
}

/** `sigstore.bundle_invalid` where the body is of no known type. */
export function parseLogClaim(body: Uint8Array): LogClaim {
  const root = readFields(
    parseJson(decodeUtf8(body) ?? ''),
    'canonicalizedBody',
    sigstoreErrors.bundle_invalid,
  );
  const name = root.text('kind', 100) ?? '';
  const version = root.text('apiVersion', 100) ?? '';
  const spec = root.member('spec');
  const read = READERS[`${name} ${version}`];
  if (spec === undefined || read === undefined || !Object.hasOwn(READERS, `${name} ${version}`))
    throw root.fail('kind', `${JSON.stringify(`${name} ${version}`)} is no kind of entry that is read`);
  return { name, version, ...read(spec) };
}

type Claim = Omit<LogClaim, 'name' | 'version'>;

const READERS: Readonly<Record<string, (spec: FieldReader) => Claim>> = {
  'hashedrekord 0.0.1': (spec) => {
    const signature = must(spec, 'signature');
    return {
      of: 'message',
      ...readHash(must(must(spec, 'data'), 'hash')),
      signature: mustBytes(signature, 'content'),
      verifier: mustBytes(must(signature, 'publicKey'), 'content'),
    };
  },
  'hashedrekord 0.0.2': (spec) => {
    const inner = must(spec, 'hashedRekordV002');
    return {
      of: 'message',
      ...readHashV2(must(inner, 'data')),
      ...readSignatureV2(must(inner, 'signature')),
    };
  },
  'dsse 0.0.1': (spec) => {
    const signature = one(spec);
    return {
      of: 'payload',
      ...readHash(must(spec, 'payloadHash')),
      signature: mustBytes(signature, 'signature'),
      verifier: mustBytes(signature, 'verifier'),
    };
  },
  'dsse 0.0.2': (spec) => {
    const inner = must(spec, 'dsseV002');
    return { of: 'payload', ...readHashV2(must(inner, 'payloadHash')), ...readSignatureV2(one(inner)) };
  },
  'intoto 0.0.1': (spec) => ({
    of: 'envelope',
    ...readHash(must(must(spec, 'content'), 'hash')),
    verifier: mustBytes(spec, 'publicKey'),
  }),
  'intoto 0.0.2': (spec) => {
    const content = must(spec, 'content');
    const signature = one(must(content, 'envelope'));
    // Rekor keeps the signature as base64 of its base64.
    const twice = Buffer.from(mustBytes(signature, 'sig')).toString('latin1');
    const bytes = decodeBytes(twice);
    if (bytes === undefined) throw signature.fail('sig', 'is not base64 of base64');
    return {
      of: 'payload',
      ...readHash(must(content, 'payloadHash')),
      signature: bytes,
      verifier: mustBytes(signature, 'publicKey'),
    };
  },
};

function one(reader: FieldReader): FieldReader {
  const signatures = reader.list('signatures', limits.signatureProofs);
  const [first] = signatures;
  if (first === undefined || signatures.length !== 1) throw reader.fail('signatures', 'must be exactly one');
  return first;
}

function readHash(hash: FieldReader): Pick<Claim, 'algorithm' | 'hash'> {
  const algorithm = hash.text('algorithm', 20);
  const value = hash.text('value', 128) ?? '';
  if (algorithm !== 'sha256' && algorithm !== 'sha384' && algorithm !== 'sha512')
    throw hash.fail('algorithm', 'is not sha256, sha384 or sha512');
  if (!/^(?:[0-9a-f]{2})+$/.test(value)) throw hash.fail('value', 'is not hex');
  return { algorithm, hash: Buffer.from(value, 'hex') };
}

function readHashV2(hash: FieldReader): Pick<Claim, 'algorithm' | 'hash'> {
  return { algorithm: readHashName(hash, 'algorithm'), hash: mustBytes(hash, 'digest') };
}

function readSignatureV2(signature: FieldReader): Pick<Claim, 'signature' | 'verifier'> {
  const verifier = must(signature, 'verifier');
  const holder = verifier.member('x509Certificate') ?? must(verifier, 'publicKey');
  return { signature: mustBytes(signature, 'content'), verifier: mustBytes(holder, 'rawBytes') };
}

function must(reader: FieldReader, name: string): FieldReader {
  const found = reader.member(name);
  if (found === undefined) throw reader.fail(name, 'is missing');
  return found;
}

function mustBytes(reader: FieldReader, name: string): Uint8Array {
  const found = reader.bytes(name, limits.logBodyBytes);
  if (found === undefined || found.byteLength === 0) throw reader.fail(name, 'is missing');
  return found;
}
