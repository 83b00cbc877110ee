// Who may do what: namespaces, organisations with teams, roles, robots, tokens, publishers, and the audit log.
// Accounts that stand become the owners of the namespaces of their names; repositories keep who could push to them,
// since administrators may do all.
import type { Transaction } from 'kysely';
import type { ColumnTypes, Migration } from '../migrate.ts';
import type { Tables } from '../tables.ts';
import { table } from './table.ts';

export const rights: Migration = Object.freeze<Migration>({
  name: '0005-rights',
  async up(query, types) {
    await query.schema.alterTable('account').addColumn('disabled_at', types.integer).execute();
    await createNamespaces(query, types);
    await createTokens(query, types);
    await createPublishers(query, types);
    await createSignIns(query, types);
    await createAudit(query, types);
    await giveAccountsTheirNames(query);
  },
});

type Build = Transaction<Tables>;

async function createNamespaces(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'namespace', { text: ['name', 'kind'], integer: ['is_public', 'created_at'] })
    .addPrimaryKeyConstraint('namespace_key', ['name'])
    .execute();
  await table(query, types, 'member', { text: ['namespace', 'account_id'], integer: ['created_at'] })
    .addPrimaryKeyConstraint('member_key', ['namespace', 'account_id'])
    .execute();
  await query.schema.createIndex('member_account').on('member').column('account_id').execute();
  await table(query, types, 'team', { text: ['id', 'namespace', 'name'], integer: ['created_at'] })
    .addPrimaryKeyConstraint('team_key', ['id'])
    .addUniqueConstraint('team_name', ['namespace', 'name'])
    .execute();
  await table(query, types, 'team_member', { text: ['team_id', 'account_id'] })
    .addPrimaryKeyConstraint('team_member_key', ['team_id', 'account_id'])
    .addForeignKeyConstraint('team_member_team', ['team_id'], 'team', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();
  await query.schema.createIndex('team_member_account').on('team_member').column('account_id').execute();
  await table(query, types, 'role', {
    text: ['target_kind', 'target', 'subject_kind', 'subject_id', 'role'],
    integer: ['created_at'],
  })
    .addPrimaryKeyConstraint('role_key', ['target_kind', 'target', 'subject_kind', 'subject_id'])
    .execute();
  await query.schema.createIndex('role_subject').on('role').columns(['subject_id', 'subject_kind']).execute();
}

async function createTokens(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'robot', { text: ['id', 'namespace', 'name'], integer: ['created_at'] })
    .addPrimaryKeyConstraint('robot_key', ['id'])
    .addUniqueConstraint('robot_name', ['namespace', 'name'])
    .execute();
  await table(query, types, 'access_token', {
    text: ['id', 'kind', 'owner_id', 'name', 'secret_hash'],
    integer: ['created_at'],
    optionalText: ['permissions_json', 'parent_id'],
    optionalInteger: ['expires_at', 'last_used_at', 'revoked_at'],
  })
    .addPrimaryKeyConstraint('access_token_key', ['id'])
    .addUniqueConstraint('access_token_secret', ['secret_hash'])
    .execute();
  await query.schema
    .createIndex('access_token_owner')
    .on('access_token')
    .columns(['owner_id', 'created_at'])
    .execute();
}

async function createPublishers(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'publisher', {
    text: [
      'id',
      'target_kind',
      'target',
      'issuer',
      'audience',
      'subject_pattern',
      'claims_json',
      'created_by',
    ],
    integer: ['created_at'],
    optionalInteger: ['last_used_at'],
  })
    .addPrimaryKeyConstraint('publisher_key', ['id'])
    .execute();
  await query.schema.createIndex('publisher_issuer').on('publisher').column('issuer').execute();
  await query.schema
    .createIndex('publisher_target')
    .on('publisher')
    .columns(['target', 'target_kind'])
    .execute();
  await table(query, types, 'used_id_token', { text: ['id', 'used_from'], integer: ['expires_at'] })
    .addPrimaryKeyConstraint('used_id_token_key', ['id'])
    .execute();
  await query.schema.createIndex('used_id_token_end').on('used_id_token').column('expires_at').execute();
}

async function createSignIns(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'identity', {
    text: ['issuer', 'subject', 'account_id'],
    integer: ['created_at'],
  })
    .addPrimaryKeyConstraint('identity_key', ['issuer', 'subject'])
    .execute();
  await table(query, types, 'session', { text: ['secret_hash', 'account_id'], integer: ['expires_at'] })
    .addPrimaryKeyConstraint('session_key', ['secret_hash'])
    .execute();
  await query.schema.createIndex('session_end').on('session').column('expires_at').execute();
}

async function createAudit(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'audit', {
    integer: ['seq', 'at'],
    text: ['who', 'via', 'action', 'target', 'detail_json', 'hash'],
    optionalText: ['digest'],
  })
    .addPrimaryKeyConstraint('audit_key', ['seq'])
    .execute();
}

async function giveAccountsTheirNames(query: Build): Promise<void> {
  const accounts = await query.selectFrom('account').select(['id', 'name', 'created_at']).execute();
  for (const { id, name, created_at } of accounts) {
    await query.insertInto('namespace').values({ name, kind: 'account', is_public: 1, created_at }).execute();
    await query
      .insertInto('role')
      .values({
        target_kind: 'namespace',
        target: name,
        subject_kind: 'account',
        subject_id: id,
        role: 'owner',
        created_at,
      })
      .execute();
  }
}
