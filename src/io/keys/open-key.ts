// The one door to keys wherever they are: a reference in, a key that signs out. Each place's code is loaded when such
// a key is opened, so that who signs with a file pays for nothing else. What the places need (addresses, tokens, PINs)
// is handed in: nothing is read from the environment here.
import { open } from 'node:fs/promises';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import type { Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import type { AwsCredentials, AwsPlace } from './aws-kms.ts';
import { keysErrors } from './errors.ts';
import { formatKeyReference, type KeyReference, parseKeyReference } from './key-reference.ts';
import type { Pkcs11Place } from './pkcs11.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import type { SigningKey } from './signing-key.ts';
import type { VaultPlace } from './vault-transit.ts';

export interface KeyParts {
  /** Asked for by keys that are behind an address, and loaded for them alone. */
  readonly http: () => Promise<Http>;
  readonly random: Random;
  /** What plug-ins and tokens' modules see; their search path is also where plug-ins are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked for a file's passphrase, with its path; absent where nobody can be asked. */
  readonly askPassphrase?: (path: string) => Promise<string>;
  /** Whether files without a passphrase are taken. */
  readonly allowsPlainFiles?: boolean;
  readonly pkcs11?: {
    /** Where the URI names no module. */
    readonly modulePath?: string;
    /** Where the URI says nothing of a PIN; undefined where the token's reader asks. */
    readonly askPin?: (token: string) => Promise<string | undefined>;
  };
  readonly vault?: Pick<VaultPlace, 'address' | 'readToken' | 'namespace' | 'mount'>;
  readonly aws?: { readonly region?: string; readonly credentials?: AwsCredentials };
}

/** A key that may hold a process or a session until it is disposed of; it never keeps the program from ending. */
export type OpenKey = SigningKey & AsyncDisposable;

const TOKEN_ID_BYTES = 8;

/**
 * Opens the key that the reference names. `keys.reference_invalid`, `keys.key_missing`, `keys.key_ambiguous`,
 * `keys.access_denied`, `keys.algorithm_unsuitable`, `keys.unavailable`; of files `keys.file_unreadable`,
 * `keys.file_plain`, `keys.passphrase_wrong`.
 */
export async function openKey(reference: string, parts: KeyParts): Promise<OpenKey> {
  const where = parseKeyReference(reference);
  switch (where.kind) {
    case 'file': {
      const { openPrivateKeyFile } = await import('./private-key.ts');
      const passphrase = (): Promise<string> => askPassphrase(where.path, parts);
      const allowsPlain = parts.allowsPlainFiles === true;
      return holdNothing(await openPrivateKeyFile({ path: where.path, passphrase, allowsPlain }));
    }
    case 'pkcs11': {
      const { openPkcs11Key } = await import('./pkcs11.ts');
      return openPkcs11Key(await tokenPlaceOf(where.uri, parts));
    }
    case 'awskms': {
      const { openAwsKey } = await import('./aws-kms.ts');
      return holdNothing(await openAwsKey(await awsPlaceOf(where, parts)));
    }
    case 'hashivault': {
      const { openVaultKey } = await import('./vault-transit.ts');
      return holdNothing(await openVaultKey(await vaultPlaceOf(where, parts)));
    }
    case 'plugin': {
      const { openPluginKey } = await import('./key-plugin.ts');
      return holdNothing(await openPluginKey({ reference: where.reference, env: parts.env }));
    }
  }
}

/**
 * Makes a key where the reference says, and opens it: in a place of keys, not to be had out of it.
 * `keys.key_present` or `keys.file_unwritable` where there is one, `keys.generation_unsupported`, and the codes of
 * `openKey`.
 */
export async function generateKey(
  reference: string,
  algorithm: SignatureAlgorithm,
  parts: KeyParts,
): Promise<OpenKey> {
  const where = parseKeyReference(reference);
  switch (where.kind) {
    case 'file': {
      const { createKeyFile } = await import('./key-file.ts');
      const { path } = where;
      const passphrase = await askPassphrase(path, parts);
      return holdNothing(await createKeyFile({ path, passphrase }, algorithm, parts.random));
    }
    case 'pkcs11': {
      if (where.uri.object === undefined)
        throw keysErrors.reference_invalid(`${formatKeyReference(where)} names no object to call the key by`);
      const { createPkcs11Key } = await import('./pkcs11.ts');
      // Other tools find a pair by its id, and not all of them by its label.
      const id = where.uri.id ?? parts.random.bytes(TOKEN_ID_BYTES);
      return createPkcs11Key(await tokenPlaceOf({ ...where.uri, id }, parts), algorithm);
    }
    case 'awskms': {
      const { createAwsKey } = await import('./aws-kms.ts');
      return holdNothing(await createAwsKey(await awsPlaceOf(where, parts), algorithm));
    }
    case 'hashivault': {
      const { createVaultKey } = await import('./vault-transit.ts');
      if (where.version !== undefined)
        throw keysErrors.reference_invalid('a key in Vault is made without a version');
      return holdNothing(await createVaultKey(await vaultPlaceOf(where, parts), algorithm));
    }
    case 'plugin':
      throw keysErrors.generation_unsupported(
        `${formatKeyReference(where)} is a plug-in’s, and each names algorithms as it likes`,
      );
  }
}

async function askPassphrase(path: string, { askPassphrase: ask }: KeyParts): Promise<string> {
  if (ask === undefined)
    throw keysErrors.passphrase_wrong(`${path} is encrypted, and there is nobody to ask for its passphrase`);
  return ask(path);
}

async function tokenPlaceOf(uri: Pkcs11Uri, { pkcs11 = {}, env }: KeyParts): Promise<Pkcs11Place> {
  const shown = formatKeyReference({ kind: 'pkcs11', uri });
  const modulePath = uri.modulePath ?? pkcs11.modulePath;
  if (modulePath === undefined)
    throw keysErrors.reference_invalid(`${shown} names no module: add ?module-path=/…/….so`);
  const pin = await readPin(uri, shown, pkcs11.askPin);
  return { uri, modulePath, env, ...(pin === undefined ? {} : { pin }) };
}

async function readPin(
  { pin }: Pkcs11Uri,
  shown: string,
  ask: ((token: string) => Promise<string | undefined>) | undefined,
): Promise<string | undefined> {
  if (pin === undefined) return ask?.(shown);
  if (pin.kind === 'value') return pin.value;
  try {
    await using file = await open(pin.path);
    const buffer = Buffer.alloc(limits.keyPinBytes + 1);
    const { bytesRead } = await file.read(buffer);
    if (bytesRead > limits.keyPinBytes) throw new Error(`it has more than ${limits.keyPinBytes} bytes`);
    return buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  } catch (cause) {
    throw keysErrors.file_unreadable(
      `the PIN of ${shown} cannot be read from ${pin.path}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function awsPlaceOf(
  where: KeyReference & { kind: 'awskms' },
  { http, aws = {} }: KeyParts,
): Promise<AwsPlace> {
  const { endpoint, keyId } = where;
  return { ...aws, http: await http(), keyId, ...(endpoint === undefined ? {} : { endpoint }) };
}

async function vaultPlaceOf(
  where: KeyReference & { kind: 'hashivault' },
  { http, vault }: KeyParts,
): Promise<VaultPlace> {
  if (vault === undefined)
    throw keysErrors.reference_invalid(
      `${formatKeyReference(where)} is in Vault, and its address is not known: set VAULT_ADDR`,
    );
  const { key, version } = where;
  return { ...vault, http: await http(), key, ...(version === undefined ? {} : { version }) };
}

function holdNothing(key: SigningKey): OpenKey {
  return Object.freeze({ ...key, [Symbol.asyncDispose]: async () => {} });
}
