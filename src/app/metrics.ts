// What /metrics answers: what went over the wire, what was refused, what stands in the rows, and the process itself.
import type { MetricsParts } from '../entry/http/api/api.ts';
import type { RequestLimit } from '../entry/http/request-limit.ts';
import type { Traffic } from '../entry/http/traffic.ts';
import type { Metric } from '../formats/metrics/exposition.ts';
import type { Database } from '../io/db/database.ts';
import type { PullLimits } from '../services/hub/pull-limits.ts';
import { createStateMetrics } from '../services/hub/state-metrics.ts';
import type { Pulls } from '../services/registry/pulls.ts';
import type { Quotas } from '../services/registry/quotas.ts';
import type { Repairs } from '../services/registry/repair.ts';
import type { DiskStatus, Reserve } from '../services/registry/reserve.ts';
import type { KeyReports } from '../services/trust/key-report.ts';
import type { Config } from './config.ts';
import { readKeyMetrics } from './key-life.ts';
import type { TlsWatch } from './tls-watch.ts';
import type { Surroundings } from './wire.ts';

export interface MetricsSources {
  readonly database: Database;
  readonly quotas: Quotas;
  readonly traffic: Traffic;
  readonly pullLimits: PullLimits;
  readonly requestLimit: Pick<RequestLimit, 'refused'>;
  readonly pulls: Pick<Pulls, 'flush' | 'counted'>;
  readonly repairs: Pick<Repairs, 'counts'>;
  readonly reserve: Pick<Reserve, 'read'>;
  /** Connections that were ended, by reason; undefined until the server listens. */
  readonly readEnded: () => Readonly<Record<string, number>> | undefined;
  /** Undefined without TLS. */
  readonly tls: TlsWatch | undefined;
  readonly keyReports: KeyReports;
}

/** Nothing where metrics are switched off. */
export function createMetrics(
  { metrics: who }: Pick<Config, 'metrics'>,
  { clock, version }: Pick<Surroundings, 'clock' | 'version'>,
  {
    database,
    quotas,
    traffic,
    pullLimits,
    pulls,
    requestLimit,
    repairs,
    reserve,
    readEnded,
    tls,
    keyReports,
  }: MetricsSources,
): { readonly metrics?: MetricsParts } {
  if (who === 'off') return {};
  const startedAt = clock.now();
  const readUsage = (namespace: string) => quotas.find({ namespace });
  const state = createStateMetrics({ database, clock, readUsage });
  const readProcess = (): readonly Metric[] => [
    row('plimsoll_build_info', 'gauge', 'The version, as a label.', 1, { version }),
    row('process_start_time_seconds', 'gauge', 'When the server started.', startedAt / 1000),
    row('process_resident_memory_bytes', 'gauge', 'Its memory.', process.memoryUsage.rss()),
  ];
  const readLimits = (): readonly Metric[] => [
    {
      name: 'plimsoll_pulls_total',
      kind: 'counter',
      help: 'Pulls, an index with its platform as one: by tag, or by digest.',
      samples: [
        { labels: { kind: 'tag' }, value: pulls.counted.tag },
        { labels: { kind: 'digest' }, value: pulls.counted.digest },
      ],
    },
    {
      name: 'plimsoll_limited_total',
      kind: 'counter',
      help: 'Requests that were refused by a limit: of pulls, or of requests.',
      samples: [
        { labels: { limit: 'pulls' }, value: pullLimits.refused },
        { labels: { limit: 'requests' }, value: requestLimit.refused },
      ],
    },
  ];
  const readConnections = (): readonly Metric[] => [
    {
      name: 'plimsoll_connections_ended_total',
      kind: 'counter',
      help: 'Connections that were ended: idle ones that made room, stalled ones, and refused ones.',
      samples: Object.entries(readEnded() ?? {}).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
  return {
    metrics: {
      isOpen: who === 'open',
      async read() {
        // What waits is told too; what cannot be written is told once it is.
        await pulls.flush().catch(() => {});
        return [
          ...readProcess(),
          ...traffic.read(),
          ...readLimits(),
          ...readConnections(),
          ...(tls?.read() ?? []),
          ...readRepairs(repairs),
          ...(await readKeyMetrics(keyReports, clock.now())),
          ...readDisk(await reserve.read()),
          ...(await state.read()),
        ];
      },
    },
  };
}

function readRepairs({ counts }: Pick<Repairs, 'counts'>): readonly Metric[] {
  const sample = (outcome: keyof Repairs['counts']) => ({ labels: { outcome }, value: counts[outcome] });
  return [
    {
      name: 'plimsoll_repairs_total',
      kind: 'counter',
      help: 'Damaged blobs that a mirror repaired, tries in which none could, and wrong answers that were refused.',
      samples: [sample('repaired'), sample('failed'), sample('refused')],
    },
  ];
}

/** Nothing where the disk cannot be asked: a number would be a lie. */
function readDisk(disk: DiskStatus): readonly Metric[] {
  if (disk.kind === 'unknown') return [];
  return [
    row('plimsoll_disk_free_bytes', 'gauge', 'What may still be written on the disk.', disk.freeBytes),
    row('plimsoll_disk_bytes', 'gauge', 'The size of the disk.', disk.totalBytes),
    row('plimsoll_disk_reserve_bytes', 'gauge', 'What pushes leave free on it.', disk.reserveBytes),
  ];
}

function row(
  name: string,
  kind: Metric['kind'],
  help: string,
  value: number,
  labels?: Readonly<Record<string, string>>,
): Metric {
  return { name, kind, help, samples: [labels === undefined ? { value } : { labels, value }] };
}
