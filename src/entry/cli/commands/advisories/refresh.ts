// `plimsoll advisories refresh`: brings the feeds up to date. A feed that cannot be read keeps its last good
// state; the exit code then is 1, the other feeds stand. A place may be without an optional feed: that is said,
// and is no failure.
import {
  type FeedOutcome,
  type RefreshProgress,
  refreshAdvisories,
} from '../../../../engines/advisory/refresh.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { createProgress, type Progress } from '../../progress.ts';
import { plural } from '../../report/text.ts';
import type { CliWorld } from '../../world.ts';

export async function refreshFeeds(world: CliWorld, input: CommandInput): Promise<ExitCode> {
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
