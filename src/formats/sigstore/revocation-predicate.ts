// The predicate of a revocation, https://plimsoll.dev/revocation/v1: whoever signs it takes something back, or undoes
// that by a later statement of the same shape. Never deleted: who follows an instance's list applies the statements in
// their order, and the last word on a thing holds. Ours alone; docs/guide/mark.md describes it.
import type { Json, JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { type FieldReader, readFields } from './field.ts';

export const revocationPredicateType = 'https://plimsoll.dev/revocation/v1';

export const revocationKinds = Object.freeze(['digest', 'key', 'certificate', 'identity'] as const);
export type RevocationKind = (typeof revocationKinds)[number];

export interface RevocationPredicate {
  /** `reinstate` undoes what was said of the same thing before. */
  readonly action: 'revoke' | 'reinstate';
  readonly kind: RevocationKind;
  /** A digest; SHA-256 of a SubjectPublicKeyInfo in hex; a serial in hex; a name as certificates have it. */
  readonly value: string;
  /** `HOST/REPOSITORY` where a digest is revoked there alone. */
  readonly repository?: string;
  /** What was signed before stays. Of keys and identities. */
  readonly from?: Date;
  readonly why: string;
  readonly at: Date;
}

export function formatRevocationPredicate(revocation: RevocationPredicate): Json {
  const { action, kind, value, repository, from, why, at } = revocation;
  return {
    action,
    kind,
    value,
    ...(repository === undefined ? {} : { repository }),
    ...(from === undefined ? {} : { from: from.toISOString() }),
    why,
    at: at.toISOString(),
  };
}

/** `sigstore.statement_invalid` */
export function parseRevocationPredicate(predicate: JsonObject): RevocationPredicate {
  const root = readFields(predicate, 'the revocation', sigstoreErrors.statement_invalid);
  const action = readChoice(root, 'action', ['revoke', 'reinstate'] as const);
  const kind = readChoice(root, 'kind', revocationKinds);
  const repository = root.text('repository', limits.uriChars);
  const from = root.time('from');
  return {
    action,
    kind,
    value: need(root, 'value', root.text('value', limits.revocationValueChars)),
    ...(repository === undefined ? {} : { repository }),
    ...(from === undefined ? {} : { from }),
    why: need(root, 'why', root.text('why', limits.revocationWhyChars)),
    at: need(root, 'at', root.time('at')),
  };
}

function readChoice<T extends string>(root: FieldReader, name: string, choices: readonly T[]): T {
  const text = root.text(name, 40);
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw root.fail(name, `is none of ${choices.join(', ')}`);
  return found;
}

function need<T>(root: FieldReader, name: string, value: T | undefined): T {
  if (value === undefined || value === '') throw root.fail(name, 'is missing');
  return value;
}
