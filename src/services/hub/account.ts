// A person's account, as everybody in here knows it, and what its name looks like.
import { hubErrors } from './errors.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** One part of a repository's name (distribution-spec): so that an account's name is a namespace too. */
const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_CHARS = 64;

/** The product's own repositories, and the name under which an identity token is a password. */
const RESERVED: readonly string[] = Object.freeze(['plimsoll', 'oidc']);

export function isAccountName(name: string): boolean {
  return NAME.test(name) && name.length <= NAME_CHARS;
}

/** For a new account or organisation: `hub.account_name_invalid`. */
export function checkAccountName(name: string): void {
  if (RESERVED.includes(name)) throw hubErrors.account_name_invalid(`"${name}" is the product’s own`);
  if (isAccountName(name)) return;
  throw hubErrors.account_name_invalid(`"${name.slice(0, NAME_CHARS)}" is not an account name`);
}
