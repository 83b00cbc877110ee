// Whatever a person names on the command line, looked into and judged: an image anywhere, a folder of files, an SBOM
// document. The one door for every command that needs a report.

import type { Policy } from '../../engines/policy/policy.ts';
import { parsePlatform } from '../../formats/oci/platform.ts';
import { type ImageReference, parseSubject, type SubjectReference } from '../../formats/oci/reference.ts';
import { limits } from '../../kit/limits.ts';
import { type InspectStep, inspectImage, judgeImage } from '../../services/hub/inspect.ts';
import type { Indexed } from '../../services/hub/packed.ts';
import type { Report } from '../../services/hub/report.ts';
import { indexFolder, indexSbom } from '../../services/hub/subject.ts';
import { cliErrors } from './errors.ts';
import { createProgress, type Progress } from './progress.ts';
import { type AskedBases, createTracer } from './tracer.ts';
import type { CliWorld } from './world.ts';

export interface SubjectOptions {
  /** As given with --platform; of images alone. */
  readonly platform?: string;
  /** Which image of an archive or a layout that holds several; of these alone. */
  readonly ref?: string;
  readonly policy?: Policy;
  /** Asks no registry what the image's base means now. */
  readonly isOffline?: boolean;
  /** What this command asked of bases before. */
  readonly askedBases?: AskedBases;
  /** No progress. */
  readonly isQuiet?: boolean;
  /** Told beside the progress. */
  readonly onStep?: (step: InspectStep) => void | Promise<void>;
}

/**
 * The report on what `text` names. Throws what parsing the reference and reading the subject throw;
 * `cli.option_invalid` for a platform or a name of something that has none.
 */
export async function inspectSubject(
  world: CliWorld,
  text: string,
  options: SubjectOptions = {},
): Promise<Report> {
  const subject = chooseNamed(parseSubject(text), text, options.ref);
  if (subject.kind !== 'folder' && subject.kind !== 'sbom') return inspectNamedImage(world, subject, options);
  if (options.platform !== undefined)
    throw cliErrors.option_invalid(`--platform chooses among images, and ${text} is none`);
  const { policy, onStep } = options;
  const image = await indexOther(world, subject, text);
  await using advisories = await world.advisories.open();
  return await judgeImage({
    image,
    advisories,
    clock: world.clock,
    ...(policy && { policy }),
    ...(onStep && { onStep }),
  });
}

function chooseNamed(subject: SubjectReference, text: string, ref: string | undefined): SubjectReference {
  if (ref === undefined) return subject;
  switch (subject.kind) {
    case 'archive':
    case 'oci-archive':
    case 'docker-archive':
    case 'oci-layout':
      return { ...subject, tag: ref };
    default:
      throw cliErrors.option_invalid(
        `--ref and --to-ref choose in an archive or a layout, and ${text} is neither`,
      );
  }
}

async function indexOther(
  world: CliWorld,
  subject: Exclude<SubjectReference, ImageReference>,
  reference: string,
): Promise<Indexed> {
  if (subject.kind === 'folder')
    return indexFolder({ reference, read: (wish) => world.readFolder(subject.folder, wish) });
  return indexSbom(await world.readDocument(subject.file, limits.sbomBytes), reference);
}

async function inspectNamedImage(
  world: CliWorld,
  reference: ImageReference,
  { platform, isQuiet, isOffline, askedBases, policy, onStep }: SubjectOptions,
): Promise<Report> {
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  await using source = await world.openSource(reference);
  await using advisories = await world.advisories.open();
  const layers = await world.layers();
  using progress = createProgress(world.stderr, world.clock, isQuiet === true || !world.stderr.isTty);
  return await inspectImage({
    source,
    advisories,
    clock: world.clock,
    signal: world.signal,
    machine: world.platform,
    // docker save leaves out what hangs on an image: looking there would say that nothing does.
    attestations: reference.kind === 'docker-archive' ? 'skip' : 'read',
    trace: createTracer(world, { isOffline: isOffline === true, ...(askedBases && { asked: askedBases }) }),
    ...(wanted === undefined ? {} : { platform: wanted }),
    ...(policy && { policy }),
    ...(layers && { layers }),
    onStep(step) {
      show(progress, step);
      return onStep?.(step);
    },
  });
}

function show(progress: Progress, step: InspectStep): void {
  if (step.kind === 'indexing') progress.update('Layers', step.layersDone, step.layersTotal, 'count');
}
