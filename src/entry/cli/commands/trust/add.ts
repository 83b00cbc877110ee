// `plimsoll trust add NAME ADDRESS`: from now on this machine believes what that repository publishes. Which root is
// begun with is the one thing that nothing proves: a file or a checksum says it, or a person who is told so.

import { trustFilesErrors } from '../../../../io/tuf/errors.ts';
import { publicSigstoreName } from '../../../../io/tuf/public-sigstore.ts';
import { hashHex } from '../../../../kit/hash.ts';
import { limits } from '../../../../kit/limits.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import { judgeFreshness } from '../../trusted-roots.ts';
import type { CliWorld } from '../../world.ts';

export async function addTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const [, name, address] = input.args;
  if (name === undefined) throw cliErrors.usage('trust add takes a name and an address');
  const roots = await world.trust.openRoots();
  if (address === undefined && name === publicSigstoreName) {
    await roots.restorePublic();
    world.stdout.write(`${name} is believed again, as it came with Plimsoll\n`);
    return exitCodes.yes;
  }
  if (address === undefined) throw cliErrors.usage(`trust add ${name} takes an address too`);
  if ((await roots.list()).some((kept) => kept.name === name))
    throw trustFilesErrors.name_taken(`a trusted root is kept as "${name}" already`);
  const checksum = readChecksum(input);
  const file = textOption(input, 'root');
  const given = file === undefined ? undefined : await world.readDocument(file, limits.tufFileBytes);
  const url = await world.trust.findRepository(address);
  const root = given ?? (await world.trust.fetchFirstRoot(url));
  const fingerprint = `sha256:${hashHex('sha256', root)}`;
  if (checksum !== undefined && checksum !== fingerprint)
    throw trustFilesErrors.checksum_differs(
      `${file ?? url} begins with the root ${fingerprint}, and ${checksum} was given`,
    );
  if (given === undefined && checksum === undefined) await confirm(world, input, url, fingerprint);
  const kept = await roots.add({ name, url, root });
  const { sentence } = judgeFreshness(kept, world.clock.now());
  const said = `${name}: signatures that ${url} vouches for are believed; root ${kept.rootVersion}, ${sentence}`;
  world.stdout.write(`${printable(said)}\n`);
  world.stderr.write(`It began with ${fingerprint}. It is kept in ${roots.folder}.\n`);
  return exitCodes.yes;
}

function readChecksum(input: CommandInput): string | undefined {
  const text = textOption(input, 'rootChecksum');
  if (text === undefined || /^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw cliErrors.option_invalid(`--root-checksum is sha256: and 64 hexadecimal digits; "${text}" is not`);
}

async function confirm(
  world: CliWorld,
  input: CommandInput,
  url: string,
  fingerprint: string,
): Promise<void> {
  world.stderr.write(
    `${printable(url)} begins with the root\n  ${fingerprint}\n` +
      'Nothing but the connection says that it is the right one: who controls the address or the way to it could\n' +
      'show another. Compare it with what whoever runs it tells you (plimsoll trust root show, there).\n',
  );
  if (isSet(input, 'yes')) return;
  const answer = await world.ask('Type "yes" to believe it from now on:', false);
  if (answer?.trim() !== 'yes')
    throw cliErrors.nothing_to_ask('the root was not confirmed: give --root-checksum, --root, or answer yes');
}
