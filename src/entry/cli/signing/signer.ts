// Whoever signs: a key that was named, or an identity for which an authority certifies a key of minutes. A passphrase
// comes from a file, from COSIGN_PASSWORD or from a person, never from the command line.
import type { ImageSigner } from '../../../engines/sign/seal.ts';
import { parseKeyReference } from '../../../io/keys/key-reference.ts';
import type { SigningKey } from '../../../io/keys/signing-key.ts';
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
  named: NamedKey,
): Promise<ImageSigner> {
  const { trustedRoot } = vouchers;
  const services = await world.signing.openServices(vouchers.places);
  const rest = { services, clock: world.clock, ...(trustedRoot === undefined ? {} : { trustedRoot }) };
  const key = await named.open();
  return key === undefined
    ? { ...rest, ...(await certifyKey(world, input, vouchers, services)) }
    : { ...rest, key };
}

/** The key of `--key`. */
export interface NamedKey {
  /** Undefined where somebody signs as an identity. */
  open(): Promise<SigningKey | undefined>;
  /**
   * Settled when nothing more has to be loaded before the key is derived from its passphrase, aside and for a quarter
   * of a second: what is loaded from then on costs no time. Never rejects.
   */
  readonly isUnderWay: Promise<unknown>;
}

/**
 * Opened at once where nobody is asked for a passphrase, since deriving from one takes as long as asking a registry;
 * else when it is needed, so that a question never stands beside a failure. `cli.usage`
 */
export function nameKey(world: CliWorld, input: CommandInput): NamedKey {
  const reference = textOption(input, 'key');
  if (reference === undefined) return { open: async () => undefined, isUnderWay: Promise.resolve() };
  if (textOption(input, 'identityToken') !== undefined)
    throw cliErrors.usage('--key and --identity-token are two signers: give one of them');
  if (world.signing.passphrase === undefined && textOption(input, 'keyPassphraseFile') === undefined)
    return {
      open: () => world.signing.openKey(reference, () => readPassphrase(world, input)),
      isUnderWay: Promise.resolve(),
    };
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const opening = world.signing.openKey(reference, async () => {
    const passphrase = await readPassphrase(world, input);
    // By the next turn of the loop its reader is at work.
    setImmediate(resolve);
    return passphrase;
  });
  // Its failure is told where the key is needed, if nothing else failed before.
  const settled = opening.catch(() => {});
  const isFile = parseKeyReference(reference).kind === 'file';
  return { open: () => opening, isUnderWay: isFile ? Promise.race([asked, settled]) : Promise.resolve() };
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
