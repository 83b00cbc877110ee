// What Gatekeeper asks an external data provider, and is answered (open-policy-agent/frameworks,
// constraint/pkg/externaldata: request.go, response.go; Gatekeeper's documentation, "External Data"). Each key is
// answered by itself; `idempotent` must be true for mutation, since Gatekeeper may ask again with what it was given.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { kubernetesErrors } from './errors.ts';

export type ProviderVersion = 'externaldata.gatekeeper.sh/v1beta1' | 'externaldata.gatekeeper.sh/v1alpha1';

export interface ProviderRequest {
  /** The answer speaks the same. */
  readonly version: ProviderVersion;
  readonly keys: readonly string[];
}

/** One of `value` and `error`. */
export interface ProviderItem {
  readonly key: string;
  readonly value?: string;
  readonly error?: string;
}

const VERSIONS: readonly ProviderVersion[] = [
  'externaldata.gatekeeper.sh/v1beta1',
  'externaldata.gatekeeper.sh/v1alpha1',
];

/** `kubernetes.provider_request_invalid`. At most `limits.admissionReviewBytes` and `limits.gateImages` keys. */
export function parseProviderRequest(bytes: Uint8Array): ProviderRequest {
  const refuse = kubernetesErrors.provider_request_invalid;
  if (bytes.byteLength > limits.admissionReviewBytes)
    throw refuse(`the request is larger than ${limits.admissionReviewBytes} bytes`);
  const root = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(root)) throw refuse('the body is not a JSON object');
  const version = VERSIONS.find((one) => one === root.apiVersion);
  if (version === undefined || root.kind !== 'ProviderRequest')
    throw refuse(`the body is not a ProviderRequest of ${VERSIONS[0]}`);
  const keys = isJsonObject(root.request) ? (root.request.keys ?? []) : undefined;
  if (!Array.isArray(keys)) throw refuse('request.keys is no list');
  if (keys.length > limits.gateImages)
    throw refuse(`it has ${keys.length} keys; at most ${limits.gateImages} are answered at once`);
  const bad = keys.findIndex((key) => typeof key !== 'string' || key.length > limits.uriChars);
  if (bad >= 0) throw refuse(`request.keys[${bad}] is no text of at most ${limits.uriChars} characters`);
  return { version, keys: keys as readonly string[] };
}

export function formatProviderResponse(version: ProviderVersion, items: readonly ProviderItem[]): string {
  return JSON.stringify({
    apiVersion: version,
    kind: 'ProviderResponse',
    response: { idempotent: true, items },
  });
}

/** The whole question could not be answered; of whatever version the asker is. */
export function formatProviderFailure(why: string): string {
  return JSON.stringify({
    apiVersion: VERSIONS[0],
    kind: 'ProviderResponse',
    response: { idempotent: true, systemError: why },
  });
}
