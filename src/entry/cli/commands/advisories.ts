// `plimsoll advisories refresh|status`: brings the feeds up to date, or says how old and how large they are.
// A feed that cannot be read keeps its last good state; the exit code then is 1, the other feeds stand.
// A place may be without an optional feed: that is said, and is no failure.
import {
  type FeedOutcome,
  type RefreshProgress,
  refreshAdvisories,
} from '../../../engines/advisory/refresh.ts';
import { listFeedStatus } from '../../../engines/advisory/status.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { createProgress, type Progress } from '../progress.ts';
import { formatFeedTable } from '../report/feed-table.ts';
import { plural } from '../report/text.ts';
import { paint } from '../style.ts';
import type { CliWorld } from '../world.ts';

export const advisoriesCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'refresh or status')
      .option('--from <place>', 'folder or mirror to read feeds from, instead of their public addresses')
      .option('--feed <name...>', 'only these feeds')
      .option('--force', 'take a feed even if it shrank to under half')
      .option('-f, --format <format>', 'table or json (status)', 'table')
      .option('-q, --quiet', 'no progress')
      .addHelpText('after', '\nExample: plimsoll advisories refresh --from /mnt/mirror --feed debian');
  },
  run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ['refresh', 'status']);
    return action === 'refresh' ? refresh(world, input) : status(world, input);
  },
};

async function refresh(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const feeds = input.options.feed as readonly string[] | undefined;
  using progress = createProgress(world.stderr, world.clock, isSet(input, 'quiet'));
  const outcomes = await refreshAdvisories({
    shelf: world.advisories,
    source: await world.feedSource(textOption(input, 'from')),
    clock: world.clock,
    signal: world.signal,
    isForced: isSet(input, 'force'),
    ...(feeds === undefined ? {} : { feeds }),
    onProgress: (event) => show(progress, event),
  });
  const kept = outcomes.filter((outcome) => outcome.kind === 'kept');
  if (kept.length === 0) return exitCodes.yes;
  world.stderr.write(
    `${kept.length} of ${outcomes.length} feeds could not be refreshed; what was known of them stands.\n`,
  );
  return exitCodes.error;
}

function show(progress: Progress, event: RefreshProgress): void {
  const label = event.title;
  if (event.kind === 'fetching') progress.update(label, event.bytes, event.totalBytes, 'bytes');
  else if (event.kind === 'reading') progress.update(label, event.records, undefined, 'count');
  else progress.end(label, describeOutcome(event.outcome));
}

function describeOutcome(outcome: FeedOutcome): string {
  if (outcome.kind === 'refreshed') return plural(outcome.row.records, 'record');
  const known = outcome.previous === undefined ? 'nothing is known of it' : 'its last good state stands';
  if (outcome.kind === 'absent') return `not in ${outcome.source}; ${known}`;
  return `${outcome.error.message}; ${known} [${outcome.error.code}]`;
}

async function status(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
  await using store = await world.advisories.open();
  const rows = listFeedStatus(store, world.clock.now());
  if (format === 'json') {
    const plain = rows.map(({ row, ...rest }) => ({
      ...rest,
      ...row,
      ...(row === undefined ? {} : { refreshedAt: formatInstant(row.refreshedAt) }),
    }));
    world.stdout.write(`${JSON.stringify(plain, undefined, 2)}\n`);
    return exitCodes.yes;
  }
  world.stdout.write(formatFeedTable(rows, world.stdout));
  if (rows.some(({ row, isStale, isOptional }) => (row === undefined && !isOptional) || isStale))
    world.stderr.write(`${paint(world.stderr, 'dim', 'Next:')} plimsoll advisories refresh\n`);
  return exitCodes.yes;
}
