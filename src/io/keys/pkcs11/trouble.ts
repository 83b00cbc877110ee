// What ends in an answer of `trouble`, and how a place names keys in Cryptoki's words.
import { type Attribute, ck } from './cryptoki.ts';
import type { TokenPlace, TokenTrouble } from './protocol.ts';

export class Trouble extends Error {
  readonly trouble: TokenTrouble;

  constructor(trouble: TokenTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** CKA_LABEL and CKA_ID, where the place names them. */
export function namesOf(place: TokenPlace): readonly Attribute[] {
  const names: Attribute[] = [];
  if (place.object !== undefined) names.push({ type: ck.CKA_LABEL, value: Buffer.from(place.object) });
  if (place.id !== undefined) names.push({ type: ck.CKA_ID, value: Buffer.from(place.id, 'base64') });
  return names;
}
