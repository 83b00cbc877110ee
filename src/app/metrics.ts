// What /metrics answers: what went over the wire, what was refused, what stands in the rows, and the process itself.
import type { MetricsParts } from '../entry/http/api/api.ts';
import type { RequestLimit } from '../entry/http/request-limit.ts';
import type { Traffic } from '../entry/http/traffic.ts';
import type { Metric } from '../formats/metrics/exposition.ts';
import type { Database } from '../io/db/database.ts';
import type { PullLimits } from '../services/hub/pull-limits.ts';
import { createStateMetrics } from '../services/hub/state-metrics.ts';
import type { Quotas } from '../services/registry/quotas.ts';
import type { Config } from './config.ts';
import type { TlsWatch } from './tls-watch.ts';
import type { Surroundings } from './wire.ts';

export interface MetricsSources {
  readonly database: Database;
  readonly quotas: Quotas;
  readonly traffic: Traffic;
  readonly pullLimits: PullLimits;
  readonly requestLimit: RequestLimit | undefined;
  /** Undefined without TLS. */
  readonly tls: TlsWatch | undefined;
}

/** Nothing where metrics are switched off. */
export function createMetrics(
  { metrics: who }: Pick<Config, 'metrics'>,
  { clock, version }: Pick<Surroundings, 'clock' | 'version'>,
  { database, quotas, traffic, pullLimits, requestLimit, tls }: MetricsSources,
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
    row('plimsoll_pulls_total', 'counter', 'Manifests of images that were sent.', pullLimits.pulled),
    {
      name: 'plimsoll_limited_total',
      kind: 'counter',
      help: 'Requests that were refused by a limit: of pulls, or of requests.',
      samples: [
        { labels: { limit: 'pulls' }, value: pullLimits.refused },
        { labels: { limit: 'requests' }, value: requestLimit?.refused ?? 0 },
      ],
    },
  ];
  return {
    metrics: {
      isOpen: who === 'open',
      read: async () => [
        ...readProcess(),
        ...traffic.read(),
        ...readLimits(),
        ...(tls?.read() ?? []),
        ...(await state.read()),
      ],
    },
  };
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
