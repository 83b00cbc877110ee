// A ring of keys some of which somebody put elsewhere: by purpose, in a token or a service of keys, where they are made
// or found. What is remembered of such a key is its place without what opens it (a PIN, a module's path): those come
// from the configuration each time, so that the database holds none of them.
import { algorithmOfKey, type SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { keysErrors } from './errors.ts';
import { formatKeyReference, parseKeyReference } from './key-reference.ts';
import type { KeyRing } from './key-ring.ts';
import type { SigningKey } from './signing-key.ts';

/** The two verbs of open-key.ts, with what the places need. */
export interface KeyAccess {
  open(reference: string): Promise<SigningKey>;
  generate(reference: string, algorithm: SignatureAlgorithm): Promise<SigningKey>;
}

export interface PlacedRingParts {
  /** Holds what has no place of its own. */
  readonly others: KeyRing;
  /** References by purpose, whole. A key's name begins with its purpose and a hyphen. */
  readonly places: ReadonlyMap<string, string>;
  readonly access: KeyAccess;
}

/**
 * As the others, but for the purposes that have a place: `create` takes the key that is there, or makes one.
 * `keys.algorithm_unsuitable` where another kind is there, and what the place throws.
 */
export function createPlacedRing({ others, places, access }: PlacedRingParts): KeyRing {
  const shown = new Map([...places.values()].map((one) => [formatKeyReference(parseKeyReference(one)), one]));

  async function take(place: string, algorithm: SignatureAlgorithm): Promise<SigningKey> {
    const key = await access.open(place).catch((cause: unknown) => {
      if (isPlimsollError(cause, { code: keysErrors.key_missing.code })) return undefined;
      throw cause;
    });
    if (key === undefined) return access.generate(place, algorithm);
    const found = algorithmOfKey(key.publicKey);
    if (found === algorithm) return key;
    throw keysErrors.algorithm_unsuitable(
      `${formatKeyReference(parseKeyReference(place))} signs with ${found}; for this purpose it must be ${algorithm}`,
    );
  }

  return {
    async create(name, algorithm) {
      const [, place] = [...places].find(([purpose]) => name.startsWith(`${purpose}-`)) ?? [];
      if (place === undefined) return others.create(name, algorithm);
      const key = await take(place, algorithm);
      return { reference: formatKeyReference(parseKeyReference(place)), key };
    },

    open(reference) {
      const place = shown.get(reference);
      if (place !== undefined) return access.open(place);
      return reference.startsWith('file:') ? others.open(reference) : access.open(reference);
    },
  };
}
