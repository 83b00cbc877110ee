// Whose signatures are expected on a repository's images: shown to whoever may pull, decided by its owners alone. What
// was seen is proposed or unexpected; it is expected once an owner said so, with their name and, where it is not what was
// learned, a reason. A key that nobody can prove by itself is handed in by an owner, who thereby confirms it.
import { describeIdentity, tellApart } from '../../engines/verify/learned-identity.ts';
import { thumbprintOf } from '../../engines/verify/public-key.ts';
import { parseTrustedKey } from '../../engines/verify/signer.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Grant } from '../hub/access.ts';
import { recordAudit, whoOf } from '../hub/audit.ts';
import type { RepositoryName } from '../hub/images.ts';
import type { Queue } from '../jobs/queue.ts';
import { recordEvents } from '../registry/event.ts';
import { trustErrors } from './errors.ts';
import { enqueueUnproved } from './identity-job.ts';
import {
  addIdentity,
  findIdentity,
  findSame,
  type IdentityState,
  type IdentityUse,
  type KnownIdentity,
  listIdentities,
} from './identity-row.ts';
import { listUnproved, type UnprovedSignature } from './sighting-row.ts';

export interface ListedIdentity extends KnownIdentity {
  /** Who it is, in half a sentence. */
  readonly who: string;
  /** Of an unexpected one: what is not as it was learned, in sentences. */
  readonly differences: readonly string[];
}

export interface IdentityList {
  /** A sentence. */
  readonly answer: string;
  /** The worst of what there is: unexpected, proposed, confirmed; or `none`. */
  readonly outcome: 'unexpected' | 'proposed' | 'confirmed' | 'none';
  readonly identities: readonly ListedIdentity[];
  readonly unproved: readonly UnprovedSignature[];
}

export interface IdentityDecision {
  readonly id: number;
  /** `confirm` of what is proposed, `approve` of what is unexpected or was dropped, `drop` of any. */
  readonly decision: 'confirm' | 'approve' | 'drop';
  readonly reason?: string;
}

export interface KeyWish {
  readonly use: IdentityUse;
  /** PEM. */
  readonly publicKey: string;
  readonly reason: string;
}

export interface ExpectedIdentities {
  list(repository: RepositoryName): Promise<IdentityList>;
  /** `trust.identity_missing`, `trust.identity_decided`, `trust.identity_reason_missing` */
  decide(grant: Grant<'own'>, decision: IdentityDecision): Promise<ListedIdentity>;
  /** `x509.pem_invalid`, `verify.key_invalid`, `trust.identity_decided` */
  addKey(grant: Grant<'own'>, wish: KeyWish): Promise<ListedIdentity>;
}

export interface ExpectedIdentityDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly queue: Pick<Queue, 'enqueue'>;
}

export function createExpectedIdentities(deps: ExpectedIdentityDeps): ExpectedIdentities {
  const { database, clock, queue } = deps;
  return {
    async list({ id }) {
      const identities = await listIdentities(database.query, id);
      const unproved = await listUnproved(database.query, id);
      return {
        ...answer(identities, unproved),
        identities: identities.map((one) => describe(one, identities)),
        unproved,
      };
    },

    decide(grant, { id, decision, reason }) {
      return database.transaction(async (query) => {
        const home = await readHome(query, grant.repository);
        const known = await findIdentity(query, home, id);
        if (known === undefined)
          throw trustErrors.identity_missing(`${grant.repository} has no signer ${id} by now`);
        checkDecision(known, decision, reason);
        const state = decision === 'drop' ? 'dropped' : 'confirmed';
        await settle(query, grant, known, { state, decision, now: clock.now(), ...reasonOf(reason) });
        return readOne(query, home, id);
      });
    },

    addKey(grant, { use, publicKey, reason }) {
      const { key } = parseTrustedKey(publicKey, 'the key');
      const identity = { kind: 'key', thumbprint: thumbprintOf(key.der) } as const;
      return database.transaction(async (query) => {
        const now = clock.now();
        const home = await readHome(query, grant.repository);
        const before = await findSame(query, home, use, identity);
        if (before?.state === 'confirmed')
          throw trustErrors.identity_decided(`the key ${identity.thumbprint} is expected already`);
        const id =
          before?.id ??
          (await addIdentity(query, home, { use, identity, state: 'proposed', publicKey, now }));
        await query
          .updateTable('expected_identity')
          .set({ public_key: publicKey })
          .where('id', '=', id)
          .execute();
        const known = (await findIdentity(query, home, id)) as KnownIdentity;
        await settle(query, grant, known, { state: 'confirmed', decision: 'approve', now, reason });
        await enqueueUnproved(queue, query, now, home);
        return readOne(query, home, id);
      });
    },
  };
}

interface Settled {
  readonly state: IdentityState;
  readonly decision: IdentityDecision['decision'];
  readonly reason?: string;
  readonly now: number;
}

async function settle(
  query: Query,
  grant: Grant<'own'>,
  { id, use, identity, lastDigest }: KnownIdentity,
  { state, decision, reason, now }: Settled,
): Promise<void> {
  await query
    .updateTable('expected_identity')
    .set({ state, decided_by: whoOf(grant), decided_at: now, reason: reason ?? null })
    .where('id', '=', id)
    .execute();
  const said = { use, identity: describeIdentity(identity), decision, ...reasonOf(reason) };
  const { repository } = grant;
  if (lastDigest === undefined)
    return recordAudit(query, grant, [{ action: 'identity.decide', target: repository, detail: said }], now);
  const event = { kind: 'signer_decided', repository, digest: lastDigest, ...said } as const;
  await recordEvents(query, grant, [event], now);
}

function reasonOf(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function checkDecision(
  { state, identity }: KnownIdentity,
  decision: IdentityDecision['decision'],
  reason: string | undefined,
): void {
  const who = describeIdentity(identity);
  const refuse = (why: string) => trustErrors.identity_decided(`${who} ${why}`);
  if (decision === 'confirm' && state !== 'proposed')
    throw refuse(state === 'confirmed' ? 'is expected already' : `is ${state}: approve it, with a reason`);
  if (decision === 'approve' && state === 'confirmed') throw refuse('is expected already');
  if (decision === 'approve' && state === 'proposed') throw refuse('is proposed: confirm it');
  if (decision === 'drop' && state === 'dropped') throw refuse('is dropped already');
  if (decision !== 'confirm' && reason === undefined)
    throw trustErrors.identity_reason_missing(
      `to ${decision} a signer needs a reason, which the audit log keeps`,
    );
}

async function readOne(query: Query, repositoryId: number, id: number): Promise<ListedIdentity> {
  const all = await listIdentities(query, repositoryId);
  return describe(all.find((one) => one.id === id) as KnownIdentity, all);
}

function describe(one: KnownIdentity, all: readonly KnownIdentity[]): ListedIdentity {
  const learned = all.filter(
    ({ use, state }) => use === one.use && (state === 'confirmed' || state === 'proposed'),
  );
  return {
    ...one,
    who: describeIdentity(one.identity),
    differences:
      one.state === 'unexpected'
        ? tellApart(
            learned.map(({ identity }) => identity),
            one.identity,
          )
        : [],
  };
}

function answer(
  identities: readonly KnownIdentity[],
  unproved: readonly UnprovedSignature[],
): Pick<IdentityList, 'answer' | 'outcome'> {
  const count = (state: IdentityState) => identities.filter((one) => one.state === state).length;
  const [unexpected, proposed, confirmed] = [count('unexpected'), count('proposed'), count('confirmed')];
  if (unexpected > 0)
    return {
      outcome: 'unexpected',
      answer: `${unexpected === 1 ? 'A signer was' : `${unexpected} signers were`} not expected here, and nobody has approved ${unexpected === 1 ? 'it' : 'them'}.`,
    };
  if (proposed > 0)
    return {
      outcome: 'proposed',
      answer: `${proposed === 1 ? 'A signer was' : `${proposed} signers were`} seen here, and no owner has confirmed ${proposed === 1 ? 'it' : 'them'} yet.`,
    };
  if (confirmed > 0)
    return {
      outcome: 'confirmed',
      answer: `Signatures here are expected of ${confirmed === 1 ? 'one signer' : `${confirmed} signers`}, confirmed by an owner; no other waits for an answer.`,
    };
  return {
    outcome: 'none',
    answer:
      unproved.length > 0
        ? 'There are signatures here, and this server can prove none of them.'
        : 'Nobody is known to have signed an image here.',
  };
}

async function readHome(query: Query, name: string): Promise<number> {
  const row = await query.selectFrom('repository').select('id').where('name', '=', name).executeTakeFirst();
  if (row === undefined) throw trustErrors.identity_missing(`there is no repository ${name} by now`);
  return row.id;
}
