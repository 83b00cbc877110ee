// `plimsoll copy SOURCE TARGET`: moves an image between any two places, byte for byte: digests stay, indexes
// come whole, and what refers to the image (signatures, SBOMs, attestations) comes along.
import { shortDigest } from '../../../formats/oci/digest.ts';
import { parsePlatform } from '../../../formats/oci/platform.ts';
import {
  checkTarget,
  formatReference,
  type ImageReference,
  parseReference,
} from '../../../formats/oci/reference.ts';
import { type CopyProgress, copyImage } from '../../../io/images/copy.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { argument, type CliCommand, isSet, textOption } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { createProgress, type Progress } from '../progress.ts';

export const copyCommand: CliCommand = {
  define(command) {
    command
      .argument(
        '<source>',
        'where the image is: a registry, local://NAME, oci:FOLDER:TAG, archive://FILE and all that inspect takes',
      )
      .argument(
        '<target>',
        'where it shall be: a registry, oci:FOLDER:TAG, oci-archive:FILE or docker-archive:FILE',
      )
      .option('--platform <platform>', 'only this platform of a multi-platform image')
      .option('--no-referrers', 'leave out what refers to the image')
      .option('-q, --quiet', 'no progress; the digest still goes to standard output')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll copy docker-archive:app.tar registry.example.org/team/app:1.0\n' +
          '  plimsoll copy local://app:1.0 registry.example.org/team/app:1.0\n' +
          '  plimsoll copy debian:12 oci:./debian:12 --platform linux/arm64',
      );
  },
  async run(world, input) {
    const from = parseReference(argument(input, 0));
    const to = parseReference(argument(input, 1));
    // Before the source is opened: from an engine that takes a while.
    checkTarget(to);
    const platform = textOption(input, 'platform');
    const mountFrom = sharedRepository(from, to);
    await using source = await world.openSource(from);
    await using target = await world.openTarget(to);
    using progress = createProgress(world.stderr, world.clock, isSet(input, 'quiet'));
    const result = await copyImage(source, target, {
      referrers: input.options.referrers !== false,
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
      ...(mountFrom === undefined ? {} : { mountFrom }),
      onProgress(event) {
        world.signal.throwIfAborted();
        show(progress, event);
      },
    });
    progress[Symbol.dispose]();
    if (!isSet(input, 'quiet'))
      world.stderr.write(
        `Copied to ${formatReference(to)}: ${formatSize(result.copiedBytes)} in ${result.blobsCopied} ${result.blobsCopied === 1 ? 'blob' : 'blobs'}, ` +
          `${result.blobsPresent} already there\n`,
      );
    world.stdout.write(`${result.digest}\n`);
    return exitCodes.yes;
  },
};

/** Where both are one registry, its blobs are mounted, not sent. */
function sharedRepository(from: ImageReference, to: ImageReference): string | undefined {
  return from.kind === 'registry' && to.kind === 'registry' && from.host === to.host
    ? from.repository
    : undefined;
}

function show(progress: Progress, event: CopyProgress): void {
  const { descriptor } = event;
  const label = shortDigest(descriptor.digest);
  if (event.kind === 'blob-started') progress.update(label, 0, descriptor.sizeBytes, 'bytes');
  else if (event.kind === 'blob-bytes')
    progress.update(label, event.doneBytes, descriptor.sizeBytes, 'bytes');
  else if (event.kind === 'blob-done') progress.end(label, formatSize(descriptor.sizeBytes));
  else if (event.kind === 'blob-present') progress.end(label, 'already there');
}
