// An image in a place of memory with what a test hangs on it, and the gate's verdict about it.
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import { parseTrustedKey } from '../verify/signer.ts';
import { createTrustWorld, identity, issuer, makeKeys, now, pemOf } from '../verify/trust-world.fixture.ts';
import { descriptorOf, pushBundle } from './evidence.fixture.ts';
import { createEvidenceVerdicts, type EvidenceDeps } from './evidence-verdicts.ts';
import type { MarkRequirement, Requirement } from './gate-policy.ts';
import { createImagePlace } from './image-place.ts';
import type { ImageVerdict } from './verdict.ts';

export const world = createTrustWorld();
export const keys = makeKeys();
export const name = 'images.example.org/acme/app';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 },
  layers: [],
});
export const image = digestOf(manifest);
export const HOUR_MS = 3_600_000;
export const at = (hours: number): string => new Date(now.getTime() - hours * HOUR_MS).toISOString();
export const required: MarkRequirement = {
  kind: 'mark',
  signer: {
    kind: 'identity',
    issuer: { kind: 'exact', text: issuer },
    identity: { kind: 'exact', text: identity },
  },
  policy: '*#standard',
};

interface MarkParts {
  readonly result?: string;
  readonly policy?: string;
  readonly resource?: string;
  readonly hours?: number;
  readonly details?: object;
}

export function mark(parts: MarkParts = {}, more: object = {}): object {
  const { result = 'PASSED', policy = 'standard', hours = 2, details } = parts;
  const place =
    parts.resource ?? `pkg:oci/app@${encodeURIComponent(image)}?repository_url=${encodeURIComponent(name)}`;
  return world.sign({
    subject: image,
    predicateType: verificationSummaryType,
    predicate: {
      verifier: { id: 'https://images.example.org' },
      timeVerified: at(hours),
      resourceUri: place,
      policy: { uri: `https://images.example.org/api/v1/policy#${policy}` },
      verificationResult: result,
      ...(details === undefined ? {} : { plimsoll_verdict: details }),
    },
    ...more,
  });
}

export function revocation(action: string, hours: number, more: object = {}, signed: object = {}): object {
  const predicate = { action, kind: 'digest', value: image, why: 'a stolen key', at: at(hours), ...more };
  return world.sign({ subject: image, predicateType: revocationPredicateType, predicate, ...signed });
}

/** No root is that of the instance that holds the image. */
export const nobody: EvidenceDeps['openInstance'] = async () => {
  throw new Error('nobody is to be asked for a list');
};

export async function judge(
  bundles: readonly object[],
  requirement: Requirement = required,
  change: (place: MemoryPlace) => void = () => {},
  more: Partial<EvidenceDeps> = {},
): Promise<ImageVerdict> {
  const place = createMemoryPlace();
  place.manifests.set(image, { descriptor: descriptorOf(manifest), bytes: Buffer.from(manifest) });
  for (const bundle of bundles) pushBundle(place, image, bundle);
  change(place);
  const source = createEvidenceVerdicts({
    place: createImagePlace(async (reference) => place.source(formatReference(reference))),
    trustedRoots: [world.root],
    keys: [parseTrustedKey(pemOf(keys), 'ours.pub')],
    openInstance: nobody,
    clock: { now: () => now.getTime() },
    ...more,
  });
  const reference = parseRegistryReference(`${name}:1.0@${image}`);
  return source.judge({ reference, digest: image, requirement, signal: new AbortController().signal });
}

export const said = ({ reasons }: ImageVerdict): string => reasons.map(({ sentence }) => sentence).join(' ');
