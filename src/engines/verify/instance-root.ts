// Whose root one is: a trusted root names the addresses of its authorities, and an instance is one of them.
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';

/** Whether an authority of the root is that of the instance at this address, as `https://images.example.org`. */
export function isRootOf({ certificateAuthorities }: TrustedRoot, address: string): boolean {
  return certificateAuthorities.some(({ uri }) => uri === address || uri?.startsWith(`${address}/`) === true);
}
