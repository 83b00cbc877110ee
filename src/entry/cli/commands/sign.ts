// `plimsoll sign IMAGE`: one act writes what every client reads: a bundle for the index, for each platform and for the
// tag, and where asked cosign's old form and the Notary Project's.
import { type CliCommand, isSet } from '../command.ts';
import { defineSigning } from '../signing/option.ts';
import { nameKey } from '../signing/signer.ts';

export const signCommand: CliCommand = {
  define(command) {
    defineSigning(command.argument('<image>', 'HOST/REPOSITORY:TAG, or oci:FOLDER:TAG'))
      .option('--platform <platform>', 'only this platform’s image of an index')
      .option('--index-only', 'of an index the index alone, not what it names')
      .option('--no-tag', 'do not sign that the tag means this digest')
      .option('--notation <format>', 'a Notary Project signature too: jws or cose')
      .option('--notation-key <key>', 'its key: a file, or a place of keys, as --key has it')
      .option('--notation-certificate <file>', 'its certificate, then the chain to the root, in PEM')
      .option('--timestamp-url <url>', 'who stamps it (RFC 3161); without it, who vouches for the rest')
      .option('--timestamp-root-cert <file>', 'the root certificate by which the stamp is believed')
      .addHelpText(
        'after',
        '\nExit codes: 0 signed and written, 1 failed, 3 not found or not allowed.\n' +
          '\nExamples:\n  plimsoll sign registry.example.org/team/app:1.0\n' +
          '  plimsoll sign registry.example.org/team/app:1.0 --key team.key --legacy\n' +
          '  plimsoll sign oci:./app:1.0 --key team.key --no-log',
      );
  },
  async run(world, input) {
    const key = nameKey(world, input);
    await key.isUnderWay;
    const { signNamed } = await import('../signing/act.ts');
    // Its formats are loaded for who asks for them.
    const isNotary = Object.keys(input.options).some((name) => /^(?:notation|timestamp)/.test(name));
    const notation = isNotary
      ? await (await import('../signing/notation.ts')).openNotation(world, input)
      : undefined;
    return signNamed(world, input, key, {
      isRootAlone: isSet(input, 'indexOnly'),
      bindsTag: input.options.tag !== false,
      ...(notation === undefined ? {} : { notation }),
    });
  },
};
