// The instance as its certificates name it: the address that clients reach it at.
import type { InstanceTrust } from './instance-trust.ts';

export interface InstanceAddress {
  /** `https://images.example.org`, without a slash at its end. */
  readonly origin: string;
  /** What clients write before a repository's name. */
  readonly host: string;
}

export function addressOf({ identity }: Pick<InstanceTrust, 'identity'>): InstanceAddress {
  const { subject, issuer } = identity;
  const origin = (subject.kind === 'uri' ? subject.uri : issuer).replace(/\/+$/, '');
  return { origin, host: new URL(origin).host };
}
