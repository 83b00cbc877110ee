// Keys that wait for somebody far from the server, as rows: for a certificate below the root, or for a root of the TUF
// repository that names them. A row goes when its key is taken.
import type { RenewedRole } from '../../formats/x509/renewal.ts';
import type { Query } from '../../io/db/database.ts';

export type WaitingRole = RenewedRole | 'tuf';

export interface TrustRequest<R extends WaitingRole = WaitingRole> {
  readonly id: string;
  readonly role: R;
  /** What the ring of keys opens it by. */
  readonly reference: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly madeAt: number;
}

export async function addTrustRequest(query: Query, request: TrustRequest): Promise<void> {
  const { id, role: purpose, reference, publicKey: public_key, madeAt: made_at } = request;
  await query.insertInto('trust_request').values({ id, purpose, reference, public_key, made_at }).execute();
}

/** In the order in which they were made. */
export async function listTrustRequests(query: Query): Promise<readonly TrustRequest[]> {
  const rows = await query.selectFrom('trust_request').selectAll().orderBy('made_at').orderBy('id').execute();
  return rows.map(({ id, purpose, reference, public_key, made_at }) => ({
    id,
    role: purpose as WaitingRole,
    reference,
    publicKey: public_key,
    madeAt: made_at,
  }));
}

export async function removeTrustRequest(query: Query, id: string): Promise<void> {
  await query.deleteFrom('trust_request').where('id', '=', id).execute();
}
