// Keys of rows as they are opened: each once, and only where its place holds the key that the row says.
import { authorityErrors } from '../../engines/authority/errors.ts';
import type { KeyRing } from '../../io/keys/key-ring.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { TrustKey } from './trust-key.ts';

export type OpenTrustKey = (
  row: Pick<TrustKey, 'id' | 'reference' | 'publicKey'> & { readonly purpose: string },
) => Promise<SigningKey>;

/** `authority.key_mismatch` where a place holds another key; a key that could not be opened is tried again. */
export function createKeyOpener(ring: Pick<KeyRing, 'open'>): OpenTrustKey {
  const opened = new Map<string, Promise<SigningKey>>();
  return (row) => {
    const known = opened.get(row.id);
    if (known !== undefined) return known;
    const opening = ring.open(row.reference).then((key) => {
      if (Buffer.compare(key.publicKey, row.publicKey) === 0) return key;
      throw authorityErrors.key_mismatch(
        `${row.reference} is another key than the instance’s ${row.purpose} key`,
      );
    });
    opened.set(row.id, opening);
    opening.catch(() => opened.delete(row.id));
    return opening;
  };
}
