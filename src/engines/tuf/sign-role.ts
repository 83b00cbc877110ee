// Signatures on role files by keys that are elsewhere: what is signed is spelled here, the key sees bytes alone.
import type { Key } from '@tufjs/models';
import { type RoleFile, type RoleName, signedBytes, withSignature } from '../../formats/tuf/role-file.ts';
import { createRoleKey, keysOfRole, nameKey } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { trustRootErrors } from './errors.ts';

/** The file with a signature of each of the keys; `tuf.key_unsuitable`, `keys.*`. */
export async function signRole<R extends RoleName>(
  file: RoleFile<R>,
  keys: readonly SigningKey[],
): Promise<RoleFile<R>> {
  const bytes = signedBytes(file);
  let signed = file;
  for (const key of keys) {
    const signature = await key.sign(bytes, algorithmOfKey(key.publicKey));
    signed = withSignature(signed, createRoleKey(key.publicKey).keyID, signature);
  }
  return signed;
}

/** The key as the proposal names it; `trustroot.key_not_asked` where neither root asks for it. */
export function findSigner({ current, next }: RootProposal, publicKey: Uint8Array): Key {
  const { keyID } = createRoleKey(publicKey);
  const asked = [next, ...(current === undefined ? [] : [current])].flatMap(
    (root) => keysOfRole(root, 'root').keys,
  );
  const found = asked.find((key) => key.keyID === keyID);
  if (found !== undefined) return found;
  throw trustRootErrors.key_not_asked(
    `the key ${nameKey(createRoleKey(publicKey))} is none that must sign; asked are ${[...new Set(asked.map(nameKey))].join(', ')}`,
  );
}

/** The proposal with one signature more; `trustroot.key_not_asked`. */
export async function signProposal(proposal: RootProposal, key: SigningKey): Promise<RootProposal> {
  findSigner(proposal, key.publicKey);
  return { ...proposal, next: await signRole(proposal.next, [key]) };
}
