// `plimsoll trust root propose FILE`: the next root, unsigned, made of the one that this machine's repository has; the
// first one where it has none and is told whose keys there are.
import { trustRootErrors } from '../../../../../engines/tuf/errors.ts';
import { judgeSignatures, sayMissing } from '../../../../../engines/tuf/judge-root.ts';
import { proposeRoot, type RootHolder } from '../../../../../engines/tuf/propose-root.ts';
import { readNewestRoot } from '../../../../../engines/tuf/root-shelf.ts';
import { describeRootChange } from '../../../../../engines/tuf/root-words.ts';
import { type OnlineRole, onlineRoles } from '../../../../../formats/tuf/role-file.ts';
import { parsePublicKeyPem } from '../../../../../formats/x509/pem.ts';
import { limits } from '../../../../../kit/limits.ts';
import { type CommandInput, textOption } from '../../../command.ts';
import { cliErrors } from '../../../errors.ts';
import { type ExitCode, exitCodes } from '../../../exit.ts';
import { checkAge, checkChoice, checkCount } from '../../../option.ts';
import type { CliWorld } from '../../../world.ts';
import { nameOfFile, writeProposal } from './file.ts';

export async function proposeNextRoot(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const { store, place } = await world.trust.openRepository();
  const current = await readNewestRoot(store);
  const added = listOption(input, 'addKey');
  if (current === undefined && added.length === 0)
    throw trustRootErrors.repository_missing(`${place} holds no root`);
  const threshold = textOption(input, 'threshold');
  const wish = {
    addKeys: await readHolders(world, added),
    removeKeys: listOption(input, 'removeKey'),
    ...(threshold === undefined ? {} : { threshold: checkCount('--threshold', threshold, limits.tufKeys) }),
    onlineKeys: await readOnlineKeys(world, listOption(input, 'onlineKey')),
    lifetimeMs: checkAge('--expires', textOption(input, 'expires') ?? ''),
  };
  const proposal = proposeRoot(current, wish, world.clock.now());
  await writeProposal(world, input, proposal);
  const file = nameOfFile(input);
  world.stdout.write(`${describeRootChange(proposal).join('\n')}\n`);
  for (const demand of judgeSignatures(proposal)) world.stderr.write(`${sayMissing(demand)}\n`);
  world.stderr.write(
    `Carry ${file} to those who must sign it:\n  plimsoll trust root sign ${file} --key KEYFILE\n`,
  );
  return exitCodes.yes;
}

function listOption(input: CommandInput, name: string): readonly string[] {
  return (input.options[name] ?? []) as readonly string[];
}

/** `Dora=dora.pub`, or the file alone. */
async function readHolders(world: CliWorld, texts: readonly string[]): Promise<readonly RootHolder[]> {
  return Promise.all(
    texts.map(async (text) => {
      const at = text.indexOf('=');
      const publicKey = await readKey(world, text.slice(at + 1));
      return at < 1 ? { publicKey } : { publicKey, holder: text.slice(0, at) };
    }),
  );
}

async function readOnlineKeys(
  world: CliWorld,
  texts: readonly string[],
): Promise<Partial<Record<OnlineRole, readonly Uint8Array[]>>> {
  const keys: Partial<Record<OnlineRole, readonly Uint8Array[]>> = {};
  for (const text of texts) {
    const [name, file] = text.split('=', 2);
    if (file === undefined || file === '')
      throw cliErrors.option_invalid(`--online-key is ROLE=FILE, as timestamp=new.pub; "${text}" is not`);
    const role = checkChoice('--online-key', name ?? '', onlineRoles);
    keys[role] = [...(keys[role] ?? []), await readKey(world, file)];
  }
  return keys;
}

async function readKey(world: CliWorld, file: string): Promise<Uint8Array> {
  return parsePublicKeyPem(Buffer.from(await world.readDocument(file, limits.pemChars)).toString('latin1'));
}
