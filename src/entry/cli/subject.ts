// Whatever a person names on the command line, looked into and judged: an image anywhere, a folder of files, an SBOM
// document. The one door for every command that needs a report.
import { parsePlatform } from '../../formats/oci/platform.ts';
import { parseReference } from '../../formats/oci/reference.ts';
import { limits } from '../../kit/limits.ts';
import { type InspectStep, inspectImage, judgeImage } from '../../services/hub/inspect.ts';
import type { Indexed } from '../../services/hub/packed.ts';
import type { Report } from '../../services/hub/report.ts';
import { indexFolder, indexSbom } from '../../services/hub/subject.ts';
import { cliErrors } from './errors.ts';
import { createProgress, type Progress } from './progress.ts';
import type { CliWorld } from './world.ts';

export interface SubjectOptions {
  /** As given with --platform; of images alone. */
  readonly platform?: string;
  /** No progress. */
  readonly isQuiet?: boolean;
  /** Told beside the progress. */
  readonly onStep?: (step: InspectStep) => void | Promise<void>;
}

type Subject =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'folder'; readonly folder: string }
  /** `-` is standard input. */
  | { readonly kind: 'sbom'; readonly file: string };

/**
 * The report on what `text` names. Throws what parsing the reference and reading the subject throw;
 * `cli.option_invalid` for a platform of something that has none.
 */
export async function inspectSubject(
  world: CliWorld,
  text: string,
  options: SubjectOptions = {},
): Promise<Report> {
  const subject = splitSubject(text);
  if (subject.kind === 'image') return inspectNamedImage(world, subject.reference, options);
  if (options.platform !== undefined)
    throw cliErrors.option_invalid(`--platform chooses among images, and ${text} is none`);
  const image = await indexOther(world, subject, text);
  await using advisories = await world.advisories.open();
  return await judgeImage({
    image,
    advisories,
    clock: world.clock,
    ...(options.onStep && { onStep: options.onStep }),
  });
}

/** `fs://FOLDER` and `sbom://FILE`; everything else names an image. */
function splitSubject(text: string): Subject {
  const [, kind, place = ''] = /^(fs|sbom):\/\/(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return { kind: 'image', reference: text };
  if (place === '')
    throw cliErrors.option_invalid(
      `${text} needs a ${kind === 'fs' ? 'folder, as fs://.' : 'file, as sbom://image.spdx.json, or sbom://- for standard input'}`,
    );
  return kind === 'fs' ? { kind: 'folder', folder: place } : { kind: 'sbom', file: place };
}

async function indexOther(
  world: CliWorld,
  subject: Exclude<Subject, { kind: 'image' }>,
  reference: string,
): Promise<Indexed> {
  if (subject.kind === 'folder')
    return indexFolder({ reference, read: (wish) => world.readFolder(subject.folder, wish) });
  return indexSbom(await world.readDocument(subject.file, limits.sbomBytes), reference);
}

async function inspectNamedImage(
  world: CliWorld,
  text: string,
  { platform, isQuiet, onStep }: SubjectOptions,
): Promise<Report> {
  const reference = parseReference(text);
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  await using source = await world.openSource(reference);
  await using advisories = await world.advisories.open();
  using progress = createProgress(world.stderr, world.clock, isQuiet === true || !world.stderr.isTty);
  return await inspectImage({
    source,
    advisories,
    clock: world.clock,
    signal: world.signal,
    machine: world.platform,
    ...(wanted === undefined ? {} : { platform: wanted }),
    onStep(step) {
      show(progress, step);
      return onStep?.(step);
    },
  });
}

function show(progress: Progress, step: InspectStep): void {
  if (step.kind === 'indexing') progress.update('Layers', step.layersDone, step.layersTotal, 'count');
}
