// `plimsoll trust certify FILE`: certificates for keys of an instance, made where the root's key is, without a network.
// Whoever certifies answers for it: the keys are said first, to be compared with what the instance said.
import { certifyRenewal } from '../../../../engines/authority/renew.ts';
import { formatRenewal, parseRenewal } from '../../../../formats/x509/renewal.ts';
import type { SigningKey } from '../../../../io/keys/signing-key.ts';
import { hashHex } from '../../../../kit/hash.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { readPassphrase } from './passphrase.ts';

export async function certifyTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const file = argument(input, 1);
  const place = readRootPlace(input);
  const renewal = parseRenewal(await world.readDocument(file, limits.renewalBytes));
  const lines = renewal.requests.map(
    ({ role, publicKey }) => `  ${role} key, SHA-256 ${hashHex('sha256', publicKey)}`,
  );
  world.stderr.write(
    `${printable(`${renewal.organization} asks for certificates below its root, SHA-256 ${hashHex('sha256', renewal.root)}:`)}\n${lines.join('\n')}\n`,
  );
  if (!isSet(input, 'yes')) {
    const answer = await world.ask('Type "yes" to certify these:', false);
    if (answer?.trim() !== 'yes')
      throw cliErrors.nothing_to_ask('nothing was certified: answer yes, or give --yes');
  }
  const key = await openRootKey(world, input, place, renewal.rootReference);
  const certified = await certifyRenewal(renewal, key, world);
  await world.writeFile(file, Buffer.from(formatRenewal(certified)).toString());
  world.stdout.write(
    `${file} is certified. Beside the instance:\n  plimsoll trust rotate --certified ${file}\n`,
  );
  return exitCodes.yes;
}

type RootPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'key'; readonly reference: string };

/** Where the root's key is: never what the file says, which anybody may have written. */
function readRootPlace(input: CommandInput): RootPlace {
  const folder = textOption(input, 'rootFolder');
  const reference = textOption(input, 'rootKey');
  if (folder !== undefined && reference === undefined) return { kind: 'folder', folder };
  if (reference !== undefined && folder === undefined) return { kind: 'key', reference };
  throw cliErrors.usage(
    'trust certify takes --root-folder, the folder that was carried away, or --root-key, the root’s key wherever it is',
  );
}

function openRootKey(
  world: CliWorld,
  input: CommandInput,
  place: RootPlace,
  named: string,
): Promise<SigningKey> {
  if (place.kind === 'folder') return world.trust.openRootKey(place.folder, named);
  const { reference } = place;
  return world.trust.openKey(reference, () => readPassphrase(world, input, reference));
}
