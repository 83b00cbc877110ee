// The Notary Project's signatures beside the others: a key of their own, wherever it is, with a certificate that leads
// to a root. They are stamped by the timestamp authority that was named, else by that of whoever vouches for the rest,
// since without a stamp a signature ends with its certificate. What can be refused is, before anything is signed.
import { checkSigner, signNotation } from '../../../engines/notation/sign.ts';
import type { StampSource } from '../../../engines/notation/stamp.ts';
import type { NotationSigner } from '../../../engines/sign/make.ts';
import {
  type Certificate,
  parseCertificate,
  parseCertificates,
} from '../../../formats/notation/certificate.ts';
import type { TrustedRoot } from '../../../formats/sigstore/trusted-root.ts';
import type { SigningServices } from '../../../io/sigstore/services.ts';
import { limits } from '../../../kit/limits.ts';
import { type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';
import type { Vouchers } from './services.ts';
import { readPassphrase } from './signer.ts';

/** The signer, once it is known who vouches for the act. */
export type NotationOpened = (
  vouchers: Pick<Vouchers, 'trustedRoot'>,
  services: Pick<SigningServices, 'stampers'>,
) => NotationSigner;

/**
 * For input with any of the options of such a signature. `cli.usage`, `notation.certificate_invalid`, `notation.chain_invalid`,
 * `notation.key_mismatch`, `notation.algorithm_unsupported`, and what opening the key throws.
 */
export async function openNotation(world: CliWorld, input: CommandInput): Promise<NotationOpened> {
  const form = textOption(input, 'notation');
  const key = textOption(input, 'notationKey');
  const certificate = textOption(input, 'notationCertificate');
  if (form === undefined)
    throw cliErrors.usage(
      '--notation-key, --notation-certificate, --timestamp-url and --timestamp-root-cert go with --notation jws or cose',
    );
  const format = checkChoice('--notation', form, ['jws', 'cose']);
  if (key === undefined || certificate === undefined)
    throw cliErrors.usage('--notation needs --notation-key KEY and --notation-certificate FILE');
  const named = await openNamedStamper(world, input);
  const chain = await readCertificates(world, certificate);
  const opened = await world.signing.openKey(key, () =>
    readPassphrase(world, input, 'Passphrase of the Notary key: '),
  );
  checkSigner(opened, chain, world.clock.now());
  return (vouchers, services) => {
    const timestamp = named ?? stamperOf(vouchers, services);
    return (descriptor, nowMs) =>
      signNotation({
        descriptor,
        key: opened,
        chain,
        scheme: 'notary.x509',
        format,
        nowMs,
        agent: `plimsoll/${world.version}`,
        ...(timestamp === undefined ? {} : { timestamp }),
      });
  };
}

/** As notation has it: the authority's address and the root that it is believed by, both or neither. */
async function openNamedStamper(world: CliWorld, input: CommandInput): Promise<StampSource | undefined> {
  const url = textOption(input, 'timestampUrl');
  const root = textOption(input, 'timestampRootCert');
  if (url === undefined && root === undefined) return undefined;
  if (url === undefined || root === undefined)
    throw cliErrors.usage('--timestamp-url URL and --timestamp-root-cert FILE go together');
  const address = URL.parse(url);
  if (address === null || !['http:', 'https:'].includes(address.protocol))
    throw cliErrors.option_invalid(`--timestamp-url is http://… or https://…; "${url}" is neither`);
  const roots = await readCertificates(world, root);
  return { ask: await world.signing.openStamper(address.href), roots };
}

/** Without a trusted root nobody could say that the stamp holds, and none is asked for. */
function stamperOf(
  { trustedRoot }: Pick<Vouchers, 'trustedRoot'>,
  { stampers: [ask] }: Pick<SigningServices, 'stampers'>,
): StampSource | undefined {
  return ask === undefined || trustedRoot === undefined ? undefined : { ask, roots: rootsOf(trustedRoot) };
}

function rootsOf({ timestampAuthorities }: TrustedRoot): readonly Certificate[] {
  return timestampAuthorities.flatMap(({ chain }) => {
    const root = chain.at(-1);
    return root === undefined ? [] : [parseCertificate(root.raw, 'a root of timestamps')];
  });
}

async function readCertificates(world: CliWorld, file: string): Promise<readonly Certificate[]> {
  return parseCertificates(await world.readDocument(file, limits.pemChars), file);
}
