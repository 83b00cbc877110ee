// `plimsoll key generate|public`: a key to sign with, under a passphrase, and the public half that verifies.
import { createPublicKey } from 'node:crypto';
import type { SignatureAlgorithm } from '../../../formats/x509/algorithm.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { printable } from '../printable.ts';
import { readPassphrase } from '../signing/signer.ts';
import type { CliWorld } from '../world.ts';

const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  'ecdsa-p256': 'ecdsa-p256-sha256',
  'rsa-3072': 'rsa-pkcs1-sha256',
};

export const keyCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'generate or public')
      .option('--output <file>', 'generate: the file of the private key, which must not be there')
      .option('--format <format>', 'generate: plimsoll (PKCS #8, which openssl reads) or cosign', 'plimsoll')
      .option('--algorithm <name>', `generate: ${Object.keys(ALGORITHMS).join(', ')}`, 'ecdsa-p256')
      .option('--key <key>', 'public: a file, or a reference to where it is')
      .option('--key-passphrase-file <file>', 'the passphrase; else COSIGN_PASSWORD, else it is asked for')
      .addHelpText(
        'after',
        '\nThe public key goes to standard output.\n' +
          '\nExamples:\n  plimsoll key generate --output team.key > team.pub\n' +
          '  plimsoll key public --key team.key > team.pub',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ['generate', 'public']);
    return action === 'generate' ? generate(world, input) : showPublic(world, input);
  },
};

async function generate(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const path = textOption(input, 'output');
  if (path === undefined) throw cliErrors.usage('--output FILE is missing: where the private key is to be');
  const format = checkChoice('--format', textOption(input, 'format') ?? 'plimsoll', ['plimsoll', 'cosign']);
  const name = checkChoice(
    '--algorithm',
    textOption(input, 'algorithm') ?? 'ecdsa-p256',
    Object.keys(ALGORITHMS),
  );
  const passphrase = await readPassphrase(world, input, 'Passphrase for the new key: ');
  if (passphrase === '')
    throw cliErrors.option_invalid('the passphrase is empty: a key in a file must be kept by one');
  const key = await world.signing.createKeyFile(
    { path, passphrase },
    ALGORITHMS[name] as SignatureAlgorithm,
    format === 'cosign' ? 'cosign' : 'pkcs8',
  );
  world.stderr.write(`The private key is in ${printable(path)}; keep it and its passphrase apart.\n`);
  world.stdout.write(formatPublic(key.publicKey));
  return exitCodes.yes;
}

async function showPublic(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const reference = textOption(input, 'key');
  if (reference === undefined) throw cliErrors.usage('--key KEY is missing: whose public half to show');
  const key = await world.signing.openKey(reference, () => readPassphrase(world, input));
  world.stdout.write(formatPublic(key.publicKey));
  return exitCodes.yes;
}

function formatPublic(publicKey: Uint8Array): string {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return key.export({ format: 'pem', type: 'spki' }).toString();
}
