// An instance's authority for tests: the product's own parts, with keys and a log in memory.
import {
  createInstance,
  type Instance,
  type InstanceOptions,
} from '../../src/engines/authority/instance.fixture.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { InstanceTrust } from '../../src/services/trust/instance-trust.ts';

export interface TestTrust extends InstanceTrust {
  readonly instance: Instance;
  /** What was signed by now, in its order. */
  readonly signed: readonly { readonly predicateType: string; readonly bundle: Uint8Array }[];
}

/** The machine's clock and the address https://images.example.org where nothing else is said. */
export async function createTestTrust(
  options: InstanceOptions & { readonly origin?: string } = {},
): Promise<TestTrust> {
  const { origin = 'https://images.example.org', clock = systemClock, ...rest } = options;
  const instance = await createInstance({ clock, ...rest });
  const identity = { issuer: origin, subject: { kind: 'uri', uri: origin } } as const;
  const signed: { predicateType: string; bundle: Uint8Array }[] = [];
  return {
    instance,
    identity,
    signed,
    async signAsInstance(statement) {
      const made = await instance.authority.signFor(identity, statement);
      signed.push(made);
      return made;
    },
    readTrustedRoot: async () => instance.trustedRoot,
    readSigningConfig: async () => Buffer.from('{}'),
  };
}
