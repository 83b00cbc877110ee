// The keys and certificates that an instance begins with, made once: at the server's first start, or by `plimsoll
// trust init`. Keys are durable before their rows are, and the rows come in one transaction: an end in between leaves
// key files that nobody refers to, and the next start makes others.
import { certifyBelow, certifyRoot } from '../../engines/authority/establish.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { KeyRing, RingKey } from '../../io/keys/key-ring.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { keepSetting } from '../hub/kept-setting.ts';
import { addTrustKeys, listTrustKeys, type Purpose, purposes, type TrustKey } from './trust-key.ts';

export interface EstablishParts {
  readonly database: Database;
  /** Where the keys go that the server signs with. */
  readonly ring: KeyRing;
  /** Where the root's key goes, which is to be carried away. */
  readonly offlineRing: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  /** Where clients reach the server; names the log for ever. */
  readonly publicUrl?: string | undefined;
}

export interface Established {
  /** False where there were keys already. */
  readonly isNew: boolean;
  /** Name of the log and of who the certificates are of: a bare host name, kept for ever. */
  readonly origin: string;
  readonly keys: readonly TrustKey[];
}

const ORIGIN_SETTING = 'trust_origin';
const NAME_BYTES = 8;
const HOUR_MS = 60 * 60 * 1000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** The root is needed again only to renew what is below it. */
const ROOT_YEARS = 20;
/** So long that a renewal may be late, so short that it is not forgotten how it is done. */
const BELOW_YEARS = 5;
/** Clocks of those who verify may be behind: what is signed at the first moment is not from before its key. */
const EARLY_MS = 60_000;
const ID_CHARS = 8;

/** What there is, made where there is nothing. `keys.file_unwritable`, `keys.unavailable`, `db.unavailable` */
export async function establishTrust(parts: EstablishParts): Promise<Established> {
  const { database } = parts;
  const origin = await keepOrigin(parts);
  const kept = await listTrustKeys(database.query);
  if (kept.length > 0) return { isNew: false, origin, keys: kept };
  const made = await makeKeys(parts, origin);
  await database.transaction((query) => addTrustKeys(query, made));
  return { isNew: true, origin, keys: await listTrustKeys(database.query) };
}

/** The name that was kept; undefined before the first start. */
export async function findTrustOrigin(query: Query): Promise<string | undefined> {
  const row = await query
    .selectFrom('setting')
    .select('value')
    .where('name', '=', ORIGIN_SETTING)
    .executeTakeFirst();
  return row?.value;
}

/** A bare host name, whatever the server is called later: a log of another name is another log. */
function keepOrigin({ database, random, publicUrl }: EstablishParts): Promise<string> {
  // .internal is set aside for private use (ICANN, 2024): no such name ever is somebody else's.
  const unnamed = `plimsoll-${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}.internal`;
  const host = publicUrl === undefined ? '' : new URL(publicUrl).hostname;
  return keepSetting(
    database,
    ORIGIN_SETTING,
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host) ? host : unnamed,
  );
}

async function makeKeys(parts: EstablishParts, organization: string): Promise<readonly TrustKey[]> {
  const { ring, offlineRing, clock, random } = parts;
  const id = random.uuid().slice(0, ID_CHARS);
  const make = (purpose: Purpose): Promise<RingKey> =>
    (purpose === 'root' ? offlineRing : ring).create(`${purpose}-${id}`, purposes[purpose]);
  const [root, issuing, stamping, ct, log] = await Promise.all([
    make('root'),
    make('issuing'),
    make('stamping'),
    make('certificate-log'),
    make('log'),
  ]);
  const madeAt = clock.now();
  const notBeforeMs = Math.floor((madeAt - EARLY_MS) / 1000) * 1000;
  const plan = { organization, notBeforeMs, random };
  const certified = await certifyRoot(root.key, { ...plan, notAfterMs: notBeforeMs + ROOT_YEARS * YEAR_MS });
  const below = { ...plan, notAfterMs: notBeforeMs + BELOW_YEARS * YEAR_MS };
  const [issuer, stamper] = await Promise.all([
    certifyBelow(certified, 'issuing', issuing.key, below),
    certifyBelow(certified, 'stamping', stamping.key, below),
  ]);
  const row = (purpose: Purpose, made: RingKey, chain: TrustKey['chain'] = []): TrustKey =>
    describeKey(purpose, made, { id: random.uuid(), chain, madeAt, validFrom: notBeforeMs });
  return [
    row('root', root, certified.chain),
    row('issuing', issuing, issuer.chain),
    row('stamping', stamping, stamper.chain),
    row('certificate-log', ct),
    row('log', log),
  ];
}

/**
 * The key of identity tokens, made when the first is asked for: RSA takes longer to make than a server to start.
 * Throws as `establishTrust`.
 */
export async function addIdentityKey(
  parts: Pick<EstablishParts, 'database' | 'ring' | 'clock' | 'random'>,
): Promise<void> {
  const { database, ring, clock, random } = parts;
  const name = `identity-${random.uuid().slice(0, ID_CHARS)}`;
  const made = await ring.create(name, purposes.identity);
  const times = { madeAt: clock.now(), validFrom: clock.now() - EARLY_MS };
  const key = describeKey('identity', made, { id: random.uuid(), chain: [], ...times });
  await database.transaction((query) => addTrustKeys(query, [key]));
}

function describeKey(
  purpose: Purpose,
  { reference, key }: RingKey,
  rest: Pick<TrustKey, 'id' | 'chain' | 'madeAt' | 'validFrom'>,
): TrustKey {
  return { purpose, reference, publicKey: key.publicKey, ...rest };
}
