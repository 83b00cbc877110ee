// Where keys can be, of this environment: the variables that Vault's, cosign's and AWS's own tools read, so that what
// works with them works here. PINs and passphrases are taken out of what plug-ins and tokens' modules see.
import { join } from 'node:path';
import { keysErrors } from '../io/keys/errors.ts';
import type { KeyParts } from '../io/keys/open-key.ts';
import type { Http } from '../io/net/http.ts';
import type { Random } from '../kit/clock.ts';
import { limits } from '../kit/limits.ts';
import type { Environment } from './config.ts';
import { readTextFile } from './text-file.ts';

export interface KeyPlaceDeps {
  readonly env: Environment;
  /** Of the user: `~/.vault-token` is there. */
  readonly home: string;
  readonly http: () => Promise<Http>;
  readonly random: Random;
  readonly askPassphrase?: KeyParts['askPassphrase'];
  readonly allowsPlainFiles?: boolean;
}

/** What is handed over by other ways, or is none of theirs. A cloud's module may need its own credentials. */
const SECRETS = ['COSIGN_PKCS11_PIN', 'COSIGN_PASSWORD'];

/** What `openKey` and `generateKey` take. Reads no file until a key in Vault is asked for. */
export function createKeyParts(deps: KeyPlaceDeps): KeyParts {
  const { env, http, random, askPassphrase, allowsPlainFiles } = deps;
  const modulePath = nonEmpty(env.COSIGN_PKCS11_MODULE_PATH);
  const pin = nonEmpty(env.COSIGN_PKCS11_PIN);
  const region = nonEmpty(env.AWS_REGION) ?? nonEmpty(env.AWS_DEFAULT_REGION);
  const vault = vaultOf(deps);
  return {
    http,
    random,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name))),
    pkcs11: {
      ...(modulePath === undefined ? {} : { modulePath }),
      ...(pin === undefined ? {} : { askPin: async () => pin }),
    },
    ...(region === undefined ? {} : { aws: { region } }),
    ...(vault === undefined ? {} : { vault }),
    ...(askPassphrase === undefined ? {} : { askPassphrase }),
    ...(allowsPlainFiles === undefined ? {} : { allowsPlainFiles }),
  };
}

function isSecret(name: string): boolean {
  return SECRETS.includes(name) || name.startsWith('PLIMSOLL_');
}

function vaultOf({ env, home }: KeyPlaceDeps): KeyParts['vault'] {
  const address = nonEmpty(env.VAULT_ADDR);
  if (address === undefined) return undefined;
  const namespace = nonEmpty(env.VAULT_NAMESPACE);
  const mount = nonEmpty(env.TRANSIT_SECRET_ENGINE_PATH);
  return {
    address,
    readToken: () => readVaultToken(env, join(home, '.vault-token')),
    ...(namespace === undefined ? {} : { namespace }),
    ...(mount === undefined ? {} : { mount: mount.replace(/^\/+|\/+$/g, '') }),
  };
}

/** The file is read each time: Vault's agent writes a fresh token there. */
async function readVaultToken(env: Environment, path: string): Promise<string> {
  const token = nonEmpty(env.VAULT_TOKEN) ?? (await readTextFile(path, limits.keyServiceBytes))?.trim();
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
    throw keysErrors.access_denied(`there is no token for Vault: set VAULT_TOKEN, or write ${path}`);
  return token;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
