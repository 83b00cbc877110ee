// What a token may be used for, in Docker's grammar (distribution docs/content/spec/auth/scope.md):
// `type[(class)]:name:action[,action]`. A name may hold a host's port colon, so it is split from both ends.
// The same values stand in a token's `access` claim. Who gets which scope is decided by access.ts.
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { hubErrors } from './errors.ts';

export interface Scope {
  /** `repository`, `registry`, or a type that nobody here knows and that grants nothing. */
  readonly type: string;
  /** Docker's `plugin`; grants the same as none. */
  readonly class?: string;
  readonly name: string;
  /** In the order asked for, each once; `*` is every action. */
  readonly actions: readonly string[];
}

const TYPE = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?$/;
const ACTIONS = /^(?:[a-z]+|\*)(?:,(?:[a-z]+|\*))*$/;
/** A name of 255 characters, its type, and every action there could be. */
const SCOPE_CHARS = 512;

/** The scope, or `hub.scope_invalid`. */
export function parseScope(text: string): Scope {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  const [, type, resourceClass] = TYPE.exec(text.slice(0, Math.max(first, 0))) ?? [];
  const name = text.slice(first + 1, last);
  const actions = text.slice(last + 1);
  if (type === undefined || text.length > SCOPE_CHARS || last <= first + 1 || !isActionList(actions))
    throw hubErrors.scope_invalid(
      `"${text.slice(0, 80)}" is not a scope such as repository:team/app:pull,push`,
    );
  return {
    type,
    ...(resourceClass === undefined ? {} : { class: resourceClass }),
    name,
    actions: actions === '' ? [] : [...new Set(actions.split(','))],
  };
}

/** Several scopes with white space between, as OAuth's `scope` parameter has them; may be empty. */
export function parseScopes(text: string): readonly Scope[] {
  return text
    .split(/[ \t]+/)
    .filter((part) => part !== '')
    .map(parseScope);
}

/** The inverse of `parseScope`. */
export function formatScope(scope: Scope): string {
  const type = scope.class === undefined ? scope.type : `${scope.type}(${scope.class})`;
  return `${type}:${scope.name}:${scope.actions.join(',')}`;
}

/** Whether one of the scopes covers the action. */
export function isCovered(scopes: readonly Scope[], type: string, name: string, action: string): boolean {
  return scopes.some(
    (scope) =>
      scope.type === type &&
      scope.name === name &&
      (scope.actions.includes(action) || scope.actions.includes('*')),
  );
}

/** From a token's `access` claim; members of another shape are left out. */
export function readScope(value: unknown): Scope | undefined {
  if (!isJsonObject(value)) return undefined;
  const { type, class: resourceClass, name, actions } = value;
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions)) return undefined;
  return {
    type,
    ...(typeof resourceClass === 'string' ? { class: resourceClass } : {}),
    name,
    actions: actions.filter((action): action is string => typeof action === 'string'),
  };
}

/** For a token's `access` claim. */
export function formatAccessEntry(scope: Scope): JsonObject {
  return { ...scope };
}

// An empty list is in the grammar: Docker's client sends it where it wants to know nothing but who it is.
function isActionList(text: string): boolean {
  return text === '' || ACTIONS.test(text);
}
