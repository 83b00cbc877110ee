// Whoever signs: a key that was named, or an identity for which an authority certifies a key of minutes. A passphrase
// comes from a file, from COSIGN_PASSWORD or from a person, never from the command line.
import type { ImageSigner } from '../../../engines/sign/seal.ts';
import type { SigningServices } from '../../../io/sigstore/services.ts';
import { isJsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import type { CliWorld } from '../world.ts';
import type { Vouchers } from './services.ts';

/** For whom CI's tokens are asked, and what certificate authorities take. */
const AUDIENCE = 'sigstore';

/** `cli.nothing_to_ask`, `cli.usage`, and what keys and services throw. */
export async function openSigner(
  world: CliWorld,
  input: CommandInput,
  vouchers: Vouchers,
): Promise<ImageSigner> {
  const { trustedRoot } = vouchers;
  const services = await world.signing.openServices(vouchers.places);
  const rest = { services, clock: world.clock, ...(trustedRoot === undefined ? {} : { trustedRoot }) };
  const reference = textOption(input, 'key');
  if (reference === undefined) return { ...rest, ...(await certifyKey(world, input, vouchers, services)) };
  if (textOption(input, 'identityToken') !== undefined)
    throw cliErrors.usage('--key and --identity-token are two signers: give one of them');
  return { ...rest, key: await world.signing.openKey(reference, () => readPassphrase(world, input)) };
}

async function certifyKey(
  world: CliWorld,
  input: CommandInput,
  vouchers: Vouchers,
  { certify }: SigningServices,
): Promise<Pick<ImageSigner, 'key'> & { readonly certificate: Uint8Array }> {
  if (certify === undefined)
    throw cliErrors.usage(`${vouchers.name} names no certificate authority: sign with --key`);
  const token = await findToken(world, input, vouchers);
  const key = await world.signing.createKey();
  return { key, certificate: await certify(key, token) };
}

async function findToken(world: CliWorld, input: CommandInput, vouchers: Vouchers): Promise<string> {
  const named = textOption(input, 'identityToken');
  const token =
    named === undefined
      ? ((await world.readIdToken(AUDIENCE)) ?? (await askInstance(world, vouchers)))
      : /^[\w-]+\.[\w-]+\.[\w-]*$/.test(named)
        ? named
        : Buffer.from(await world.readDocument(named, limits.identityTokenChars))
            .toString()
            .trim();
  if (token !== undefined) return token;
  throw cliErrors.nothing_to_ask(
    'nothing says who signs: give --key KEY or --identity-token TOKEN, or let this job have an identity token',
  );
}

/** The stored login, exchanged for a token of the instance's own. */
async function askInstance(world: CliWorld, { host }: Vouchers): Promise<string | undefined> {
  if (host === undefined) return undefined;
  const instance = await world.openInstance(host);
  const { status, value } = await instance.ask({
    method: 'POST',
    path: '/trust/identity-token',
    body: {},
    limitBytes: limits.identityTokenChars,
  });
  if (status === 200 && isJsonObject(value) && typeof value.token === 'string') return value.token;
  const why =
    isJsonObject(value) && typeof value.detail === 'string' ? value.detail : `it answered ${status}`;
  throw cliErrors.instance_refused(`${host} gives this login no identity token: ${why}`);
}

/** `--key-passphrase-file`, then COSIGN_PASSWORD, then a person; `cli.nothing_to_ask`. */
export async function readPassphrase(
  world: CliWorld,
  input: CommandInput,
  question = 'Passphrase of the key: ',
): Promise<string> {
  const file = textOption(input, 'keyPassphraseFile');
  if (file !== undefined)
    return Buffer.from(await world.readDocument(file, limits.keyFileBytes))
      .toString()
      .replace(/\r?\n$/, '');
  const { passphrase } = world.signing;
  if (passphrase !== undefined) return passphrase;
  const answer = await world.ask(question, true);
  if (answer !== undefined) return answer;
  throw cliErrors.nothing_to_ask(
    'the key wants a passphrase: type it at a terminal, use --key-passphrase-file, or set COSIGN_PASSWORD',
  );
}
