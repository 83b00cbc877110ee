// Who vouches for a signature, besides its key: the services that were named, or those of the Plimsoll instance that
// the image is at, or the public Sigstore's. A key alone never writes into a public log unless somebody asked for it:
// what stands there stands there for ever.
import { publicSigstore } from '../../../engines/sign/public-sigstore.ts';
import type { ImageReference } from '../../../formats/oci/reference.ts';
import { sigstoreErrors } from '../../../formats/sigstore/errors.ts';
import { parseSigningConfig, type SigningPlaces } from '../../../formats/sigstore/read-signing-config.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../../formats/sigstore/trusted-root.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import { publicSigstoreName } from '../../../io/tuf/public-sigstore.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { readTrustedRoots } from '../trusted-roots.ts';
import type { CliWorld } from '../world.ts';

export interface Vouchers {
  readonly places: SigningPlaces;
  readonly trustedRoot?: TrustedRoot;
  /** As people are told of them. */
  readonly name: string;
  readonly kind: 'named' | 'instance' | 'public' | 'none';
  /** Host of the instance. */
  readonly host?: string;
}

const NOBODY: SigningPlaces = Object.freeze({ logs: [], timestampAuthorities: [] });

/** The codes of reading documents and answers; `sigstore.config_invalid`, `sigstore.root_invalid`. */
export async function findVouchers(
  world: CliWorld,
  input: CommandInput,
  reference: ImageReference,
): Promise<Vouchers> {
  const found = withRoot(await choose(world, input, reference), await readNamedRoot(world, input));
  if (input.options.log !== false) return found;
  return { ...found, places: { ...found.places, logs: [] } };
}

async function choose(world: CliWorld, input: CommandInput, reference: ImageReference): Promise<Vouchers> {
  const config = textOption(input, 'signingConfig');
  if (config !== undefined) {
    if (isSet(input, 'sigstore')) throw cliErrors.usage('--sigstore and --signing-config name two services');
    const bytes = await readPlace(world, config, limits.signingConfigBytes);
    return { places: parseSigningConfig(bytes, world.clock.now()), name: config, kind: 'named' };
  }
  if (isSet(input, 'sigstore')) return publicVouchers(world);
  const hasKey = textOption(input, 'key') !== undefined;
  const instance =
    reference.kind === 'registry' ? await askInstance(world, reference.host, hasKey) : undefined;
  if (instance !== undefined) return instance;
  if (!hasKey) return publicVouchers(world);
  return { places: NOBODY, name: 'nobody', kind: 'none' };
}

async function publicVouchers(world: CliWorld): Promise<Vouchers> {
  const [kept] = await readTrustedRoots(world, { names: [publicSigstoreName] });
  return {
    places: publicSigstore,
    ...(kept && { trustedRoot: kept.root }),
    name: 'the public Sigstore',
    kind: 'public',
  };
}

/** Undefined where the registry is no instance, or one that does not sign. */
async function askInstance(world: CliWorld, host: string, hasKey: boolean): Promise<Vouchers | undefined> {
  const instance = await world.openInstance(host);
  const read = (path: string, limitBytes: number) => instance.send({ path, limitBytes });
  try {
    const config = await read('/trust/signing_config.json', limits.signingConfigBytes);
    const places = parseSigningConfig(config, world.clock.now());
    const trustedRoot = parseTrustedRoot(await read('/trust/trusted_root.json', limits.trustedRootBytes));
    return { places, trustedRoot, name: host, kind: 'instance', host };
  } catch (cause) {
    if (isPlimsollError(cause) && isOther(cause.code, hasKey)) return undefined;
    throw cause;
  }
}

/**
 * Another registry answers anything at such a path: a page, a refusal, a failure of its own. An instance that fails
 * must not send an identity into a public log in its place, so without a key a failure is one.
 */
function isOther(code: string, hasKey: boolean): boolean {
  if (code === imageErrors.registry_failed.code) return hasKey;
  return NO_INSTANCE.includes(code);
}

const NO_INSTANCE: readonly string[] = [
  imageErrors.missing.code,
  imageErrors.unauthenticated.code,
  imageErrors.denied.code,
  imageErrors.registry_refused.code,
  sigstoreErrors.config_invalid.code,
];

async function readNamedRoot(world: CliWorld, input: CommandInput): Promise<TrustedRoot | undefined> {
  const place = textOption(input, 'trustedRoot');
  if (place === undefined) return undefined;
  return parseTrustedRoot(await readPlace(world, place, limits.trustedRootBytes));
}

function withRoot(found: Vouchers, trustedRoot: TrustedRoot | undefined): Vouchers {
  return trustedRoot === undefined ? found : { ...found, trustedRoot };
}

function readPlace(world: CliWorld, place: string, maxBytes: number): Promise<Uint8Array> {
  return /^https?:\/\//.test(place)
    ? world.fetchDocument(place, maxBytes)
    : world.readDocument(place, maxBytes);
}
