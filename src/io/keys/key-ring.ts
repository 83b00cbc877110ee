// The keys of somebody who has several and adds more: each is made once and found again by its reference, which says
// where it is and never holds it. Who uses a ring knows no path, token or service.
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from './signing-key.ts';

/** A key with what opens it again. */
export interface RingKey {
  /** As `file:issuing-1f2e3d4c.pem`. */
  readonly reference: string;
  readonly key: SigningKey;
}

export interface KeyRing {
  /** A new key, durable before this resolves. `name` tells it apart and is part of the reference. `keys.file_unwritable`, `keys.unavailable` */
  create(name: string, algorithm: SignatureAlgorithm): Promise<RingKey>;
  /** `keys.reference_unknown`, and what the place itself throws. */
  open(reference: string): Promise<SigningKey>;
}
