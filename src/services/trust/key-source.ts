// What the rows of an installation know of its keys, certificates and tokens. Former keys, and tokens that are over or
// taken back, are left out: nothing is to be done about them. Of each row no secret is read.
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import type { Query } from '../../io/db/database.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { listKeptKeys } from '../hub/kept-keys.ts';
import { tokenKey } from '../hub/tokens.ts';
import type { KeyAges, KnownKey } from './key-age.ts';
import { pinnedKeys, pinnedPurposes } from './pinned-key.ts';
import { listTrustKeys, type Purpose } from './trust-key.ts';
import { listTrustRequests } from './trust-request.ts';

const NAME_CHARS = 16;

/** The newest key of each purpose, and those that wait for others to sign. */
export async function listAuthorityKeys(
  query: Query,
  ages: Pick<KeyAges, 'signingMs' | 'rootMs'>,
): Promise<readonly KnownKey[]> {
  const newest = new Map<Purpose, Awaited<ReturnType<typeof listTrustKeys>>[number]>();
  for (const key of await listTrustKeys(query)) newest.set(key.purpose, key);
  const keys = [...newest.values()].map(({ purpose, publicKey, chain, madeAt, lastUsedAt, validUntil }) => {
    const ends = [
      ...(validUntil === undefined ? [] : [validUntil]),
      ...chain.map((der) => readAuthorityCertificate(der).notAfterMs),
    ];
    return {
      purpose,
      name: hashHex('sha256', publicKey).slice(0, NAME_CHARS),
      madeAt,
      maxAgeMs: purpose === 'root' || purpose === 'tuf-root' ? ages.rootMs : ages.signingMs,
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
      ...(ends.length === 0 ? {} : { endsAt: Math.min(...ends) }),
      renewal: RENEWALS[purpose] ?? `plimsoll trust rotate ${purpose}`,
    };
  });
  const waiting = (await listTrustRequests(query)).map(({ role, publicKey, madeAt }) => ({
    purpose: `${role}-request`,
    name: hashHex('sha256', publicKey).slice(0, NAME_CHARS),
    madeAt,
    // A month to get to where the roots' keys are.
    maxAgeMs: Math.min(ages.signingMs, 30 * 24 * 60 * 60 * 1000),
    renewal:
      role === 'tuf'
        ? 'plimsoll trust root sign FILE by who holds its keys, then trust root apply FILE'
        : 'plimsoll trust rotate --certified FILE, with the file that trust certify wrote',
  }));
  return [...keys, ...waiting];
}

/** Of keys that no rotation renews by itself. */
const RENEWALS: Readonly<Partial<Record<Purpose, string>>> = Object.freeze({
  root: 'plimsoll trust rotate root FILE, then trust certify --new-root',
  'tuf-root': 'plimsoll trust root propose FILE --add-key --remove-key, sign, apply',
  tuf: 'plimsoll trust rotate tuf FILE, then trust root sign and apply',
});

const UNDATED = 'when it was made was not written down';

/** Keys that an installation makes once; of most nobody wrote down when. */
export async function listKeptSecrets(
  query: Query,
  { signingMs }: Pick<KeyAges, 'signingMs'>,
): Promise<readonly KnownKey[]> {
  const [bearer] = await listKeptKeys(query, tokenKey.name);
  const pinned = pinnedPurposes.flatMap((purpose) => pinnedKeys[purpose].map((name) => ({ purpose, name })));
  const newest = await Promise.all(
    pinned.map(async (one) => ({ ...one, key: (await listKeptKeys(query, one.name))[0] })),
  );
  return [
    ...(bearer === undefined
      ? []
      : [
          {
            purpose: 'bearer-token',
            name: `generation ${bearer.generation}`,
            maxAgeMs: signingMs,
            ...(bearer.madeAt === undefined ? { why: UNDATED } : { madeAt: bearer.madeAt }),
            renewal: 'plimsoll trust rotate bearer-token',
          },
        ]),
    ...newest.flatMap(({ purpose, name, key }) =>
      key === undefined
        ? []
        : [
            {
              ...{ purpose, name, maxAgeMs: signingMs },
              ...(key.madeAt === undefined ? { why: UNDATED } : { madeAt: key.madeAt }),
              renewal: `plimsoll trust rotate ${purpose}`,
            },
          ],
    ),
  ];
}

/** Access tokens, robots' secrets and client certificates that hold: the oldest `limits.reportedKeys` of each. */
export async function listCredentials(
  query: Query,
  { tokenMs }: Pick<KeyAges, 'tokenMs'>,
  now: number,
): Promise<readonly KnownKey[]> {
  const tokens = await query
    .selectFrom('access_token')
    .leftJoin('account', 'account.id', 'access_token.owner_id')
    .leftJoin('robot', 'robot.id', 'access_token.owner_id')
    .select([
      'access_token.name',
      'access_token.kind',
      'access_token.created_at',
      'access_token.expires_at',
      'access_token.last_used_at',
      'account.name as account',
      'robot.namespace',
      'robot.name as robot',
    ])
    .where('access_token.kind', '!=', 'refresh')
    .where('access_token.revoked_at', 'is', null)
    .where(({ eb, or }) =>
      or([eb('access_token.expires_at', 'is', null), eb('access_token.expires_at', '>', now)]),
    )
    .orderBy('access_token.created_at')
    .limit(limits.reportedKeys)
    .execute();
  const certificates = await query
    .selectFrom('certificate')
    .leftJoin('account', 'account.id', 'certificate.owner_id')
    .leftJoin('robot', 'robot.id', 'certificate.owner_id')
    .select([
      'certificate.name',
      'certificate.created_at',
      'certificate.expires_at',
      'certificate.last_used_at',
      'account.name as account',
      'robot.namespace',
      'robot.name as robot',
    ])
    .orderBy('certificate.created_at')
    .limit(limits.reportedKeys)
    .execute();
  const ownerOf = (row: { account: string | null; namespace: string | null; robot: string | null }): string =>
    row.account ?? (row.robot === null ? 'nobody' : `${row.namespace}+${row.robot}`);
  const timesOf = (row: { created_at: number; expires_at: number | null; last_used_at: number | null }) => ({
    madeAt: row.created_at,
    ...(row.expires_at === null ? {} : { endsAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  });
  return [
    ...tokens.map((row) => ({
      purpose: row.kind === 'robot' ? 'robot-token' : 'access-token',
      name: `${ownerOf(row)}: ${row.name}`,
      maxAgeMs: tokenMs,
      ...timesOf(row),
      renewal:
        row.kind === 'robot'
          ? `plimsoll token create NAME --robot ${ownerOf(row)}, then revoke this one`
          : 'plimsoll token create NAME, then revoke this one',
    })),
    ...certificates.map((row) => {
      // A name holds for every certificate that its authority gives; of those none has an age here.
      const { madeAt, ...times } = timesOf(row);
      return {
        purpose: 'client-certificate',
        name: `${ownerOf(row)}: ${row.name}`,
        ...(row.expires_at === null
          ? { why: 'its authority renews it; its age is not known here' }
          : { madeAt }),
        ...times,
        renewal: 'plimsoll certificate add, then remove',
      };
    }),
  ];
}
