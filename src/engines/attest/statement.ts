// in-toto statements, v0.1 and v1 (in-toto/attestation spec/v1/statement.md), as they lie beside images: bare
// (BuildKit), in a DSSE envelope (secure-systems-lab/dsse envelope.md), or in a Sigstore bundle that holds one.
// Of an envelope the payload is taken and its signatures are passed over: a statement read here is a claim.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { attestErrors } from './errors.ts';

export interface Statement {
  readonly predicateType: string;
  /** sha256 and sha512 digests of its subjects, in their order; subjects named by other algorithms are left out. */
  readonly subjects: readonly Digest[];
  /** An empty object where the statement has none. */
  readonly predicate: JsonObject;
}

const TYPES: readonly unknown[] = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'];
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The statement, or `attest.statement_invalid`. At most `limits.statementBytes` are looked at. */
export function parseStatement(bytes: Uint8Array): Statement {
  if (bytes.byteLength > limits.statementBytes)
    throw refuse(`it is larger than ${limits.statementBytes} bytes`);
  const outer = parseObject(bytes, 'it');
  const envelope = isJsonObject(outer.dsseEnvelope) ? outer.dsseEnvelope : outer;
  const value = 'payload' in envelope ? openEnvelope(envelope) : outer;
  if (!TYPES.includes(value._type)) throw refuse('its _type is not that of an in-toto statement v0.1 or v1');
  const { predicateType, predicate, subject } = value;
  if (typeof predicateType !== 'string' || predicateType === '' || predicateType.length > limits.uriChars)
    throw refuse('it has no predicateType');
  if (!Array.isArray(subject) || subject.length > limits.statementSubjects)
    throw refuse(`its subject is not a list of at most ${limits.statementSubjects}`);
  return {
    predicateType,
    subjects: subject.flatMap((one) => readDigests(isJsonObject(one) ? one.digest : undefined)),
    predicate: isJsonObject(predicate) ? predicate : {},
  };
}

/** Digests of a DigestSet (in-toto/attestation spec/v1/digest_set.md) that images can be named by. */
export function readDigests(value: unknown): readonly Digest[] {
  if (!isJsonObject(value)) return [];
  return ['sha256', 'sha512'].map((name) => `${name}:${String(value[name])}`).filter(isDigest);
}

function openEnvelope(envelope: JsonObject): JsonObject {
  if (envelope.payloadType !== PAYLOAD_TYPE) throw refuse('its envelope does not hold an in-toto statement');
  const { payload } = envelope;
  if (typeof payload !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(payload))
    throw refuse('the payload of its envelope is not base64');
  return parseObject(Buffer.from(payload, 'base64'), 'the payload of its envelope');
}

function parseObject(bytes: Uint8Array, what: string): JsonObject {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw refuse(`${what} is not a JSON object`);
  return value;
}

function refuse(why: string): Error {
  return attestErrors.statement_invalid(`this is not a readable in-toto statement: ${why}`);
}
