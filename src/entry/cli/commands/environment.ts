// `plimsoll environment NAME IMAGE` records what runs where, beside the image in its own registry; with less it
// lists what is recorded. Pushing rights in the repository are the right to say it.

import { parsePlatform } from '../../../formats/oci/platform.ts';
import { parseRegistryReference, type RegistryReference } from '../../../formats/oci/reference.ts';
import { chooseImage } from '../../../io/images/platform-choice.ts';
import { formatInstant } from '../../../kit/clock.ts';
import {
  type EnvironmentRecord,
  environmentOfTag,
  environmentTag,
  readEnvironment,
  writeEnvironment,
} from '../../../services/hub/environment.ts';
import type { CliCommand, CommandInput } from '../command.ts';
import { textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json'] as const;

export const environmentCommand: CliCommand = {
  define(command) {
    defineOutput(command, formats)
      .argument('[name]', 'the environment, as production')
      .argument('[image]', 'the image that runs there now, in its registry: HOST/REPOSITORY:TAG or @DIGEST')
      .option('--in <repository>', 'the repository whose environments are listed, HOST/REPOSITORY')
      .option('--platform <platform>', 'records this platform’s image instead of the whole index')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll environment production registry.example.org/app@sha256:…\n' +
          '  plimsoll environment --in registry.example.org/app\n' +
          '  plimsoll compare --to-env production registry.example.org/app:1.4.0',
      );
  },
  async run(world, input) {
    const [name, image] = input.args;
    if (name !== undefined && image !== undefined) return record(world, input, name, image);
    return list(world, input, name);
  },
};

async function record(
  world: CliWorld,
  input: CommandInput,
  environment: string,
  text: string,
): Promise<ExitCode> {
  const tag = environmentTag(environment);
  const reference = parseImage(text);
  const { host, repository } = reference;
  await using source = await world.openSource(reference);
  const platform = textOption(input, 'platform');
  const { descriptor: image } =
    platform === undefined ? await source.root() : (await chooseImage(source, parsePlatform(platform))).image;
  await using target = await world.openTarget({ kind: 'registry', host, repository, tag });
  await writeEnvironment(target, {
    environment,
    image,
    reference: text,
    now: formatInstant(world.clock.now()),
  });
  world.stdout.write(`${environment}  ${host}/${repository}@${image.digest}\n`);
  return exitCodes.yes;
}

/** Only an image in a registry can be recorded: a record lies beside it. */
function parseImage(text: string): RegistryReference {
  const name = text.replace(/^(?:registry|image|docker):\/\//, '');
  if (/^[a-z-]+:\/\/|^(?:oci|oci-archive|docker-archive|docker-daemon):/.test(name))
    throw cliErrors.option_invalid(`${text} is not in a registry: push it, and record what was pushed`);
  return parseRegistryReference(name);
}

async function list(world: CliWorld, input: CommandInput, name: string | undefined): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const place = textOption(input, 'in');
  if (place === undefined)
    throw cliErrors.usage('name an environment and an image to record, or --in HOST/REPOSITORY to list');
  const { host, repository } = parseRegistryReference(place);
  const tags = await world.listTags(host, repository);
  const wanted = tags.filter((tag) => {
    const environment = environmentOfTag(tag);
    return environment !== undefined && (name === undefined || environment === name);
  });
  const records: EnvironmentRecord[] = [];
  for (const tag of wanted) {
    await using source = await world.openSource({ kind: 'registry', host, repository, tag });
    records.push(await readEnvironment(source));
  }
  await writeOutput(world, output, (format, sink) =>
    format === 'json'
      ? `${JSON.stringify(records, undefined, 2)}\n`
      : formatRecords(records, sink)
          .map((line) => `${line}\n`)
          .join(''),
  );
  if (records.length > 0) return exitCodes.yes;
  world.stderr.write(
    `Nothing is recorded${name === undefined ? '' : ` for ${name}`} in ${host}/${repository}.\n`,
  );
  return name === undefined ? exitCodes.yes : exitCodes.missingOrDenied;
}

function formatRecords(records: readonly EnvironmentRecord[], sink: Sink): readonly string[] {
  const rows = records.map(({ environment, digest, recordedAt, reference }) => [
    environment,
    recordedAt ?? 'not known when',
    digest,
    reference ?? '',
  ]);
  return formatTable(rows, [{}, {}, {}, { isFlexible: true }], sink.columns);
}
