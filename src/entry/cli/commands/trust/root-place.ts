// Where the keys of an authority's roots are, as the options of `trust certify` say it. What the file that is certified
// says of places is used inside a folder that somebody names, and never alone: anybody may have written it.
import { formatKeyReference, parseKeyReference } from '../../../../io/keys/key-reference.ts';
import type { RingKey } from '../../../../io/keys/key-ring.ts';
import type { SigningKey } from '../../../../io/keys/signing-key.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import type { CliWorld } from '../../world.ts';
import { readPassphrase } from './passphrase.ts';

export type RootPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'key'; readonly reference: string };

export interface NewRootPlace {
  /** Absent where that key is lost. */
  readonly former?: RootPlace;
  /** A folder in which a key is made, or one that is there. */
  readonly next: RootPlace;
}

/** Of the root that stays. `cli.usage` */
export function readRootPlace(input: CommandInput): RootPlace {
  const folder = textOption(input, 'rootFolder');
  const reference = textOption(input, 'rootKey');
  if (isSet(input, 'newRoot') || textOption(input, 'newRootKey') !== undefined)
    throw cliErrors.usage('the file asks for no new root: plimsoll trust rotate root makes one that does');
  if (folder !== undefined && reference === undefined) return { kind: 'folder', folder };
  if (reference !== undefined && folder === undefined) return { kind: 'key', reference };
  throw cliErrors.usage(
    'trust certify takes --root-folder, the folder that was carried away, or --root-key, the root’s key wherever it is',
  );
}

/** Of the root that goes and the one that comes. `cli.usage` */
export function readNewRootPlace(input: CommandInput): NewRootPlace {
  const folder = textOption(input, 'rootFolder');
  const formerKey = textOption(input, 'rootKey');
  const nextKey = textOption(input, 'newRootKey');
  const isMade = isSet(input, 'newRoot');
  if (isMade === (nextKey !== undefined))
    throw cliErrors.usage(
      'the file asks for a new root: give --new-root, which makes its key in --root-folder, or --new-root-key, a key that is there',
    );
  if (nextKey === undefined && folder === undefined)
    throw cliErrors.usage('--new-root takes --root-folder, where the new root’s key goes');
  const next: RootPlace =
    nextKey === undefined
      ? { kind: 'folder', folder: folder as string }
      : { kind: 'key', reference: nextKey };
  if (isSet(input, 'withoutEndorsement')) return { next };
  if (formerKey !== undefined) return { next, former: { kind: 'key', reference: formerKey } };
  if (folder !== undefined) return { next, former: { kind: 'folder', folder } };
  throw cliErrors.usage(
    'the former root’s key endorses the new one: give --root-folder or --root-key, or, where it is lost, --without-endorsement',
  );
}

/** `named`: what the instance calls the key. `keys.*` */
export function openRoot(
  world: CliWorld,
  input: CommandInput,
  place: RootPlace,
  named: string,
): Promise<SigningKey> {
  if (place.kind === 'folder') return world.trust.openRootKey(place.folder, named);
  const { reference } = place;
  return world.trust.openKey(reference, () => readPassphrase(world, input, reference));
}

export async function openFormerRoot(
  world: CliWorld,
  input: CommandInput,
  { former }: NewRootPlace,
  named: string,
): Promise<SigningKey | undefined> {
  return former === undefined ? undefined : openRoot(world, input, former, named);
}

/** Made in a folder, or found elsewhere; its reference says nothing secret. `keys.*` */
export async function openNewRoot(
  world: CliWorld,
  input: CommandInput,
  { next }: NewRootPlace,
): Promise<RingKey> {
  if (next.kind === 'folder') return world.trust.createRootKey(next.folder);
  const key = await openRoot(world, input, next, '');
  return { reference: formatKeyReference(parseKeyReference(next.reference)), key };
}
