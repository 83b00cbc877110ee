// Metrics as Prometheus reads them: its text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats),
// which every collector takes, OpenTelemetry's too. Written by hand: a name, a kind, a line for each value. Pure.

export interface Metric {
  /** `plimsoll_pulls_total`; counters end with `_total`, sizes with their unit. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** One document, in the order given. A metric without samples is left out. */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, kind, help, samples }) =>
      [
        `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
        `# TYPE ${name} ${kind}`,
        ...samples.map(({ labels = {}, value }) => `${name}${formatLabels(labels)} ${value}`),
        '',
      ].join('\n'),
    )
    .join('');
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const items = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return items.length === 0 ? '' : `{${items.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
