// The services of a signing configuration as clients; nothing is sent before the first question.
import type { SigningPlaces } from '../../formats/sigstore/read-signing-config.ts';
import type { ServiceDeps } from './exchange.ts';
import { requestCertificate } from './fulcio.ts';
import { createLogClient } from './rekor.ts';
import type { SigningServices } from './services.ts';
import { requestTimestamp } from './timestamp.ts';

export function createSigningServices(deps: ServiceDeps, places: SigningPlaces): SigningServices {
  const { certificateAuthority, logs, timestampAuthorities } = places;
  return {
    ...(certificateAuthority === undefined
      ? {}
      : { certify: (key, token) => requestCertificate(deps, certificateAuthority, { key, token }) }),
    logs: logs.map((place) => createLogClient(deps, place)),
    stampers: timestampAuthorities.map((url) => (signature) => requestTimestamp(deps, url, signature)),
  };
}
