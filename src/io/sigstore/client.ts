// The services of a signing configuration as clients; nothing is sent before the first question.
import type { SigningPlaces } from '../../formats/sigstore/read-signing-config.ts';
import { requestCertificate } from './fulcio.ts';
import { createLogClient } from './rekor.ts';
import type { SigningServices, Stamper } from './services.ts';
import { requestTimestamp, type StampDeps } from './timestamp.ts';

export function createSigningServices(deps: StampDeps, places: SigningPlaces): SigningServices {
  const { certificateAuthority, logs, timestampAuthorities } = places;
  return {
    ...(certificateAuthority === undefined
      ? {}
      : { certify: (key, token) => requestCertificate(deps, certificateAuthority, { key, token }) }),
    logs: logs.map((place) => createLogClient(deps, place)),
    stampers: timestampAuthorities.map((url) => createStampClient(deps, url)),
  };
}

/** One timestamp authority; nothing is sent before the first question. */
export function createStampClient(deps: StampDeps, url: string): Stamper {
  return (signature, hash) => requestTimestamp(deps, url, signature, hash);
}
