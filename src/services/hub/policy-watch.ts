// Keeps reports true to the policy: a server that starts with another one than its reports were judged by has
// all of them judged again. What counts is what the policy says, and its name, which reports carry.
import { type Policy, standardPolicy } from '../../engines/policy/policy.ts';
import { stableJson } from '../../kit/json.ts';
import { judgeAgain, type RejudgeDeps, readSetting } from './rejudge.ts';

/** Under it stands by which policy the reports were, or are about to be, judged. */
const SEEN = 'policy.seen';

/** True where it is not the policy that was last seen. */
export async function noticeNewPolicy(deps: RejudgeDeps, policy: Policy = standardPolicy): Promise<boolean> {
  // Before there was more than one, reports were judged by the standard policy.
  const seen = (await readSetting(deps.database, SEEN)) ?? fingerprint(standardPolicy);
  const value = fingerprint(policy);
  if (seen === value) return false;
  await judgeAgain(deps, { name: SEEN, value }, 'all', 'the policy changed');
  return true;
}

function fingerprint({ name, rules }: Policy): string {
  return stableJson([name, rules]);
}
