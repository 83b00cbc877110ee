// `plimsoll repository show|set|untag|held|confirm|drop`: which tags of a repository stay what they are, changing
// that, and deleting one that cannot move, with a reason that its tag log keeps; which pushes wait for their owner,
// and the answer to one.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import type { InstanceClient } from '../../../io/images/instance.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { answerHeld, showHeld } from '../held.ts';
import { checkChoice } from '../option.ts';
import { printable } from '../printable.ts';
import type { CliWorld } from '../world.ts';

export const repositoryCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'show, set, untag, held, confirm or drop')
      .argument('<name>', 'HOST/REPOSITORY; with untag, confirm and drop HOST/REPOSITORY:TAG')
      .option(
        '--immutable-tags <patterns>',
        'with set: tags that stay what they are, divided by commas; * is any text, ? one character, # a number; nothing lets all move, default is #.#.#,v#.#.#',
      )
      .option('--reason <text>', 'with untag: why the tag is deleted; the tag log keeps it')
      .addHelpText(
        'after',
        "\nExamples:\n  plimsoll repository set registry.example.org/team/app --immutable-tags '#.#.#,release-*'\n" +
          "  plimsoll repository untag registry.example.org/team/app:1.2.3 --reason 'a key was in it'\n" +
          '  plimsoll repository held registry.example.org/team/app\n' +
          '  plimsoll repository confirm registry.example.org/team/app:latest@sha256:…',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), [
      'show',
      'set',
      'untag',
      'held',
      'confirm',
      'drop',
    ]);
    const name = argument(input, 1);
    const { host, repository, tag, digest } = parseRegistryReference(name);
    if (action === 'untag') {
      if (tag === undefined || digest !== undefined || !name.endsWith(`:${tag}`))
        throw cliErrors.usage(`plimsoll repository untag takes HOST/REPOSITORY:TAG; "${name}" names no tag`);
      return untag(world, input, { host, repository, tag });
    }
    const instance = await world.openInstance(host);
    if (action === 'held') return showHeld(world, instance, repository);
    if (action === 'confirm' || action === 'drop') {
      if (tag === undefined || !name.includes(`:${tag}`))
        throw cliErrors.usage(
          `plimsoll repository ${action} takes HOST/REPOSITORY:TAG, with or without @DIGEST; "${name}" names no tag`,
        );
      const place = { repository, tag, ...(digest === undefined ? {} : { digest }) };
      return answerHeld(world, instance, place, action);
    }
    const path = `/api/v1/repositories/${repository}`;
    if (action === 'show')
      return showRule(
        world,
        await instance.send({ path: `${path}/-/tag-rule`, limitBytes: limits.registryAnswerBytes }),
        instance,
      );
    const immutableTags = readPatterns(input);
    const call = { method: 'PATCH' as const, path, body: { immutableTags } };
    return showRule(
      world,
      await instance.send({ ...call, limitBytes: limits.registryAnswerBytes }),
      instance,
    );
  },
};

/** Null is the standard rule. */
function readPatterns(input: CommandInput): readonly string[] | null {
  const text = textOption(input, 'immutableTags');
  if (text === undefined)
    throw cliErrors.usage("plimsoll repository set needs --immutable-tags, as '#.#.#,v#.#.#' or default");
  if (text === 'default') return null;
  const patterns = text.split(',').map((one) => one.trim());
  return patterns.filter((one) => one !== '');
}

function showRule(world: CliWorld, bytes: Uint8Array, { host }: InstanceClient): ExitCode {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const patterns = isJsonObject(value) ? value.immutableTags : undefined;
  if (!Array.isArray(patterns))
    throw imageErrors.registry_failed(`${host} is not a Plimsoll instance, or one of another version`);
  const said = patterns.length === 0 ? 'none: every tag may move' : patterns.map(String).join(', ');
  world.stdout.write(`immutable tags: ${printable(said)}\n`);
  return exitCodes.yes;
}

async function untag(
  world: CliWorld,
  input: CommandInput,
  { host, repository, tag }: { readonly host: string; readonly repository: string; readonly tag: string },
): Promise<ExitCode> {
  const reason = textOption(input, 'reason')?.trim() ?? '';
  if (reason === '' || reason.length > limits.tagReasonChars)
    throw cliErrors.option_invalid(
      `--reason says why the tag is deleted, in 1 to ${limits.tagReasonChars} characters; everybody can read it in the tag log`,
    );
  const instance = await world.openInstance(host);
  await instance.send({
    method: 'DELETE',
    path: `/api/v1/repositories/${repository}/-/tags/${tag}`,
    body: { reason },
    limitBytes: limits.registryAnswerBytes,
  });
  world.stdout.write(`deleted ${host}/${repository}:${tag}\n`);
  return exitCodes.yes;
}
