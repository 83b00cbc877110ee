// What stands in the rows, as metrics: jobs, scans, uploads, bytes, deliveries, the audit log, quotas. Asked anew at
// most every so often, since sums read whole tables. Labels are states and kinds of the product, and the namespaces
// that were given a quota, of which the first are shown.
import type { Metric, Sample } from '../../formats/metrics/exposition.ts';
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';

export interface StateMetrics {
  read(): Promise<readonly Metric[]>;
}

/** Scrapers ask every 15 s or so; several may. */
const FRESH_MS = 10_000;
const NAMESPACES = 100;

/** What a namespace holds and may hold: the registry's to compute. */
export type UsageReader = (namespace: string) => Promise<{ readonly bytes: number }>;

export function createStateMetrics(deps: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly readUsage: UsageReader;
}): StateMetrics {
  let last: { readonly at: number; readonly metrics: Promise<readonly Metric[]> } | undefined;
  return {
    read() {
      const now = deps.clock.now();
      if (last === undefined || now - last.at >= FRESH_MS || now < last.at) {
        const metrics = readAll(deps);
        last = { at: now, metrics };
        metrics.catch(() => {
          last = undefined;
        });
      }
      return last.metrics;
    },
  };
}

type Deps = Parameters<typeof createStateMetrics>[0];

async function readAll({ database, readUsage }: Deps): Promise<readonly Metric[]> {
  const { query } = database;
  const blobs = await query
    .selectFrom('blob')
    .select((of) => [
      of.fn.countAll<number>().as('count'),
      of.fn.sum<number | null>('size_bytes').as('bytes'),
    ])
    .executeTakeFirstOrThrow();
  const audit = await query
    .selectFrom('audit')
    .select((of) => of.fn.max<number | null>('seq').as('seq'))
    .executeTakeFirst();
  const quotas = await query
    .selectFrom('namespace_quota')
    .select(['namespace', 'quota_bytes'])
    .orderBy('namespace')
    .limit(NAMESPACES)
    .execute();
  const held: Sample[] = [];
  for (const { namespace } of quotas)
    held.push({ labels: { namespace }, value: (await readUsage(namespace)).bytes });
  return [
    gauge('plimsoll_repositories', 'Repositories, empty ones too.', await countOf(database, 'repository')),
    gauge('plimsoll_blobs', 'Blobs and manifests that are stored.', Number(blobs.count)),
    gauge('plimsoll_stored_bytes', 'Their bytes, each once.', Number(blobs.bytes ?? 0)),
    gauge(
      'plimsoll_damaged_blobs',
      'Those found lost or changed and not repaired yet.',
      await countDamaged(database),
    ),
    gauge('plimsoll_uploads', 'Uploads that are open.', await countOf(database, 'upload')),
    gauge('plimsoll_audit_entries', 'Entries of the audit log.', Number(audit?.seq ?? 0)),
    {
      name: 'plimsoll_jobs',
      kind: 'gauge',
      help: 'Jobs by kind and state; those that are done are forgotten after a while.',
      samples: await countJobs(database),
    },
    {
      name: 'plimsoll_scans',
      kind: 'gauge',
      help: 'Images by the state of their scan.',
      samples: await countStates(database, 'scan'),
    },
    {
      name: 'plimsoll_webhook_deliveries',
      kind: 'gauge',
      help: 'Deliveries to webhooks that are remembered, by state.',
      samples: await countStates(database, 'webhook_delivery'),
    },
    {
      name: 'plimsoll_namespace_quota_bytes',
      kind: 'gauge',
      help: 'What a namespace may hold, of those with a quota.',
      samples: quotas.map(({ namespace, quota_bytes: value }) => ({ labels: { namespace }, value })),
    },
    {
      name: 'plimsoll_namespace_bytes',
      kind: 'gauge',
      help: 'What a namespace holds, of those with a quota.',
      samples: held,
    },
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, kind: 'gauge', help, samples: [{ value }] };
}

async function countOf({ query }: Database, table: 'repository' | 'upload'): Promise<number> {
  const row = await query
    .selectFrom(table)
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

async function countDamaged({ query }: Database): Promise<number> {
  const row = await query
    .selectFrom('blob_damage')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('repaired_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

async function countStates(
  { query }: Database,
  table: 'scan' | 'webhook_delivery',
): Promise<readonly Sample[]> {
  const rows = await query
    .selectFrom(table)
    .select((of) => ['state', of.fn.countAll<number>().as('count')])
    .groupBy('state')
    .orderBy('state')
    .execute();
  return rows.map(({ state, count }) => ({ labels: { state }, value: Number(count) }));
}

async function countJobs({ query }: Database): Promise<readonly Sample[]> {
  const rows = await query
    .selectFrom('job')
    .select((of) => ['kind', 'state', of.fn.countAll<number>().as('count')])
    .groupBy(['kind', 'state'])
    .orderBy('kind')
    .orderBy('state')
    .execute();
  return rows.map(({ kind, state, count }) => ({ labels: { kind, state }, value: Number(count) }));
}
