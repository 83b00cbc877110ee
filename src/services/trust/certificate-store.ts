// What the certificate log keeps: each precertificate with the leaf that was promised (RFC 6962 §3.4), in a row that
// is durable before the promise is given. Read back in their order, as monitors ask (§4.6).
import type { KeepCertificate } from '../../engines/authority/certificate-log.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { parseJson } from '../../kit/json.ts';

export interface KeptPrecertificate {
  readonly precertificate: Uint8Array;
  readonly leaf: Uint8Array;
  /** DER from who issued it to the root. */
  readonly chain: readonly Uint8Array[];
}

/** Keeps what is issued below this chain. */
export function keepPrecertificate(database: Database, chain: readonly Uint8Array[]): KeepCertificate {
  const chain_json = JSON.stringify(chain.map((der) => Buffer.from(der).toString('base64')));
  return ({ precertificate, leaf }) =>
    database.transaction(async (query) => {
      const at = await countPrecertificates(query);
      await query
        .insertInto('trust_precertificate')
        .values({ leaf: at, precertificate, leaf_bytes: leaf, chain_json })
        .execute();
    });
}

export async function countPrecertificates(query: Query): Promise<number> {
  const last = await query
    .selectFrom('trust_precertificate')
    .select('leaf')
    .orderBy('leaf', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? 0 : last.leaf + 1;
}

/** From `start` on, as many as there are of `count`. */
export async function readPrecertificates(
  query: Query,
  start: number,
  count: number,
): Promise<readonly KeptPrecertificate[]> {
  const rows = await query
    .selectFrom('trust_precertificate')
    .selectAll()
    .where('leaf', '>=', start)
    .where('leaf', '<', start + count)
    .orderBy('leaf')
    .execute();
  return rows.map(({ precertificate, leaf_bytes, chain_json }) => {
    const chain = parseJson(chain_json);
    return {
      precertificate,
      leaf: leaf_bytes,
      chain: Array.isArray(chain) ? chain.map((der) => Buffer.from(String(der), 'base64')) : [],
    };
  });
}
