// Runs one part: all servers in turns, round after round (A B C, then C B A), a round more to warm up, and writes
// the medians with their spread as a table in Markdown.

import { spawnSync } from 'node:child_process';
import { median } from '../figure.ts';
import type { Contestant } from './contestant.ts';
import type { Measure, Options, Part, Prepared } from './part.ts';
import { type Server, startServer } from './server.ts';

type Figures = Map<Server, number[]>;

/** Markdown. */
export async function runPart(
  part: Part,
  contestants: readonly Contestant[],
  options: Options,
): Promise<string> {
  await using opened = new AsyncDisposableStack();
  const servers: Server[] = [];
  for (const contestant of contestants) servers.push(opened.use(await startServer(contestant)));
  const prepared = await part.prepare(servers, options);
  opened.defer(() => prepared.dispose?.());
  const figures = await runRounds(prepared, servers, options);
  const memory = servers.map((server) => `${(server.peakMemoryBytes() / 1e6).toFixed(0)} MB`);
  return formatPart(part, servers, prepared, figures, memory);
}

async function runRounds(
  prepared: Prepared,
  servers: readonly Server[],
  { rounds, seconds }: Options,
): Promise<Map<Measure, Figures>> {
  const figures = new Map<Measure, Figures>(
    prepared.measures.map((measure) => [measure, new Map(servers.map((server) => [server, []]))]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    prepared.beforeRound?.(round);
    for (const measure of prepared.measures)
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        if (measure.withoutTokens !== undefined && !server.contestant.hasTokens) continue;
        await Promise.all(servers.map((other) => other.settle()));
        if (prepared.isWriting === true) spawnSync('sync');
        const figure = await measure.run(server, round, round === 0 ? Math.min(1, seconds) : seconds);
        // The first round warms up.
        if (round > 0 && figure !== undefined) figures.get(measure)?.get(server)?.push(figure);
      }
  }
  for (const [measure, own] of figures) {
    const same = prepared.measures.find(({ title }) => title === measure.withoutTokens);
    for (const server of servers)
      if (same !== undefined && !server.contestant.hasTokens)
        own.set(server, figures.get(same)?.get(server) ?? []);
  }
  return figures;
}

function formatPart(
  part: Part,
  servers: readonly Server[],
  { notes }: Prepared,
  figures: ReadonlyMap<Measure, Figures>,
  memory: readonly string[],
): string {
  const [ours, ...peers] = servers;
  const rows = [...figures].map(([measure, own]) => [
    `${measure.title} (${measure.unit})`,
    ...servers.map((server) => formatFigures(own.get(server) ?? [])),
    ...peers.map((peer) => formatRatio(measure.unit, own.get(ours as Server) ?? [], own.get(peer) ?? [])),
  ]);
  const head = [part.title, ...servers.map(({ name }) => name), ...peers.map(({ name }) => `ours : ${name}`)];
  const lines = [
    head,
    head.map((_, position) => (position === 0 ? '---' : '---:')),
    ...rows,
    ['peak memory', ...memory, ...peers.map(() => '')],
  ];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${table}\n${notes.length === 0 ? '' : `\n${notes.join(' ')}\n`}`;
}

/** The median, lowest to highest. */
function formatFigures(values: readonly number[]): string {
  if (values.length === 0) return '';
  return `${round(median(values))} (${round(Math.min(...values))} to ${round(Math.max(...values))})`;
}

/** How many times as fast ours is, round by round: of times the inverse, so that more is always better for us. */
function formatRatio(unit: Measure['unit'], ours: readonly number[], theirs: readonly number[]): string {
  if (ours.length === 0 || ours.length !== theirs.length) return '';
  const ratios = ours.map((value, position) => {
    const ratio = value / (theirs[position] as number);
    return unit === 'ms' ? 1 / ratio : ratio;
  });
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
