// trust-store-trust-policy.md, "Signature Verification details": what each level does with a check that does not
// pass, and what a statement may override.
import { notationTrustErrors } from './errors.ts';

export type LevelName = 'strict' | 'permissive' | 'audit' | 'skip';
export type Validation = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';
export type Action = 'enforce' | 'log' | 'skip';

export interface Level {
  readonly name: LevelName;
  readonly actions: Readonly<Record<Validation, Action>>;
}

const validations: readonly Validation[] = [
  'integrity',
  'authenticity',
  'authenticTimestamp',
  'expiry',
  'revocation',
];

const enforced: Readonly<Record<LevelName, readonly Validation[]>> = {
  strict: validations,
  permissive: ['integrity', 'authenticity'],
  audit: ['integrity'],
  skip: [],
};

/** The level of that name; `notation.policy_invalid` says `where` another stands. */
export function createLevel(
  name: unknown,
  overrides: Readonly<Record<string, unknown>>,
  where: string,
): Level {
  if (typeof name !== 'string' || !Object.hasOwn(enforced, name))
    throw notationTrustErrors.policy_invalid(`${where}.level is not strict, permissive, audit or skip`);
  const level = name as LevelName;
  const rest: Action = level === 'skip' ? 'skip' : 'log';
  const actions = Object.fromEntries(
    validations.map((validation) => [validation, enforced[level].includes(validation) ? 'enforce' : rest]),
  ) as Record<Validation, Action>;
  for (const [key, action] of Object.entries(overrides)) {
    if (level === 'skip')
      throw notationTrustErrors.policy_invalid(`${where}.override cannot stand beside the level skip`);
    checkOverride(key, action, `${where}.override`);
    actions[key as Validation] = action as Action;
  }
  return { name: level, actions };
}

function checkOverride(key: string, action: unknown, where: string): void {
  const shown = key.slice(0, 100);
  if (key === 'integrity')
    throw notationTrustErrors.policy_invalid(`${where}.integrity cannot be overridden`);
  if (!validations.includes(key as Validation))
    throw notationTrustErrors.policy_invalid(
      `${where} has "${shown}"; authenticity, authenticTimestamp, expiry and revocation can be overridden`,
    );
  const allowed = key === 'revocation' ? ['enforce', 'log', 'skip'] : ['enforce', 'log'];
  if (typeof action !== 'string' || !allowed.includes(action))
    throw notationTrustErrors.policy_invalid(`${where}.${shown} is not ${allowed.join(' or ')}`);
}
