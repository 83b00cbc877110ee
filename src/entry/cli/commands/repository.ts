// `plimsoll repository show|set|untag|held|confirm|drop`: which tags of a repository stay what they are and how moves of
// the others are judged, changing that, and deleting one that cannot move, with a reason that its tag log keeps; which
// pushes wait for their owner, and the answer to one, with a reason that the audit log keeps.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import { limits } from '../../../kit/limits.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { answerHeld, showHeld } from '../held.ts';
import { checkChoice } from '../option.ts';
import { changeSettings, showSettings } from '../repository-setting.ts';
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
      .option(
        '--sentinel <mode>',
        'with set: what becomes of a push that would move a tag suspiciously: log, hold or off; default is as the server; weaker than the server is for administrators',
      )
      .option(
        '--sentinel-rule-off <rule>',
        'with set and --reason: do not judge by this rule; for administrators',
      )
      .option('--sentinel-rule-on <rule>', 'with set: judge by this rule again')
      .option(
        '--reason <text>',
        'with untag: why the tag is deleted, which the tag log keeps; with confirm, drop and --sentinel-rule-off: why, for the audit log',
      )
      .addHelpText(
        'after',
        "\nExamples:\n  plimsoll repository set registry.example.org/team/app --immutable-tags '#.#.#,release-*'\n" +
          '  plimsoll repository set registry.example.org/team/app --sentinel hold\n' +
          "  plimsoll repository untag registry.example.org/team/app:1.2.3 --reason 'a key was in it'\n" +
          '  plimsoll repository held registry.example.org/team/app\n' +
          "  plimsoll repository confirm registry.example.org/team/app:latest@sha256:… --reason 'a new base'",
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
    const place = { instance, repository };
    if (action === 'show') return showSettings(world, place);
    if (action === 'set') return changeSettings(world, place, input);
    if (action === 'held') return showHeld(world, instance, repository);
    if (tag === undefined || !name.includes(`:${tag}`))
      throw cliErrors.usage(
        `plimsoll repository ${action} takes HOST/REPOSITORY:TAG, with or without @DIGEST; "${name}" names no tag`,
      );
    const reason = textOption(input, 'reason')?.trim() ?? '';
    if (reason.length > limits.tagReasonChars)
      throw cliErrors.option_invalid(`--reason has at most ${limits.tagReasonChars} characters`);
    return answerHeld(world, instance, {
      repository,
      tag,
      decision: action,
      ...(digest === undefined ? {} : { digest }),
      ...(reason === '' ? {} : { reason }),
    });
  },
};

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
