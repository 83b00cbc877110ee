// `plimsoll attest IMAGE --type TYPE --predicate FILE`: a statement about the digest that the name leads to, signed.
// It is about that one manifest: of an index the index, with `--platform` one image.
import { isPredicateName, predicateTypes } from '../../../formats/sigstore/predicate.ts';
import { customPredicate, parsePredicate } from '../../../formats/sigstore/predicate-document.ts';
import { limits } from '../../../kit/limits.ts';
import { type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { defineSigning } from '../signing/option.ts';
import { nameKey } from '../signing/signer.ts';
import type { CliWorld } from '../world.ts';

const NAMES = Object.keys(predicateTypes).filter((name) => name !== 'sign');

export const attestCommand: CliCommand = {
  define(command) {
    defineSigning(command.argument('<image>', 'HOST/REPOSITORY:TAG, or oci:FOLDER:TAG'))
      .requiredOption('--type <type>', `${NAMES.join(', ')}, or a URI`)
      .requiredOption('--predicate <file>', 'what is stated, JSON; - for standard input')
      .option('--platform <platform>', 'about this platform’s image of an index')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll attest registry.example.org/team/app:1.0 --type spdx --predicate s.json\n' +
          '  plimsoll attest oci:./app:1.0 --type openvex --predicate - --key team.key < vex.json',
      );
  },
  async run(world, input) {
    const key = nameKey(world, input);
    await key.isUnderWay;
    const { signNamed } = await import('../signing/act.ts');
    return signNamed(world, input, key, {
      isRootAlone: true,
      bindsTag: false,
      claim: await readClaim(world, input),
    });
  },
};

/** `cli.option_invalid`, `sigstore.predicate_invalid` */
async function readClaim(world: CliWorld, input: CommandInput) {
  const predicateType = checkType(textOption(input, 'type') ?? '');
  const bytes = await world.readDocument(textOption(input, 'predicate') ?? '', limits.statementBytes);
  const predicate =
    predicateType === predicateTypes.custom
      ? customPredicate(bytes, world.clock.now())
      : parsePredicate(bytes, predicateType);
  return { predicateType, predicate };
}

function checkType(text: string): string {
  if (text !== 'sign' && isPredicateName(text)) return predicateTypes[text];
  const isUri = /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text) && text.length <= limits.uriChars;
  if (isUri && text !== predicateTypes.sign) return text;
  throw cliErrors.option_invalid(`--type is ${NAMES.join(', ')}, or a URI; "${text}" is none of them`);
}
