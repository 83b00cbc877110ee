// How many different signers stand behind a digest. One signer twice is one: a copied bundle, the same key under
// two names, or the same identity with two certificates.
import { type Check, failed, passed } from './check.ts';
import { signerIdentity } from './signer.ts';
import type { Verification } from './verify-bundle.ts';

/** Only verifications that passed count. */
export function checkSignatureCount(verifications: readonly Verification[], atLeast: number): Check {
  const signers = new Map<string, string>();
  for (const { outcome, signer } of verifications)
    if (outcome === 'passed' && signer !== undefined)
      signers.set(
        signerIdentity(signer),
        signer.kind === 'key' ? signer.name : (signer.names[0]?.text ?? ''),
      );
  const said = [...signers.values()].join(', ');
  if (signers.size >= atLeast && signers.size > 0)
    return passed('signatures', `Signed by ${said}; ${atLeast} must.`);
  return failed(
    'signatures',
    signers.size === 0
      ? sayNone(verifications.length)
      : `Signed by ${said}: ${signers.size} signers, and ${atLeast} must.`,
  );
}

function sayNone(count: number): string {
  if (count === 0) return 'Nothing is there that could be a signature of it.';
  return count === 1
    ? 'The one signature that is there does not prove what it must.'
    : `None of the ${count} signatures that are there proves what it must.`;
}
