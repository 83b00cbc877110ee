// What an access token is for: patterns of repositories, each with its actions. It narrows what its owner may and
// gives nothing by itself.
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { hubErrors } from './errors.ts';
import { isNamePattern, matchesPattern } from './name-pattern.ts';
import { type TokenAction, tokenActions } from './role.ts';

export interface Permission {
  /** `*` within a part of the name, `**` across. */
  readonly repositories: string;
  readonly actions: readonly TokenAction[];
}

export function isPermitted(permissions: readonly Permission[], repository: string, action: string): boolean {
  return permissions.some(
    (one) =>
      (one.actions as readonly string[]).includes(action) && matchesPattern(one.repositories, repository),
  );
}

/** Whether there is any repository for which it is named. */
export function isAnywherePermitted(permissions: readonly Permission[], action: TokenAction): boolean {
  return permissions.some(({ actions }) => actions.includes(action));
}

/** `hub.permission_invalid`. */
export function checkPermissions(permissions: readonly Permission[]): void {
  if (permissions.length === 0 || permissions.length > limits.tokenPermissions)
    throw hubErrors.permission_invalid(
      `a token has 1 to ${limits.tokenPermissions} permissions, or none named for all that its owner may`,
    );
  for (const { repositories, actions } of permissions) {
    if (!isNamePattern(repositories))
      throw hubErrors.permission_invalid(`"${repositories.slice(0, 80)}" is no pattern such as team/*`);
    if (actions.length === 0) throw hubErrors.permission_invalid(`${repositories} names no action`);
  }
}

export function formatPermissions(permissions: readonly Permission[] | undefined): string | null {
  return permissions === undefined ? null : JSON.stringify(permissions);
}

/** From the database. What cannot be read allows nothing. */
export function parsePermissions(text: string | null): readonly Permission[] | undefined {
  if (text === null) return undefined;
  const value = parseJson(text);
  return Array.isArray(value) ? value.flatMap(readPermission) : [];
}

function readPermission(value: unknown): readonly Permission[] {
  if (!isJsonObject(value)) return [];
  const { repositories, actions } = value;
  if (typeof repositories !== 'string' || !Array.isArray(actions)) return [];
  return [{ repositories, actions: tokenActions.filter((action) => actions.includes(action)) }];
}
