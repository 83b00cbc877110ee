// Which policy a command judges by: the file that was named, else the one in this folder, else the standard
// one. Whichever file it is, standard error says so: a verdict must not depend on a file that nobody noticed.
import { policyErrors } from '../../engines/policy/errors.ts';
import { type Policy, standardPolicy } from '../../engines/policy/policy.ts';
import { limits } from '../../kit/limits.ts';
import { printable } from './printable.ts';
import { plural } from './report/text.ts';
import type { CliWorld } from './world.ts';

/** Looked for in the current folder. */
export const policyFileName = 'plimsoll.yaml';

/** Throws `policy.file_missing` for one that was named, `policy.file_invalid`, `app.file_unreadable`. */
export async function loadPolicy(world: CliWorld, option?: string): Promise<Policy> {
  const named = option ?? world.policyFile;
  const policy = await readPolicyFile(world, named ?? policyFileName, named !== undefined);
  if (policy === undefined) return standardPolicy;
  world.stderr.write(`Policy: ${printable(policy.name)} (${plural(policy.rules.length, 'rule')})\n`);
  return policy;
}

/** Undefined where it is not there and need not be. */
export async function readPolicyFile(
  world: CliWorld,
  path: string,
  isNeeded: boolean,
): Promise<Policy | undefined> {
  const text = await world.readTextFile(path, limits.policyFileBytes);
  if (text === undefined && isNeeded) throw policyErrors.file_missing(`there is no policy file ${path}`);
  if (text === undefined) return undefined;
  // With it comes the YAML parser, which most runs do not need.
  const { parsePolicyFile } = await import('../../engines/policy/policy-file.ts');
  return parsePolicyFile(text, path);
}
