import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { Key, Metadata, Root } from '@tufjs/models';
import { formatRoleFile, parseRoleFile, type RoleFile } from '../../formats/tuf/role-file.ts';
import { createRoleKey, keysOfRole, nameKey } from '../../formats/tuf/role-key.ts';
import { formatRootProposal, parseRootProposal, type RootProposal } from '../../formats/tuf/root-proposal.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { createMemoryTufStore } from '../../io/tuf/memory.ts';
import { formatCeremony } from './ceremony.ts';
import { judgeSignatures } from './judge-root.ts';
import { proposeRoot } from './propose-root.ts';
import { createOtherClient, createRepository, type Repository, TRUSTED_ROOT } from './repository.fixture.ts';
import { acceptRoot, readNewestRoot } from './root-shelf.ts';
import { describeRootChange } from './root-words.ts';
import { signProposal } from './sign-role.ts';

const idOf = ({ publicKey }: SigningKey): string => createRoleKey(publicKey).keyID;

/** What travels is bytes. */
async function signedBy(proposal: RootProposal, ...keys: readonly SigningKey[]): Promise<RootProposal> {
  let travelling = formatRootProposal(proposal);
  for (const key of keys)
    travelling = formatRootProposal(await signProposal(parseRootProposal(travelling), key));
  return parseRootProposal(travelling);
}

const twoOfThree = (): Promise<Repository> => createRepository({ holders: 3, threshold: 2 });

async function propose(
  repository: Repository,
  wish: Parameters<typeof proposeRoot>[1],
): Promise<RootProposal> {
  return proposeRoot(await readNewestRoot(repository.store), wish, repository.clock.now());
}

test('root: two of three holders replace the third, and clients follow', async () => {
  const repository = await twoOfThree();
  const { store, clock, rootKeys } = repository;
  const [one, two, three] = rootKeys as [SigningKey, SigningKey, SigningKey];
  using client = await createOtherClient(repository);
  await client.fetch(TRUSTED_ROOT);
  const fresh = await createMemoryKey('ecdsa-p256-sha256');
  const proposal = await propose(repository, {
    addKeys: [{ publicKey: fresh.publicKey, holder: 'Dora' }],
    removeKeys: [idOf(three).slice(0, 12)],
  });
  const signed = await signedBy(proposal, one, two);
  assert.equal(await acceptRoot(store, signed, clock.now()), 'published');
  assert.deepEqual(
    keysOfRole((await readNewestRoot(store)) as RoleFile<'root'>, 'root').keys.map(({ keyID }) => keyID),
    [idOf(one), idOf(two), idOf(fresh)],
  );
  assert.equal(await client.fetch(TRUSTED_ROOT), '{"first":true}');
  assert.equal(client.rootVersion(), 2);
});

test('root: too few, wrong or foreign signatures take nothing in', async () => {
  const repository = await twoOfThree();
  const { store, clock, rootKeys } = repository;
  const [one, two, three] = rootKeys as [SigningKey, SigningKey, SigningKey];
  const proposal = await propose(repository, {});
  const refuse = async (candidate: RootProposal, code: string, message?: RegExp): Promise<void> => {
    await assert.rejects(acceptRoot(store, candidate, clock.now()), {
      code,
      ...(message === undefined ? {} : { message }),
    });
    assert.equal((await readNewestRoot(store))?.signed.version, 1);
  };
  await refuse(proposal, 'trustroot.signatures_missing', /^the current root asks for 2 .* none signed/);
  await refuse(await signedBy(proposal, one), 'trustroot.signatures_missing', /\(Holder 3\) can still sign/);
  await refuse(await signedBy(proposal, one, one), 'trustroot.signatures_missing');

  const stranger = await createMemoryKey('ed25519');
  await assert.rejects(signProposal(proposal, stranger), { code: 'trustroot.key_not_asked' });
  const tall = await signedBy(proposal, one, two);
  const signatures = Object.values(tall.next.signatures);
  const swapped = signatures.map(({ keyID }, at) => ({ keyid: keyID, sig: signatures[1 - at]?.sig ?? '' }));
  const json = { ...tall.next.toJSON(), signatures: swapped };
  await refuse(
    { next: parseRoleFile('root', Buffer.from(JSON.stringify(json))) },
    'trustroot.signatures_missing',
  );

  // A thief of one key makes itself the only holder: the new root is content, the old one is not.
  const thief = proposeRoot(
    proposal.current,
    { removeKeys: [idOf(two), idOf(three)], threshold: 1 },
    clock.now(),
  );
  await refuse(await signedBy(thief, one), 'trustroot.signatures_missing', /^the current root/);
  // And what the proposal itself calls the current root changes nothing.
  await refuse(
    await signedBy({ ...thief, current: thief.next }, one),
    'trustroot.signatures_missing',
    /^the current root/,
  );
});

test('root: the new holders must sign too', async () => {
  const repository = await createRepository();
  const { store, clock, rootKeys } = repository;
  const [one] = rootKeys as [SigningKey];
  const fresh = await createMemoryKey('ed25519');
  const proposal = await propose(repository, {
    addKeys: [{ publicKey: fresh.publicKey }],
    removeKeys: [idOf(one)],
  });
  await assert.rejects(acceptRoot(store, await signedBy(proposal, one), clock.now()), {
    code: 'trustroot.signatures_missing',
    message: /^the next root asks for 1 of its keys, and none signed/,
  });
  await assert.rejects(acceptRoot(store, await signedBy(proposal, fresh), clock.now()), {
    message: /^the current root asks for 1 of its keys/,
  });
  assert.equal(await acceptRoot(store, await signedBy(proposal, one, fresh), clock.now()), 'published');
});

test('root: an older one, the same one again, and one of another line are refused', async () => {
  const repository = await createRepository();
  const { store, clock, rootKeys } = repository;
  const [one] = rootKeys as [SigningKey];
  const second = await signedBy(await propose(repository, {}), one);
  const rival = await signedBy(await propose(repository, { lifetimeMs: 1_000_000_000 }), one);
  await acceptRoot(store, second, clock.now());
  for (const late of [second, rival])
    await assert.rejects(acceptRoot(store, late, clock.now()), { code: 'trustroot.version_wrong' });
  const first = parseRoleFile('root', (await store.read('1.root.json')) as Uint8Array);
  await assert.rejects(acceptRoot(store, { next: first }, clock.now()), { code: 'trustroot.version_wrong' });
  const third = await signedBy(proposeRoot(second.next, { lifetimeMs: 1000 }, clock.now()), one);
  await assert.rejects(acceptRoot(store, third, clock.now() + 2000), { code: 'trustroot.root_expired' });
  const skipping = proposeRoot(third.next, {}, clock.now());
  await assert.rejects(acceptRoot(store, await signedBy(skipping, one), clock.now()), {
    code: 'trustroot.version_wrong',
  });
});

test('root: one that nobody or an attacker could sign is not proposed, and one key never counts twice', async () => {
  const repository = await createRepository();
  const { online, rootKeys, clock, store } = repository;
  const [one] = rootKeys as [SigningKey];
  const current = await readNewestRoot(store);
  const timestamp = online.get('timestamp')?.[0] as SigningKey;
  const code = 'trustroot.proposal_impossible';
  for (const wish of [
    { threshold: 2 },
    { threshold: 0 },
    { removeKeys: [idOf(one)] },
    { removeKeys: ['abc'] },
    { removeKeys: [''] },
    { addKeys: [{ publicKey: timestamp.publicKey }] },
    { onlineKeys: { snapshot: [one.publicKey] } },
    { onlineKeys: { snapshot: [] } },
  ])
    assert.throws(() => proposeRoot(current, wish, clock.now()), { code }, JSON.stringify(wish));
  const rsa = await createMemoryKey('rsa-pkcs1-sha256');
  for (const addKey of [{ publicKey: rsa.publicKey }, { publicKey: one.publicKey, holder: '\u001b[2J' }])
    assert.throws(() => proposeRoot(current, { addKeys: [addKey] }, clock.now()), {
      code: 'tuf.key_unsuitable',
    });

  // The same key under a second id, as an attacker with one key of two would write it.
  const { next } = proposeRoot(
    undefined,
    { addKeys: [{ publicKey: one.publicKey }], onlineKeys: onlineOf(repository) },
    0,
  );
  const json = next.signed.toJSON() as {
    keys: Record<string, unknown>;
    roles: { root: { keyids: string[]; threshold: number } };
    expires: string;
  };
  json.keys['f'.repeat(64)] = json.keys[idOf(one)];
  json.roles.root = { keyids: [idOf(one), 'f'.repeat(64)], threshold: 2 };
  json.expires = '2999-01-01T00:00:00Z';
  let doubled = new Metadata(Root.fromJSON(json as never));
  doubled = (await signProposal({ next: doubled }, one)).next as Metadata<Root>;
  const [signature] = Object.values(doubled.signatures);
  const twice = {
    ...doubled.toJSON(),
    signatures: [signature, { keyid: 'f'.repeat(64), sig: signature?.sig }],
  };
  await assert.rejects(
    acceptRoot(
      createMemoryTufStore(),
      { next: parseRoleFile('root', Buffer.from(JSON.stringify(twice))) },
      clock.now(),
    ),
    { code, message: /another id than its own/ },
  );
});

function onlineOf({ online }: Repository) {
  return Object.fromEntries(
    [...online].map(([role, keys]) => [role, keys.map(({ publicKey }) => publicKey)]),
  );
}

test('root: a change is said in sentences, and who signed in names', async () => {
  const repository = await twoOfThree();
  const { rootKeys } = repository;
  const [one, , three] = rootKeys as [SigningKey, SigningKey, SigningKey];
  const fresh = await createMemoryKey('ed25519');
  const proposal = await propose(repository, {
    addKeys: [{ publicKey: fresh.publicKey, holder: 'Dora' }],
    removeKeys: [idOf(three)],
    threshold: 3,
    onlineKeys: {
      timestamp: [fresh.publicKey].slice(1).concat((await createMemoryKey('ed25519')).publicKey),
    },
  });
  const [head, ...rest] = describeRootChange(proposal);
  assert.match(head ?? '', /^Root 2 takes the place of root 1; it holds until \d{4}-.*Z \(before: /);
  assert.deepEqual(
    rest.map((line) => line.replaceAll(/[0-9a-f]{12}/g, 'ID')),
    [
      'ID (Dora) becomes a root key.',
      'ID (Holder 3) is no root key any more.',
      '3 of 3 root keys must sign the next root.',
      'ID signs timestamp, online.',
      'ID signs timestamp no more.',
    ],
  );
  const demands = judgeSignatures(await signedBy(proposal, one));
  assert.deepEqual(
    demands.map(({ by, threshold, signed, unsigned, isMet }) => [
      by,
      threshold,
      signed.length,
      unsigned.length,
      isMet,
    ]),
    [
      ['current', 2, 1, 2, false],
      ['next', 3, 1, 2, false],
    ],
  );
  assert.match(describeRootChange({ next: proposal.next })[0] ?? '', /^This is the first root/);
});

test('root: a holder that is no name is not shown', async () => {
  const { publicKey } = await createMemoryKey('ed25519');
  const { keyID, keyType, scheme, keyVal } = createRoleKey(publicKey);
  const strange = (holder: unknown) =>
    new Key({
      keyID,
      keyType,
      scheme,
      keyVal,
      unrecognizedFields: { 'x-plimsoll-holder': holder as string },
    });
  for (const holder of ['\u001b[2J', 'x'.repeat(101), '', 7, null])
    assert.equal(nameKey(strange(holder)), keyID.slice(0, 12));
  assert.equal(nameKey(strange('Zoë')), `${keyID.slice(0, 12)} (Zoë)`);
});

test('root: the printed ceremony has every key, its holder, and the steps that fit the threshold', async () => {
  const repository = await twoOfThree();
  const root = (await readNewestRoot(repository.store)) as RoleFile<'root'>;
  const sha256 = hash('sha256', formatRoleFile(root), 'hex');
  const print = (of: RoleFile<'root'>): string =>
    formatCeremony({
      root: of,
      firstRootSha256: sha256,
      rootSha256: sha256,
      place: '/srv/trust',
      nowMs: 0,
    }).join('\n');
  const text = print(root);
  for (const { keyID } of Object.values(root.signed.keys)) assert.ok(text.includes(keyID), keyID);
  for (const part of ['held by Holder 2', '2 of 3 must sign', '1 of the 3 may be lost', `sha256:${sha256}`])
    assert.ok(text.includes(part), part);
  const alone = await createRepository();
  assert.match(print((await readNewestRoot(alone.store)) as RoleFile<'root'>), /None may be lost/);
});
