// in-toto statements v0.1 and v1 as they were signed (in-toto/attestation spec/v1/statement.md). Stricter than
// what reads claims (engines/attest): `_type`, the subjects and the predicate's type must all be there, since a
// verifier that passes over one of them proves something else than it says.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { readFields } from './field.ts';

export interface SignedStatement {
  readonly version: '0.1' | '1';
  readonly predicateType: string;
  readonly subjects: readonly StatementSubject[];
  /** An empty object where there is none. */
  readonly predicate: JsonObject;
}

export interface StatementSubject {
  readonly name?: string;
  /** Lower-case hex by algorithm, as `sha256`. */
  readonly digests: ReadonlyMap<string, string>;
  /** Text members alone. */
  readonly annotations: ReadonlyMap<string, string>;
}

export const statementPayloadType = 'application/vnd.in-toto+json';

const TYPES: Readonly<Record<string, SignedStatement['version']>> = {
  'https://in-toto.io/Statement/v0.1': '0.1',
  'https://in-toto.io/Statement/v1': '1',
};

/** `sigstore.statement_invalid`. */
export function parseSignedStatement(payload: Uint8Array): SignedStatement {
  const root = readFields(
    parseJson(decodeUtf8(payload) ?? ''),
    'the statement',
    sigstoreErrors.statement_invalid,
  );
  const type = root.text('_type', limits.uriChars) ?? '';
  const version = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (version === undefined) throw root.fail('_type', 'is not that of an in-toto statement v0.1 or v1');
  const predicateType = root.text('predicateType', limits.uriChars);
  if (predicateType === undefined || predicateType === '') throw root.fail('predicateType', 'is missing');
  const subjects = root.list('subject', limits.statementSubjects).map((one) => {
    const digests = texts(one.object.digest, 128);
    if (digests.size === 0) throw one.fail('digest', 'is missing');
    const name = one.text('name', limits.uriChars);
    return {
      ...(name ? { name } : {}),
      digests,
      annotations: texts(one.object.annotations, limits.uriChars),
    };
  });
  if (subjects.length === 0) throw root.fail('subject', 'is empty: it says nothing about anything');
  const { predicate } = root.object;
  return { version, predicateType, subjects, predicate: isJsonObject(predicate) ? predicate : {} };
}

function texts(value: unknown, limitChars: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, text] of isJsonObject(value) ? Object.entries(value) : [])
    if (typeof text === 'string' && text !== '' && text.length <= limitChars) found.set(name, text);
  return found;
}
