// Every rule of the first policy, in the order in which they are shown.
import { noAgpl } from './no-agpl.ts';
import { noFixableCriticalOrHigh } from './no-fixable-critical-or-high.ts';
import { nonRootUser } from './non-root-user.ts';
import type { Rule } from './rule.ts';

export const rules: readonly Rule[] = Object.freeze([noFixableCriticalOrHigh, nonRootUser, noAgpl]);
