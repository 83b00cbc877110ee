// What an instance hands to those who verify and to those who sign: its trusted root and its signing
// configuration. A trusted root holds generations: when keys are changed the former ones stay, with the time at
// which they ended, since what they signed must verify for ever; the new ones may begin before the old ones end.

import { noteKeyHash } from '../../formats/crypto/note.ts';
import {
  formatTrustedRoot,
  type TrustedLog,
  type TrustedParts,
  type Validity,
} from '../../formats/sigstore/instance-root.ts';
import { formatSigningConfig } from '../../formats/sigstore/signing-config.ts';
import { keyDetailsOf, rawEd25519 } from '../../formats/x509/algorithm.ts';
import { ctLogId } from '../../formats/x509/sct.ts';
import type { Authority } from './authority.ts';
import { authorityErrors } from './errors.ts';
import { authorityNames } from './establish.ts';

export interface TrustPlaces {
  /** Where clients reach the instance; the services stand below it. */
  readonly url: string;
  /** As in the certificates. */
  readonly organization: string;
  /** For which these keys hold. */
  readonly validity: Validity;
}

/** Paths of the services below the instance's address. */
const PATHS = Object.freeze({ ca: '/trust/ca', ct: '/trust/ct', log: '/trust/log', tsa: '/trust/tsa' });

/** One generation of keys, as a trusted root names it. `authority.origin_unsuitable` */
export function trustOf(authority: Authority, places: TrustPlaces): TrustedParts {
  const { issuer, stamper, log, certificateLog } = authority;
  const { validity } = places;
  return trustOfKeys(
    {
      logs: [{ publicKey: log.publicKey, validity }],
      certificateLogs: [{ publicKey: certificateLog.publicKey, validity }],
      issuing: [{ chain: issuer.chain, validity }],
      stamping: [{ chain: stamper.chain, validity }],
    },
    { ...places, origin: log.origin },
  );
}

/** Public keys of logs and chains of authorities, each with the time for which it holds. */
export interface PublicTrust {
  readonly logs: readonly { readonly publicKey: Uint8Array; readonly validity: Validity }[];
  readonly certificateLogs: PublicTrust['logs'];
  readonly issuing: readonly { readonly chain: readonly Uint8Array[]; readonly validity: Validity }[];
  readonly stamping: PublicTrust['issuing'];
}

/** All generations of keys, as a trusted root names them; no private key is needed. `authority.origin_unsuitable` */
export function trustOfKeys(
  keys: PublicTrust,
  { url, organization, origin }: Omit<TrustPlaces, 'validity'> & { readonly origin: string },
): TrustedParts {
  const logOf = (at: string, publicKey: Uint8Array, logId: Uint8Array, validity: Validity): TrustedLog => ({
    url: at,
    publicKey,
    keyDetails: keyDetailsOf(publicKey),
    logId,
    validity,
  });
  const authorityOf = (path: string, commonName: string) => (one: PublicTrust['issuing'][number]) => ({
    url: `${url}${path}`,
    subject: { organization, commonName },
    ...one,
  });
  const logUrl = `https://${checkOrigin(origin)}`;
  return {
    logs: keys.logs.map(({ publicKey, validity }) =>
      logOf(logUrl, publicKey, noteKeyHash(origin, rawEd25519(publicKey)), validity),
    ),
    certificateLogs: keys.certificateLogs.map(({ publicKey, validity }) =>
      logOf(`${url}${PATHS.ct}`, publicKey, ctLogId(publicKey), validity),
    ),
    certificateAuthorities: keys.issuing.map(authorityOf(PATHS.ca, authorityNames.issuing)),
    timestampAuthorities: keys.stamping.map(authorityOf(PATHS.tsa, authorityNames.stamping)),
  };
}

/** `trusted_root.json` of these generations, UTF-8. A log or key that two of them share is to be named by one. */
export function describeTrust(generations: readonly TrustedParts[]): Uint8Array {
  return formatTrustedRoot({
    logs: generations.flatMap(({ logs }) => logs),
    certificateLogs: generations.flatMap(({ certificateLogs }) => certificateLogs),
    certificateAuthorities: generations.flatMap((one) => one.certificateAuthorities),
    timestampAuthorities: generations.flatMap((one) => one.timestampAuthorities),
  });
}

/**
 * A log keeps its name when the instance gets another address, so its own is written. Verifiers look for the
 * checkpoint's line under this address's host name, some with its port and path: a bare host is the same to all.
 */
function checkOrigin(origin: string): string {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(origin))
    throw authorityErrors.origin_unsuitable(`the log is called "${origin}", which is not a bare host name`);
  return origin;
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
