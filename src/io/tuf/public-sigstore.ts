// The public Sigstore's trust as it was when @sigstore/tuf was released: a root to begin with and the trusted root of
// that day, so that its signatures can be verified on the first day and without a network.
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };

const URL_OF_REPOSITORY = 'https://tuf-repo-cdn.sigstore.dev';

export const publicSigstoreName = 'sigstore';

export interface TrustSeed {
  readonly url: string;
  /** `root.json`. */
  readonly root: Uint8Array;
  /** `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
}

export function readPublicSigstore(): TrustSeed {
  const seed = seeds[URL_OF_REPOSITORY];
  return {
    url: URL_OF_REPOSITORY,
    root: Buffer.from(seed['root.json'], 'base64'),
    trustedRoot: Buffer.from(seed.targets['trusted_root.json'], 'base64'),
  };
}
