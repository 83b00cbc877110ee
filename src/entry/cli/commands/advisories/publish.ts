// `plimsoll advisories publish REFERENCE`: puts the store into a registry, an OCI layout or an OCI archive. The
// manifest's digest goes to standard output, so that it can be pinned or signed.
import {
  type PublishProgress,
  type PublishResult,
  publishAdvisories,
} from '../../../../engines/advisory/publish.ts';
import { formatReference, type ImageReference } from '../../../../formats/oci/reference.ts';
import { imageErrors } from '../../../../io/images/errors.ts';
import type { ImageSource } from '../../../../io/images/source.ts';
import { formatSize } from '../../../../kit/bytes.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import { type CommandInput, isSet } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import { createProgress, type Progress } from '../../progress.ts';
import { plural } from '../../report/text.ts';
import type { CliWorld } from '../../world.ts';
import { readPlace } from './place.ts';

export async function publishStore(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const reference = readPlace(input);
  const isQuiet = isSet(input, 'quiet');
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await world.advisories.open());
  const previous = await openPrevious(world, reference);
  if (previous !== undefined) opened.use(previous);
  const target = opened.use(await world.openTarget(reference));
  using progress = createProgress(world.stderr, world.clock, isQuiet);
  const result = await publishAdvisories({
    store,
    target,
    clock: world.clock,
    signal: world.signal,
    isForced: isSet(input, 'force'),
    ...(previous === undefined ? {} : { previous }),
    onProgress: (event) => show(progress, event),
  });
  progress[Symbol.dispose]();
  if (!isQuiet) world.stderr.write(`${describeResult(result, formatReference(reference))}\n`);
  if (result.refusedPrevious !== undefined)
    world.stderr.write(
      `No delta from what was published before: ${printable(result.refusedPrevious.message)} [${result.refusedPrevious.code}]\n`,
    );
  world.stdout.write(`${result.digest}\n`);
  return exitCodes.yes;
}

/** A folder or file that does not exist yet holds nothing to go on from. */
async function openPrevious(world: CliWorld, reference: ImageReference): Promise<ImageSource | undefined> {
  try {
    return await world.openSource(reference);
  } catch (error) {
    if (isPlimsollError(error, { code: imageErrors.place_unreadable.code })) return undefined;
    throw error;
  }
}

function show(progress: Progress, event: PublishProgress): void {
  if (event.kind === 'written')
    progress.end(event.what === 'full' ? 'full pack' : 'delta', formatSize(event.bytes));
  else progress.update(event.kind === 'packing' ? 'full pack' : 'delta', event.blocks, undefined, 'count');
}

function describeResult({ kind, fullBytes, deltaBytes, feeds }: PublishResult, place: string): string {
  if (kind === 'present') return `${place} holds this store already`;
  const largest = Math.max(...deltaBytes);
  const deltas =
    deltaBytes.length === 0
      ? 'no delta'
      : `${plural(deltaBytes.length, 'delta')} of ${deltaBytes.length === 1 ? '' : 'up to '}${formatSize(largest)}`;
  return `Published to ${place}: ${plural(feeds.length, 'feed')}, ${formatSize(fullBytes)}, ${deltas}`;
}
