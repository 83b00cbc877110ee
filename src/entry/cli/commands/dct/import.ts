// `plimsoll dct import REPOSITORY`: fetches, keeps, verifies and compares. What came is kept whatever the verdict.
import { readTrustFiles } from '../../../../engines/dct/archived.ts';
import { collectTrust } from '../../../../engines/dct/collect.ts';
import { judgeTrust } from '../../../../engines/dct/judge.ts';
import { listSignedTags } from '../../../../engines/dct/tags.ts';
import type { TrustArchive } from '../../../../formats/notary1/archive.ts';
import { checkTarget, formatReference, parseReference } from '../../../../formats/oci/reference.ts';
import { putArtifact } from '../../../../io/images/artifact.ts';
import { createTrustMemory, openTrustFolder, type TrustStore } from '../../../../io/images/trust-archive.ts';
import { defaultTrustHost } from '../../../../io/images/trust-server.ts';
import { argument, type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkHost } from '../../option.ts';
import { printable } from '../../printable.ts';
import { plural } from '../../report/text.ts';
import type { CliWorld } from '../../world.ts';
import { readArtifact, readRepository } from './archive.ts';
import { checkFormat, printTrust } from './print.ts';
import { readTodaysTags } from './todays-tags.ts';

export async function importTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const reference = readRepository(argument(input, 1));
  const { host: registry, repository } = reference;
  const named = textOption(input, 'server');
  const format = checkFormat(input);
  const target = readTarget(input);
  const folder = textOption(input, 'archive');
  const store = folder === undefined ? createTrustMemory() : await openTrustFolder(folder);
  const host = named === undefined ? defaultTrustHost(registry) : checkServer(named);
  const server = await world.openTrustServer({ registry, repository, host });
  const archive = await collectTrust({ server, store, clock: world.clock });
  const keptAs = target === undefined ? undefined : await writeArtifact(world, target, archive, store);
  const files = await readTrustFiles(archive, store.read);
  const judgement = judgeTrust(files, world.clock.now());
  const tags = listSignedTags(judgement);
  const today = await readTodaysTags(world, reference, tags);
  printTrust(world, format, { archive, judgement, tags, today });
  sayKept(world, archive, folder, keptAs);
  return judgement.outcome === 'passed' ? exitCodes.yes : exitCodes.no;
}

/** `https://HOST:PORT`, or the host alone. Plain http is for this machine and hosts named as insecure, as everywhere. */
function checkServer(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return checkHost(text);
  if (url.pathname === '/' && url.search === '' && url.username === '') return url.host;
  throw cliErrors.option_invalid(`--server is https://HOST:PORT with nothing after it; "${text}" is not`);
}

function readTarget(input: CommandInput): ReturnType<typeof parseReference> | undefined {
  const text = textOption(input, 'artifact');
  if (text === undefined) return undefined;
  const target = parseReference(text);
  checkTarget(target);
  if (target.kind === 'docker-archive')
    throw cliErrors.option_invalid('--artifact is written to a registry, an OCI layout or an OCI archive');
  return target;
}

/** What the artifact is called and its digest. */
async function writeArtifact(
  world: CliWorld,
  reference: ReturnType<typeof parseReference>,
  archive: TrustArchive,
  store: TrustStore,
): Promise<string> {
  const artifact = await readArtifact(archive, store.read);
  await using target = await world.openTarget(reference);
  await putArtifact(target, artifact, true);
  await target.finish();
  return `${formatReference(reference)}, ${artifact.manifest.descriptor.digest}`;
}

function sayKept(
  world: CliWorld,
  { imports }: TrustArchive,
  folder: string | undefined,
  keptAs: string | undefined,
): void {
  const files = imports.at(-1)?.fetches.filter(({ file }) => file !== undefined).length ?? 0;
  const places = [folder, keptAs].filter((place) => place !== undefined);
  world.stderr.write(
    places.length === 0
      ? `${plural(files, 'file')} fetched and not kept; --archive FOLDER keeps them\n`
      : `${plural(files, 'file')} kept in ${printable(places.join(' and as '))}\n`,
  );
}
