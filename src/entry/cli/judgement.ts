// What an instance's sentinel says of a move, by the instance's own word: read without believing more than its shape.
import { isJsonObject, type Json } from '../../kit/json.ts';

export interface ShownJudgement {
  readonly suspicions: readonly { readonly rule: string; readonly why: string }[];
  /** By rule: what it could not judge. */
  readonly unknowns: readonly { readonly where: string; readonly why: string }[];
}

/** Undefined where there is none; members that are no such are left out. */
export function readJudgement(value: Json | undefined): ShownJudgement | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.suspicions)) return undefined;
  const { suspicions, unknowns } = value;
  return {
    suspicions: readList(suspicions, 'rule').map(([rule, why]) => ({ rule, why })),
    unknowns: readList(unknowns, 'where').map(([where, why]) => ({ where, why })),
  };
}

function readList(value: Json | undefined, name: 'rule' | 'where'): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Json) => {
    if (!isJsonObject(one)) return [];
    const { [name]: first, why } = one;
    return typeof first === 'string' && typeof why === 'string' ? [[first, why] as const] : [];
  });
}
