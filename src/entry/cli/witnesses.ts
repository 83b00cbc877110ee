// The file of witnesses that a command is given: whose word a log needs too, and of how many.
import { parseWitnessPolicy, type WitnessPolicy } from '../../engines/witness/policy.ts';
import { limits } from '../../kit/limits.ts';
import type { CliWorld } from './world.ts';

/** Undefined where none is named. `witness.policy_invalid`, and what reading a file throws. */
export async function readWitnesses(
  world: CliWorld,
  file: string | undefined,
): Promise<WitnessPolicy | undefined> {
  if (file === undefined) return undefined;
  const bytes = await world.readDocument(file, limits.witnessPolicyChars);
  return parseWitnessPolicy(Buffer.from(bytes).toString('utf8'), file);
}
