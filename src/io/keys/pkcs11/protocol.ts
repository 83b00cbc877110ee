// What the server and the process that has a token's module say to each other: one question, one answer, in order,
// each a frame of JSON. Bytes are base64. The PIN goes one way, in the first question.
import type { PssAlgorithm } from '../../../formats/x509/key-algorithm.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';

/** Which token and which key; what is absent fits all. */
export interface TokenPlace {
  readonly token?: string;
  readonly manufacturer?: string;
  readonly serial?: string;
  readonly model?: string;
  readonly slotId?: string;
  readonly object?: string;
  /** Base64. */
  readonly id?: string;
}

export type TokenAlgorithm = 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-3072' | 'ed25519';
export type TokenMechanism = 'ecdsa' | 'rsa-pkcs1' | 'eddsa' | PssAlgorithm;

export type TokenQuestion =
  | {
      readonly kind: 'open';
      readonly module: string;
      readonly place: TokenPlace;
      readonly pin?: string;
      /** Makes the key first. */
      readonly make?: TokenAlgorithm;
    }
  | { readonly kind: 'sign'; readonly mechanism: TokenMechanism; readonly bytes: string };

/** What was wrong, for the caller to choose a code by. */
export type TokenTrouble = 'missing' | 'ambiguous' | 'present' | 'denied' | 'unsupported' | 'failed';

export type TokenAnswer =
  | { readonly kind: 'opened'; readonly key: TokenPublicKey }
  | { readonly kind: 'signed'; readonly signature: string }
  | { readonly kind: 'trouble'; readonly trouble: TokenTrouble; readonly message: string };

/** As the token has it, base64: the public half is put together by who asked. */
export type TokenPublicKey =
  | { readonly kind: 'rsa'; readonly modulus: string; readonly exponent: string }
  | { readonly kind: 'ec' | 'edwards'; readonly parameters: string; readonly point: string }
  /** SubjectPublicKeyInfo, DER. */
  | { readonly kind: 'spki'; readonly der: string }
  /** X.509, DER. */
  | { readonly kind: 'certificate'; readonly der: string };

const members: Readonly<Record<string, readonly string[]>> = Object.freeze({
  rsa: ['modulus', 'exponent'],
  ec: ['parameters', 'point'],
  edwards: ['parameters', 'point'],
  spki: ['der'],
  certificate: ['der'],
});

const troubles = ['missing', 'ambiguous', 'present', 'denied', 'unsupported', 'failed'];

/** Undefined of anything else: what comes out of a process with foreign code in it is not believed. */
export function parseTokenAnswer(value: Json | undefined): TokenAnswer | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, key, trouble } = value;
  if (kind === 'opened') return isPublicKey(key) ? { kind, key } : undefined;
  if (kind === 'signed')
    return hasTexts(value, ['signature']) ? (value as unknown as TokenAnswer) : undefined;
  const isTrouble = kind === 'trouble' && troubles.includes(String(trouble)) && hasTexts(value, ['message']);
  return isTrouble ? (value as unknown as TokenAnswer) : undefined;
}

function isPublicKey(value: Json | undefined): value is Json & TokenPublicKey {
  if (!isJsonObject(value) || typeof value.kind !== 'string' || !Object.hasOwn(members, value.kind))
    return false;
  return hasTexts(value, members[value.kind] ?? []);
}

function hasTexts(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}
