// signing_config.json (protobuf-specs, SigningConfig version 0.2): where a client that signs finds the services of
// an instance. Without it cosign asks those of the public Sigstore.
import { SigningConfig } from '@sigstore/protobuf-specs';
import { rangeJson, type Validity } from './instance-root.ts';

export const signingConfigMediaType = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';

export interface SigningService {
  readonly url: string;
  /** Version of its protocol: 1 of Fulcio, OIDC and RFC 3161, 2 of a log of tiles. */
  readonly apiVersion: number;
  readonly validity: Validity;
  /** Who runs it: clients that ask several want different ones. */
  readonly operator: string;
}

export interface SigningConfigParts {
  readonly certificateAuthorities: readonly SigningService[];
  readonly identityProviders: readonly SigningService[];
  readonly logs: readonly SigningService[];
  readonly timestampAuthorities: readonly SigningService[];
}

/** UTF-8 JSON. Of several logs or timestamp authorities a client asks any one. */
export function formatSigningConfig(parts: SigningConfigParts): Uint8Array {
  const config = SigningConfig.fromJSON({
    mediaType: signingConfigMediaType,
    caUrls: parts.certificateAuthorities.map(serviceJson),
    oidcUrls: parts.identityProviders.map(serviceJson),
    rekorTlogUrls: parts.logs.map(serviceJson),
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: parts.timestampAuthorities.map(serviceJson),
    tsaConfig: { selector: 'ANY' },
  });
  return Buffer.from(JSON.stringify(SigningConfig.toJSON(config)));
}

function serviceJson({ url, apiVersion, validity, operator }: SigningService) {
  return { url, majorApiVersion: apiVersion, validFor: rangeJson(validity), operator };
}
