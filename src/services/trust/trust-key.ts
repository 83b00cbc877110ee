// The keys of the instance's authority as rows: what each is for, from when it signs and until when it is believed. A
// rotation is another row, published before it signs, and an end for the former one: in between both are believed.
import type { Selectable } from 'kysely';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import type { Query } from '../../io/db/database.ts';
import type { TrustKeyTable } from '../../io/db/tables-trust.ts';
import { parseJson } from '../../kit/json.ts';
import { trustErrors } from './errors.ts';

/** What each key of an instance is for, and of which kind it is. */
export const purposes = Object.freeze({
  /** Signs the authority's certificates, and lies elsewhere after that. */
  root: 'ecdsa-p384-sha384',
  /** Issues certificates of minutes. */
  issuing: 'ecdsa-p256-sha256',
  stamping: 'ecdsa-p256-sha256',
  'certificate-log': 'ecdsa-p256-sha256',
  /** Signs the checkpoints of the log of what was signed. */
  log: 'ed25519',
  /** Signs the identity tokens of accounts: RS256 is what every client of OpenID Connect takes, and cosign alone. */
  identity: 'rsa-pkcs1-sha256',
  /** Signs the root of the TUF repository, and lies elsewhere after that. */
  'tuf-root': 'ed25519',
  /** Signs what the TUF repository publishes. */
  tuf: 'ed25519',
  /** Certifies the instance's parts, and its own end of their connections. */
  workload: 'ecdsa-p256-sha256',
} as const satisfies Readonly<Record<string, SignatureAlgorithm>>);

export type Purpose = keyof typeof purposes;

export interface TrustKey {
  readonly id: string;
  readonly purpose: Purpose;
  /** What the ring of keys opens it by. */
  readonly reference: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER, its own first, the root last; empty where the purpose has no certificate. */
  readonly chain: readonly Uint8Array[];
  readonly madeAt: number;
  /** From when it signs; verifiers may know it before. */
  readonly validFrom: number;
  /** Until when what it signs is believed; absent while nobody has said. */
  readonly validUntil?: number;
  /** To the minute; absent where it never was. */
  readonly lastUsedAt?: number;
}

/** Adds a generation: all keys that begin together. */
export async function addTrustKeys(query: Query, keys: readonly TrustKey[]): Promise<void> {
  await query
    .insertInto('trust_key')
    .values(
      keys.map((key) => ({
        id: key.id,
        purpose: key.purpose,
        reference: key.reference,
        public_key: key.publicKey,
        chain_json: JSON.stringify(key.chain.map((der) => Buffer.from(der).toString('base64'))),
        made_at: key.madeAt,
        valid_from: key.validFrom,
        valid_until: key.validUntil ?? null,
        last_used_at: null,
      })),
    )
    .execute();
}

/** Says until when what a key signs is believed. */
export async function endTrustKey(query: Query, id: string, validUntil: number): Promise<void> {
  await query.updateTable('trust_key').set({ valid_until: validUntil }).where('id', '=', id).execute();
}

export async function noteTrustKeyUse(
  query: Query,
  keys: readonly Pick<TrustKey, 'id'>[],
  now: number,
): Promise<void> {
  const ids = keys.map(({ id }) => id);
  await query.updateTable('trust_key').set({ last_used_at: now }).where('id', 'in', ids).execute();
}

/** All that there are and were, the oldest first. */
export async function listTrustKeys(query: Query): Promise<readonly TrustKey[]> {
  const rows = await query
    .selectFrom('trust_key')
    .selectAll()
    .orderBy('valid_from')
    .orderBy('made_at')
    .orderBy('id')
    .execute();
  return rows.map(toTrustKey);
}

/** The one that signs at this time: of those that are valid the newest. `trust.key_missing` */
export function keyInUse(keys: readonly TrustKey[], purpose: Purpose, now: number): TrustKey {
  const found = keys.findLast(
    (key) => key.purpose === purpose && key.validFrom <= now && now <= (key.validUntil ?? now),
  );
  if (found === undefined)
    throw trustErrors.key_missing(`the instance has no ${purpose} key that is valid now`);
  return found;
}

function toTrustKey(row: Selectable<TrustKeyTable>): TrustKey {
  const chain = parseJson(row.chain_json);
  return {
    id: row.id,
    purpose: row.purpose as Purpose,
    reference: row.reference,
    publicKey: row.public_key,
    chain: Array.isArray(chain) ? chain.map((der) => Buffer.from(String(der), 'base64')) : [],
    madeAt: row.made_at,
    validFrom: row.valid_from,
    ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}
