// Where the public Sigstore signs, as its own signing configuration said when this was written (root-signing,
// signing_config.v0.2.json). A configuration that is given takes its place: logs of tiles are begun anew each year.
import type { SigningPlaces } from '../../formats/sigstore/read-signing-config.ts';

export const publicSigstore: SigningPlaces = Object.freeze({
  certificateAuthority: 'https://fulcio.sigstore.dev',
  identityProvider: 'https://oauth2.sigstore.dev/auth',
  logs: [{ url: 'https://log2025-1.rekor.sigstore.dev', version: 2 as const }],
  timestampAuthorities: ['https://timestamp.sigstore.dev/api/v1/timestamp'],
});
