// The Notary Project's signatures beside the others: a key of their own, with a certificate that leads to a root.
import { signNotation } from '../../../engines/notation/sign.ts';
import type { NotationSigner } from '../../../engines/sign/make.ts';
import { parseCertificates } from '../../../formats/notation/certificate.ts';
import { limits } from '../../../kit/limits.ts';
import { type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';
import { readPassphrase } from './signer.ts';

/** Undefined where none is asked for; `cli.usage`, `notation.certificate_invalid`, and what opening the key throws. */
export async function openNotation(
  world: CliWorld,
  input: CommandInput,
): Promise<NotationSigner | undefined> {
  const form = textOption(input, 'notation');
  const key = textOption(input, 'notationKey');
  const certificate = textOption(input, 'notationCertificate');
  if (form === undefined) {
    if (key === undefined && certificate === undefined) return undefined;
    throw cliErrors.usage('--notation-key and --notation-certificate go with --notation jws or cose');
  }
  const format = checkChoice('--notation', form, ['jws', 'cose']);
  if (key === undefined || certificate === undefined)
    throw cliErrors.usage('--notation needs --notation-key FILE and --notation-certificate FILE');
  const chain = parseCertificates(await world.readDocument(certificate, limits.pemChars), certificate);
  const opened = await world.signing.openNotationKey(key, () =>
    readPassphrase(world, input, 'Passphrase of the Notary key: '),
  );
  return (descriptor, nowMs) =>
    signNotation({
      descriptor,
      key: opened,
      chain,
      scheme: 'notary.x509',
      format,
      nowMs,
      agent: `plimsoll/${world.version}`,
    });
}
