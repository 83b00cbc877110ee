// The first tables: accounts, the registry's rows, events, jobs and scans. tables.ts says what each is for.
// Foreign keys hold the registry together: a tag cannot outlive its manifest. Scans stand outside them,
// since what is known of a digest stays true whichever repositories hold it.
import { sql, type Transaction } from 'kysely';
import type { ColumnTypes, Migration } from '../migrate.ts';
import type { Tables } from '../tables.ts';
import { table } from './table.ts';

export const first: Migration = Object.freeze<Migration>({
  name: '0001-first',
  async up(query, types) {
    await createAccounts(query, types);
    await createRepositories(query, types);
    await createBlobs(query, types);
    await createManifests(query, types);
    await createEventsAndJobs(query, types);
    await createScans(query, types);
  },
});

type Build = Transaction<Tables>;

async function createAccounts(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'account', {
    text: ['id', 'name', 'password_hash'],
    integer: ['is_admin', 'created_at'],
  })
    .addPrimaryKeyConstraint('account_key', ['id'])
    .addUniqueConstraint('account_name', ['name'])
    .execute();
  await table(query, types, 'setting', { text: ['name', 'value'] })
    .addPrimaryKeyConstraint('setting_key', ['name'])
    .execute();
}

async function createRepositories(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'repository', {
    identity: 'id',
    text: ['name'],
    integer: ['is_public', 'created_at', 'updated_at'],
  })
    .addUniqueConstraint('repository_name', ['name'])
    .execute();
  await query.schema.createIndex('repository_updated').on('repository').columns(['updated_at']).execute();
}

async function createBlobs(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'blob', { text: ['digest'], integer: ['size_bytes', 'created_at'] })
    .addPrimaryKeyConstraint('blob_key', ['digest'])
    .execute();
  await table(query, types, 'repository_blob', { integer: ['repository_id', 'created_at'], text: ['digest'] })
    .addPrimaryKeyConstraint('repository_blob_key', ['repository_id', 'digest'])
    .addForeignKeyConstraint('repository_blob_repository', ['repository_id'], 'repository', ['id'])
    .addForeignKeyConstraint('repository_blob_blob', ['digest'], 'blob', ['digest'])
    .execute();
  await query.schema.createIndex('repository_blob_digest').on('repository_blob').column('digest').execute();
  await table(query, types, 'upload', {
    text: ['id', 'algorithm'],
    integer: ['repository_id', 'started_at', 'updated_at'],
  })
    .addPrimaryKeyConstraint('upload_key', ['id'])
    .addForeignKeyConstraint('upload_repository', ['repository_id'], 'repository', ['id'])
    .execute();
  await query.schema.createIndex('upload_updated').on('upload').column('updated_at').execute();
}

async function createManifests(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'manifest', {
    integer: ['repository_id', 'size_bytes', 'created_at'],
    text: ['digest', 'media_type', 'kind'],
    optionalText: ['artifact_type', 'subject_digest', 'annotations_json'],
  })
    .addPrimaryKeyConstraint('manifest_key', ['repository_id', 'digest'])
    .addForeignKeyConstraint('manifest_repository', ['repository_id'], 'repository', ['id'])
    .addForeignKeyConstraint('manifest_blob', ['digest'], 'blob', ['digest'])
    .execute();
  await query.schema.createIndex('manifest_digest').on('manifest').column('digest').execute();
  await query.schema
    .createIndex('manifest_subject')
    .on('manifest')
    .columns(['repository_id', 'subject_digest', 'digest'])
    .where('subject_digest', 'is not', null)
    .execute();

  await table(query, types, 'manifest_child', {
    integer: ['repository_id', 'position'],
    text: ['digest', 'child_digest', 'role'],
  })
    .addPrimaryKeyConstraint('manifest_child_key', ['repository_id', 'digest', 'role', 'position'])
    .addForeignKeyConstraint(
      'manifest_child_manifest',
      ['repository_id', 'digest'],
      'manifest',
      ['repository_id', 'digest'],
      (key) => key.onDelete('cascade'),
    )
    .execute();
  await query.schema
    .createIndex('manifest_child_child')
    .on('manifest_child')
    .columns(['child_digest', 'repository_id'])
    .execute();

  await table(query, types, 'tag', { integer: ['repository_id', 'updated_at'], text: ['name', 'digest'] })
    .addPrimaryKeyConstraint('tag_key', ['repository_id', 'name'])
    .addForeignKeyConstraint('tag_manifest', ['repository_id', 'digest'], 'manifest', [
      'repository_id',
      'digest',
    ])
    .execute();
  await query.schema.createIndex('tag_digest').on('tag').columns(['repository_id', 'digest']).execute();
  await query.schema.createIndex('tag_updated').on('tag').columns(['updated_at']).execute();
  await query.schema
    .createIndex('tag_repository_updated')
    .on('tag')
    .columns(['repository_id', 'updated_at'])
    .execute();
}

async function createEventsAndJobs(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'event', {
    identity: 'id',
    text: ['kind', 'subject_json'],
    integer: ['created_at'],
    optionalInteger: ['dispatched_at'],
  }).execute();
  await query.schema
    .createIndex('event_undispatched')
    .on('event')
    .column('id')
    .where(sql.ref('dispatched_at'), 'is', null)
    .execute();

  await table(query, types, 'job', {
    identity: 'id',
    text: ['kind', 'key', 'input_json', 'state'],
    integer: ['attempts', 'run_at', 'created_at', 'updated_at'],
    optionalText: ['lease_owner', 'error'],
    optionalInteger: ['lease_until'],
  }).execute();
  await query.schema.createIndex('job_due').on('job').columns(['state', 'run_at']).execute();
  await query.schema
    .createIndex('job_unfinished')
    .unique()
    .on('job')
    .columns(['kind', 'key'])
    .where(sql.ref('state'), 'in', ['ready', 'leased'])
    .execute();
}

async function createScans(query: Build, types: ColumnTypes): Promise<void> {
  await table(query, types, 'scan', {
    text: ['digest', 'state'],
    integer: ['repository_id', 'layers_done', 'layers_total', 'queued_at'],
    optionalText: ['platform', 'summary_json', 'error'],
    optionalBytes: ['inventory_zst', 'report_zst'],
    optionalInteger: ['packages', 'judged_packages', 'indexed_at', 'judged_at'],
  })
    .addPrimaryKeyConstraint('scan_key', ['digest'])
    .execute();
  // Holds the sums of the home page, so that they read no row.
  await query.schema
    .createIndex('scan_state')
    .on('scan')
    .columns(['state', 'packages', 'judged_packages'])
    .execute();

  await table(query, types, 'scan_package', { text: ['digest', 'scope', 'name'] })
    .addPrimaryKeyConstraint('scan_package_key', ['digest', 'scope', 'name'])
    .execute();
  await query.schema
    .createIndex('scan_package_name')
    .on('scan_package')
    .columns(['scope', 'name', 'digest'])
    .execute();

  await table(query, types, 'scan_component', { text: ['digest', 'name', 'version', 'type'] })
    .addPrimaryKeyConstraint('scan_component_key', ['digest', 'type', 'name', 'version'])
    .execute();
  await query.schema
    .createIndex('scan_component_name')
    .on('scan_component')
    .columns(['name', 'version', 'digest'])
    .execute();

  await table(query, types, 'scan_finding', { text: ['digest', 'id', 'severity'] })
    .addPrimaryKeyConstraint('scan_finding_key', ['digest', 'id'])
    .execute();
  await query.schema.createIndex('scan_finding_id').on('scan_finding').columns(['id', 'digest']).execute();
}
