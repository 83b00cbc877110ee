// Whether enough of a role's keys have signed a file (notary tuf/signed/verify.go, VerifySignatures): a key counts
// once, signatures by other keys are passed over, and a key under another id than its own spoils the file.
import type { RoleFile, RoleKeys } from '../../formats/notary1/role-file.ts';
import { isSignedBy } from '../../formats/notary1/signature.ts';

export interface Signing {
  /** `short`: too few keys. `broken`: no signatures at all, or a key that is not what its id says. */
  readonly kind: 'held' | 'short' | 'broken';
  /** Ids of the keys whose signatures hold. */
  readonly signers: readonly string[];
  readonly sentence: string;
}

export function judgeSigning(file: RoleFile, { keys, threshold }: RoleKeys): Signing {
  if (file.signatures.length === 0)
    return { kind: 'broken', signers: [], sentence: 'the file has no signatures' };
  const signers = new Set<string>();
  for (const signature of file.signatures) {
    const key = keys.get(signature.keyId);
    if (key === undefined || signers.has(signature.keyId)) continue;
    if (key.id !== signature.keyId)
      return {
        kind: 'broken',
        signers: [],
        sentence: `the key under the id ${short(signature.keyId)} has the id ${short(key.id)}`,
      };
    if (isSignedBy(key, signature, file.message)) signers.add(signature.keyId);
  }
  const wanted = `${threshold} of ${keys.size} ${keys.size === 1 ? 'key' : 'keys'} must sign`;
  const found = signers.size === 0 ? 'none has' : `${[...signers].map(short).join(', ')} did`;
  return {
    kind: signers.size < threshold ? 'short' : 'held',
    signers: [...signers],
    sentence: `${wanted}, ${found}`,
  };
}

/** The first twelve digits of a key id: enough for people to tell keys apart. */
function short(id: string): string {
  return id.slice(0, 12);
}
