// A world of trust, what is usually expected in it, and the verdict on a bundle by that.
import type { Expectations } from './expectation.ts';
import { exactly } from './pattern.ts';
import {
  type BundleJson,
  createTrustWorld,
  identity,
  image,
  issuer,
  now,
  parse,
} from './trust-world.fixture.ts';
import { type Verification, verifyBundle } from './verify-bundle.ts';

export const world = createTrustWorld();
export const provenance = 'https://slsa.dev/provenance/v1';
export const expected: Expectations = {
  kind: 'signature',
  identity: exactly(identity),
  issuer: exactly(issuer),
};

export function verify(json: BundleJson, expectations: Partial<Expectations> = {}): Verification {
  return verifyBundle({
    bundle: parse(json),
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { ...expected, ...expectations },
    now,
  });
}

/** Codes of what did not pass, with how. */
export function faultsOf({ checks }: Verification): readonly string[] {
  return checks.flatMap(({ code, outcome }) => (outcome === 'passed' ? [] : [`${code} ${outcome}`]));
}
