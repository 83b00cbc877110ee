// What one can be in a namespace or a repository, each role with all that the ones before it may. Pure.
// Deleting needs a maintainer, so that the secret of a CI job, a writer, can add and move but destroys nothing.

/** From least to most. */
export const roles = Object.freeze(['reader', 'writer', 'maintainer', 'owner'] as const);
export type Role = (typeof roles)[number];

/** What one may do to a repository; `maintain` is its settings, publishers and releases, `own` its rights. */
export type Action = 'pull' | 'push' | 'delete' | 'maintain' | 'own';

/** What a token can be made for, and what clients ask for: `*` is all three. */
export const tokenActions = Object.freeze(['pull', 'push', 'delete'] as const);
export type TokenAction = (typeof tokenActions)[number];

const LEAST: Readonly<Record<Action, Role>> = Object.freeze({
  pull: 'reader',
  push: 'writer',
  delete: 'maintainer',
  maintain: 'maintainer',
  own: 'owner',
});

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** Whether the role, if there is one, allows the action. */
export function roleAllows(role: Role | undefined, action: Action): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(LEAST[action]);
}

/** The one that allows most; undefined of none. Words that are no role are left out. */
export function highestRole(found: readonly string[]): Role | undefined {
  return roles.findLast((role) => found.includes(role));
}

/** The namespace of a repository: the first part of its name, or all of it. */
export function namespaceOf(repository: string): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? repository : repository.slice(0, slash);
}
