// `plimsoll undelete HOST/REPOSITORY:TAG` or `@DIGEST`: brings back what was deleted from a Plimsoll instance, for as
// long as its grace lasts. Without a tag or a digest it lists what can come back.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import { trashList, undeleted } from '../../http/contract-storage.ts';
import { argument, type CliCommand } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callHost } from '../instance.ts';
import { formatTable } from '../table.ts';
import type { CliWorld } from '../world.ts';

export const undeleteCommand: CliCommand = {
  define(command) {
    command
      .argument('<reference>', 'HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; with --list HOST/REPOSITORY')
      .option('--list', 'list what can be undeleted')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll undelete --list images.example.org/team/app\n' +
          '  plimsoll undelete images.example.org/team/app:1.4.0',
      );
  },
  async run(world, input) {
    const { host, repository, digest, tag } = parseRegistryReference(argument(input, 0));
    const path = `/api/v1/repositories/${repository}/-`;
    if (input.options.list === true) return list(world, host, path);
    const reference = digest ?? tag ?? 'latest';
    const answer = await callHost(world, host, {
      method: 'POST',
      path: `${path}/undelete`,
      body: { reference },
    });
    const { digest: found, tags, movedTags, missingBlobs } = undeleted.parse(answer);
    world.stdout.write(`${host}/${repository}@${found}${tags.length === 0 ? '' : `  ${tags.join(', ')}`}\n`);
    for (const moved of movedTags)
      world.stderr.write(`The tag ${moved} points elsewhere by now and was left there.\n`);
    if (missingBlobs > 0)
      world.stderr.write(`${missingBlobs} of its blobs are gone; push the image again to have it whole.\n`);
    return exitCodes.yes;
  },
};

async function list(world: CliWorld, host: string, path: string): Promise<ExitCode> {
  const answer = await callHost(world, host, { path: `${path}/trash` });
  const { trash } = trashList.parse(answer);
  const rows = trash.map(({ kind, digest, tags, deletedAt, deletedBy }) => [
    kind,
    digest,
    tags.join(', '),
    deletedAt,
    deletedBy,
  ]);
  for (const line of formatTable(rows, [{}, {}, {}, {}, {}], Infinity)) world.stdout.write(`${line}\n`);
  if (trash.length === 0) world.stderr.write('Nothing can be undeleted there.\n');
  return exitCodes.yes;
}
