// `plimsoll trust certify FILE`: certificates for keys of an instance, made where the root's key is, without a network;
// where the file asks for a new root, that too. Whoever certifies answers for it: the keys are said first, to be
// compared with what the instance said.
import { certifyRenewal } from '../../../../engines/authority/renew.ts';
import { certifySuccessor } from '../../../../engines/authority/successor.ts';
import { formatRenewal, parseRenewal, type Renewal } from '../../../../formats/x509/renewal.ts';
import { hashHex } from '../../../../kit/hash.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, isSet } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { openFormerRoot, openNewRoot, openRoot, readNewRootPlace, readRootPlace } from './root-place.ts';

export async function certifyTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const file = argument(input, 1);
  const renewal = parseRenewal(await world.readDocument(file, limits.renewalBytes));
  const certify = renewal.newRoot === undefined ? prepareRenewal : prepareSuccessor;
  const run = certify(world, input, renewal);
  await confirm(world, input, renewal);
  const certified = await run();
  await world.writeFile(file, Buffer.from(formatRenewal(certified)).toString());
  world.stdout.write(
    `${describeNewRoot(certified)}${file} is certified. Beside the instance:\n  plimsoll trust rotate --certified ${file}\n`,
  );
  return exitCodes.yes;
}

/** What is wrong with the options is said before anybody is asked. */
function prepareRenewal(world: CliWorld, input: CommandInput, renewal: Renewal): () => Promise<Renewal> {
  const place = readRootPlace(input);
  return async () =>
    certifyRenewal(renewal, await openRoot(world, input, place, renewal.rootReference), world);
}

function prepareSuccessor(world: CliWorld, input: CommandInput, renewal: Renewal): () => Promise<Renewal> {
  const place = readNewRootPlace(input);
  return async () => {
    // The former one first: where that fails, no new key is left behind.
    const former = await openFormerRoot(world, input, place, renewal.rootReference);
    const made = await openNewRoot(world, input, place);
    return certifySuccessor(renewal, { ...made, ...(former === undefined ? {} : { former }) }, world);
  };
}

async function confirm(world: CliWorld, input: CommandInput, renewal: Renewal): Promise<void> {
  const { organization, root, newRoot, requests } = renewal;
  const fingerprint = hashHex('sha256', root);
  const head =
    newRoot === undefined
      ? `${organization} asks for certificates below its root, SHA-256 ${fingerprint}:`
      : `${organization} asks for a new root in place of its root, SHA-256 ${fingerprint}, and for certificates below it:`;
  const lines = requests.map(({ role, publicKey }) => `${role} key, SHA-256 ${hashHex('sha256', publicKey)}`);
  world.stderr.write(`${[head, ...lines.map((line) => `  ${line}`)].map(printable).join('\n')}\n`);
  if (isSet(input, 'yes')) return;
  const answer = await world.ask('Type "yes" to certify these:', false);
  if (answer?.trim() !== 'yes')
    throw cliErrors.nothing_to_ask('nothing was certified: answer yes, or give --yes');
}

function describeNewRoot({ newRoot }: Renewal): string {
  if (newRoot?.certificate === undefined) return '';
  const { certificate, reference = '', endorsement } = newRoot;
  const word = endorsement === undefined ? 'Nothing endorses it' : 'The former root’s key endorses it';
  return `${printable(`The new root has SHA-256 ${hashHex('sha256', certificate)}, its key is ${reference}. ${word}.`)}\n`;
}
