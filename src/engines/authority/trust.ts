// What an instance hands to those who verify and to those who sign: its trusted root and its signing
// configuration, from the authority as it runs.
import { formatTrustedRoot, type TrustedLog, type Validity } from '../../formats/sigstore/instance-root.ts';
import { formatSigningConfig } from '../../formats/sigstore/signing-config.ts';
import { keyDetailsOf } from '../../formats/x509/algorithm.ts';
import type { Authority } from './authority.ts';
import { authorityNames } from './establish.ts';

export interface TrustPlaces {
  /** Where clients reach the instance; the services stand below it. */
  readonly url: string;
  /** As in the certificates. */
  readonly organization: string;
  /** For which the present keys hold. */
  readonly validity: Validity;
}

/** Paths of the services below the instance's address. */
const PATHS = Object.freeze({ ca: '/trust/ca', ct: '/trust/ct', log: '/trust/log', tsa: '/trust/tsa' });

/** `trusted_root.json`, UTF-8. */
export function describeTrust(authority: Authority, places: TrustPlaces): Uint8Array {
  const { url, organization, validity } = places;
  const logOf = (path: string, log: { publicKey: Uint8Array; logId: Uint8Array }): TrustedLog => ({
    url: `${url}${path}`,
    publicKey: log.publicKey,
    keyDetails: keyDetailsOf(log.publicKey),
    logId: log.logId,
    validity,
  });
  const authorityOf = (path: string, commonName: string, chain: readonly Uint8Array[]) => ({
    url: `${url}${path}`,
    subject: { organization, commonName },
    chain,
    validity,
  });
  return formatTrustedRoot({
    logs: [logOf(PATHS.log, authority.log)],
    certificateLogs: [logOf(PATHS.ct, authority.certificateLog)],
    certificateAuthorities: [authorityOf(PATHS.ca, authorityNames.issuing, authority.issuer.chain)],
    timestampAuthorities: [authorityOf(PATHS.tsa, authorityNames.stamping, authority.stamper.chain)],
  });
}

/** `signing_config.json`, UTF-8. `identityProvider` is whose tokens the authority takes. */
export function describeSigning(places: TrustPlaces & { readonly identityProvider: string }): Uint8Array {
  const { url, organization, validity, identityProvider } = places;
  const service = (at: string, apiVersion: number) => ({
    url: at,
    apiVersion,
    validity,
    operator: organization,
  });
  return formatSigningConfig({
    certificateAuthorities: [service(`${url}${PATHS.ca}`, 1)],
    identityProviders: [service(identityProvider, 1)],
    logs: [service(`${url}${PATHS.log}`, 2)],
    timestampAuthorities: [service(`${url}${PATHS.tsa}/api/v1/timestamp`, 1)],
  });
}
