// The instance's authority of parts while it runs: rows of keys as those of trust are, read anew as soon as one
// changes. Each row's certificate is of one trust domain; an instance that is called otherwise gets another key. The
// first is made when it is first needed, so that instances without parts have none.
import {
  certifyWorkload,
  certifyWorkloadRoot,
  type IssuedWorkload,
  isIssuedBy,
  trustDomainOf,
  type WorkloadCertificate,
  type WorkloadWish,
  workloadEarlyMs,
} from '../../engines/authority/workload.ts';
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import type { Database } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import type { KeyRing } from '../../io/keys/key-ring.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import {
  addTrustKeys,
  keyInUse,
  listTrustKeys,
  noteTrustKeyUse,
  purposes,
  type TrustKey,
} from '../trust/trust-key.ts';

export interface WorkloadAuthority {
  /** A certificate of an hour. `keys.*`, `db.unavailable`, `authority.certificate_expired`, `x509.key_invalid` */
  issue(wish: Omit<WorkloadWish, 'now' | 'random'>): Promise<IssuedWorkload>;
  /** Certificates, DER, that parts and the instance believe now: those that will sign too. None before the first was made. */
  listAuthorities(trustDomain: string): Promise<readonly Uint8Array[]>;
  /** Whether this instance gave the certificate, at a time at which the authority that signed it was believed. */
  hasIssued(der: Uint8Array, certificate: WorkloadCertificate): Promise<boolean>;
}

export interface WorkloadParts {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
}

interface OwnKey {
  readonly row: TrustKey;
  readonly trustDomain: string | undefined;
  /** Of its certificate. */
  readonly notAfterMs: number;
}

const USE_NOTED_MS = 60_000;
const ID_CHARS = 8;

export function createWorkloadAuthority(parts: WorkloadParts): WorkloadAuthority {
  const { database, ring, clock, random } = parts;
  const rows = createRowCache<readonly OwnKey[]>(database, ['trust_key'], 1);
  const opened = new Map<string, SigningKey>();
  const noted = new Map<string, number>();
  let making: Promise<void> | undefined;

  const listKeys = (): Promise<readonly OwnKey[]> => rows.read('all', () => readKeys(database));

  /** Those whose certificates hold now. */
  async function listOf(trustDomain: string): Promise<readonly TrustKey[]> {
    const now = clock.now();
    return (await listKeys())
      .filter((key) => key.trustDomain === trustDomain && key.notAfterMs > now)
      .map(({ row }) => row);
  }

  /** Once for all who ask while it is made. */
  async function ensure(trustDomain: string): Promise<readonly TrustKey[]> {
    const now = clock.now();
    const known = await listOf(trustDomain);
    if (known.some(({ validFrom, validUntil }) => validFrom <= now && now <= (validUntil ?? now)))
      return known;
    making ??= addKey(parts, trustDomain).finally(() => {
      making = undefined;
    });
    await making;
    return listOf(trustDomain);
  }

  async function open({ id, reference }: TrustKey): Promise<SigningKey> {
    const key = opened.get(id) ?? (await ring.open(reference));
    opened.set(id, key);
    return key;
  }

  async function noteUse(row: TrustKey, now: number): Promise<void> {
    if (now - (noted.get(row.id) ?? Number.NEGATIVE_INFINITY) < USE_NOTED_MS) return;
    noted.set(row.id, now);
    await noteTrustKeyUse(database.query, [row], now);
  }

  return {
    async issue(wish) {
      const now = clock.now();
      const row = keyInUse(await ensure(wish.id.trustDomain), 'workload', now);
      const issued = await certifyWorkload(
        { key: await open(row), chain: row.chain },
        { ...wish, now, random },
      );
      await noteUse(row, now);
      return issued;
    },

    async listAuthorities(trustDomain) {
      const now = clock.now();
      return (await listOf(trustDomain))
        .filter(({ validUntil }) => now <= (validUntil ?? now))
        .map(({ chain }) => chain[0] as Uint8Array);
    },

    async hasIssued(der, { id, notBeforeMs }) {
      return (await listKeys()).some(
        ({ row: { chain, validFrom, validUntil }, trustDomain }) =>
          trustDomain === id.trustDomain &&
          notBeforeMs >= validFrom - workloadEarlyMs &&
          notBeforeMs <= (validUntil ?? notBeforeMs) &&
          isIssuedBy(der, chain[0] as Uint8Array),
      );
    },
  };
}

async function readKeys({ query }: Database): Promise<readonly OwnKey[]> {
  const found = (await listTrustKeys(query)).filter(
    ({ purpose, chain }) => purpose === 'workload' && chain.length > 0,
  );
  return found.map((row) => {
    const own = row.chain[0] as Uint8Array;
    return { row, trustDomain: trustDomainOf(own), notAfterMs: readAuthorityCertificate(own).notAfterMs };
  });
}

async function addKey({ database, ring, clock, random }: WorkloadParts, trustDomain: string): Promise<void> {
  const { reference, key } = await ring.create(
    `workload-${random.uuid().slice(0, ID_CHARS)}`,
    purposes.workload,
  );
  const now = clock.now();
  const { chain } = await certifyWorkloadRoot(key, { trustDomain, fromMs: now, random });
  const row = { id: random.uuid(), purpose: 'workload' as const, reference, publicKey: key.publicKey, chain };
  const times = { madeAt: now, validFrom: now - workloadEarlyMs };
  await database.transaction((query) => addTrustKeys(query, [{ ...row, ...times }]));
}
