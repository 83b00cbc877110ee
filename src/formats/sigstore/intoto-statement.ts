// in-toto statements, version 1 (in-toto/attestation, spec/v1/statement.md), as bytes to be signed. The bytes are
// what counts: whoever verifies takes them as they are, so no canonical form is needed.
import { type Json, stableJson } from '../../kit/json.ts';

export const statementType = 'https://in-toto.io/Statement/v1';

export interface StatementSubject {
  /** Mostly the image's name; cosign's own signatures have none. */
  readonly name?: string;
  /** Hex by algorithm, as `{ sha256: … }`. */
  readonly digest: Readonly<Record<string, string>>;
}

export interface StatementParts {
  readonly subjects: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: Json;
}

/** UTF-8 JSON with sorted keys: equal parts give equal bytes. */
export function formatStatement({ subjects, predicateType, predicate }: StatementParts): Uint8Array {
  return Buffer.from(stableJson({ _type: statementType, subject: subjects, predicateType, predicate }));
}
