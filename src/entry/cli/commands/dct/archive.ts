// An archive in its folder, judged at a time: now, a time of one's choice, or the time of the import itself.
import { readTrustFiles } from '../../../../engines/dct/archived.ts';
import { lastImport } from '../../../../engines/dct/evidence-statement.ts';
import { judgeTrust, type TrustJudgement } from '../../../../engines/dct/judge.ts';
import { archivePath, type TrustArchive } from '../../../../formats/notary1/archive.ts';
import { createTrustArtifact, type TrustArtifact } from '../../../../formats/notary1/artifact.ts';
import { parseRegistryReference, type RegistryReference } from '../../../../formats/oci/reference.ts';
import { imageErrors } from '../../../../io/images/errors.ts';
import { openTrustFolder, type TrustStore } from '../../../../io/images/trust-archive.ts';
import { type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { checkInstant } from '../../option.ts';
import type { CliWorld } from '../../world.ts';

export interface JudgedArchive {
  readonly archive: TrustArchive;
  readonly judgement: TrustJudgement;
  readonly read: TrustStore['read'];
  /** When the import that is judged began, epoch milliseconds; undefined where there is none. */
  readonly importedAt?: number;
}

/** `--at TIME` or `--at archive`. `images.missing`, `cli.option_invalid`, and what the archive's files throw. */
export async function openArchive(
  world: CliWorld,
  input: CommandInput,
  folder: string,
): Promise<JudgedArchive> {
  const { archive, read } = await openTrustFolder(folder);
  if (archive === undefined) throw imageErrors.missing(`${folder} holds no archive of trust data`);
  const last = lastImport(archive);
  const importedAt = last === undefined ? undefined : Date.parse(last.at);
  const time = textOption(input, 'at');
  const at =
    time === undefined
      ? world.clock.now()
      : time === 'archive' && importedAt !== undefined
        ? importedAt
        : checkInstant('--at', time);
  const judgement = judgeTrust(await readTrustFiles(archive, read), at);
  return { archive, judgement, read, ...(importedAt === undefined ? {} : { importedAt }) };
}

/** The archive as an OCI artifact, whole in memory. */
export async function readArtifact(archive: TrustArchive, read: TrustStore['read']): Promise<TrustArtifact> {
  const files = new Map<string, Uint8Array>();
  for (const { role, file } of archive.imports.flatMap(({ fetches }) => fetches))
    if (file !== undefined) files.set(archivePath(role, file.sha256), await read(role, file.sha256));
  return createTrustArtifact(archive, (role, sha256) => files.get(archivePath(role, sha256)) as Uint8Array);
}

/** A repository without tag and digest, `HOST/REPOSITORY`; `cli.option_invalid`, and the reference's own codes. */
export function readRepository(text: string): RegistryReference {
  // Read first for its own errors; it takes `latest` where nothing is named.
  const { kind, host, repository } = parseRegistryReference(text);
  if (!/[:@]/.test(text.slice(text.lastIndexOf('/') + 1))) return { kind, host, repository };
  throw cliErrors.option_invalid(
    `"${text}" names one image; Docker Content Trust signs repositories: write HOST/REPOSITORY`,
  );
}

/** `--for HOST/REPOSITORY`, or the repository that was signed. */
export function readPlace(input: CommandInput, gun: string): RegistryReference {
  return readRepository(textOption(input, 'for') ?? gun);
}
