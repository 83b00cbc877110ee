// A gate policy with all that it names, read from their files; and whether anything of it changed since.
import { dirname, isAbsolute, join } from 'node:path';
import { gateErrors } from '../../../../engines/gate/errors.ts';
import type { Gate } from '../../../../engines/gate/gate.ts';
import { parseGatePolicy } from '../../../../engines/gate/gate-policy-file.ts';
import { filesOf, readMaterial } from '../../../../engines/gate/material.ts';
import { openGate } from '../../../../engines/gate/open-gate.ts';
import { hashHex } from '../../../../kit/hash.ts';
import { limits } from '../../../../kit/limits.ts';
import type { CliWorld, LoadedGate } from '../../world.ts';

/** `gate.policy_invalid`, `gate.material_missing`, `verify.policy_invalid`, `app.file_unreadable`. */
export async function loadGate(world: CliWorld, file: string): Promise<Gate> {
  return (await reloadGate(world, file, undefined))?.gate as Gate;
}

/** Undefined where every file is as it was at `digest`. */
export async function reloadGate(
  world: CliWorld,
  file: string,
  digest: string | undefined,
): Promise<LoadedGate | undefined> {
  const text = await world.readTextFile(file, limits.policyFileBytes);
  if (text === undefined) throw gateErrors.material_missing(`there is no gate policy ${file}`);
  const policy = parseGatePolicy(text, file);
  const texts = new Map<string, string>();
  for (const name of filesOf(policy)) {
    const path = isAbsolute(name) ? name : join(dirname(file), name);
    const found = await world.readTextFile(path, limits.trustedRootBytes);
    if (found !== undefined) texts.set(name, found);
  }
  const own = hashHex('sha256', JSON.stringify([text, ...texts]));
  if (own === digest) return undefined;
  return { gate: openGate(readMaterial(policy, texts), world), digest: own };
}
