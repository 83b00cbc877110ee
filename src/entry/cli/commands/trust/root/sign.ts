// `plimsoll trust root sign FILE --key KEY`: one signature more, on a machine that needs no network. What would
// change is said first, since whoever signs answers for it.

import { judgeSignatures, sayMissing } from '../../../../../engines/tuf/judge-root.ts';
import { describeRootChange } from '../../../../../engines/tuf/root-words.ts';
import { findSigner, signProposal } from '../../../../../engines/tuf/sign-role.ts';
import { formatRoleFile } from '../../../../../formats/tuf/role-file.ts';
import { nameKey } from '../../../../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../../../../formats/tuf/root-proposal.ts';
import { hashHex } from '../../../../../kit/hash.ts';
import { type CommandInput, isSet, textOption } from '../../../command.ts';
import { cliErrors } from '../../../errors.ts';
import { type ExitCode, exitCodes } from '../../../exit.ts';
import { printable } from '../../../printable.ts';
import type { CliWorld } from '../../../world.ts';
import { readPassphrase } from '../passphrase.ts';
import { nameOfFile, readProposal, writeProposal } from './file.ts';

export async function signRoot(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const reference = textOption(input, 'key');
  if (reference === undefined) throw cliErrors.usage('trust root sign takes --key');
  const proposal = await readProposal(world, input);
  sayChange(world, proposal);
  await confirm(world, input);
  const key = await world.trust.openKey(reference, () => readPassphrase(world, input, reference));
  const signer = nameKey(findSigner(proposal, key.publicKey));
  const signed = await signProposal(proposal, key);
  await writeProposal(world, input, signed);
  const file = nameOfFile(input);
  world.stdout.write(`${file} is signed by ${printable(signer)}\n`);
  const missed = judgeSignatures(signed).filter(({ isMet }) => !isMet);
  for (const demand of missed) world.stderr.write(`${printable(sayMissing(demand))}\n`);
  if (missed.length === 0)
    world.stderr.write(`It has all signatures. On the server:\n  plimsoll trust root apply ${file}\n`);
  return exitCodes.yes;
}

function sayChange(world: CliWorld, proposal: RootProposal): void {
  const { current } = proposal;
  const lines = [
    ...describeRootChange(proposal),
    ...(current === undefined
      ? []
      : [
          `It is made of root ${current.signed.version}, sha256:${hashHex('sha256', formatRoleFile(current))}.`,
        ]),
  ];
  world.stderr.write(`${lines.map(printable).join('\n')}\n`);
}

async function confirm(world: CliWorld, input: CommandInput): Promise<void> {
  if (isSet(input, 'yes')) return;
  const answer = await world.ask('Type "yes" to sign this:', false);
  if (answer?.trim() !== 'yes')
    throw cliErrors.nothing_to_ask('nothing was signed: answer yes, or give --yes');
}
