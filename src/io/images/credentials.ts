// Logins as docker and podman keep them: docker's config.json (auths, credsStore, credHelpers, identity
// tokens) and podman's auth.json with keys down to one repository (containers-auth.json(5)).
// Places come in as values: nothing here reads the process's environment. Nothing is cached or logged.

import {
  type ClientConfig,
  type CredentialPlaces,
  configPlaces,
  readConfigFile,
} from './credential/config.ts';

export type Credential = (
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A refresh token of the registry's token server. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A bearer token that is sent as it is. */
  | { readonly kind: 'registry-token'; readonly token: string }
) & {
  /** Where it was found, for people: a file or a helper. */
  readonly source: string;
};

/**
 * The login for a host (as in a reference, `docker.io` for Docker Hub), the most specific for `repository`
 * where one is named; undefined where no file has one. Order: REGISTRY_AUTH_FILE, DOCKER_AUTH_CONFIG,
 * docker's config.json, podman's auth.json of this session and of the user.
 * Throws `images.credentials_unreadable` or `images.credential_helper_failed`.
 */
export async function readCredentials(
  host: string,
  places: CredentialPlaces,
  repository?: string,
): Promise<Credential | undefined> {
  for (const place of configPlaces(places)) {
    const config = await readConfigFile(place);
    if (config === undefined) continue;
    const found = await findIn(config, host, repository, places);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findIn(
  config: ClientConfig,
  host: string,
  repository: string | undefined,
  places: CredentialPlaces,
): Promise<Credential | undefined> {
  for (const key of keysFor(host, repository)) {
    const helper = config.helpers.get(key);
    if (helper === undefined) continue;
    const found = await askHelper(helper, key, places);
    if (found !== undefined) return found;
  }
  if (config.store !== undefined) {
    const found = await askHelper(config.store, serverAddress(host), places);
    if (found !== undefined) return found;
  }
  for (const key of keysFor(host, repository)) {
    const found = readEntry(config.entries.get(key), config.file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `host/ns/repo`, `host/ns`, `host`: most specific first, then Docker Hub's other names. */
function keysFor(host: string, repository: string | undefined): readonly string[] {
  const parts = repository?.split('/') ?? [];
  const keys = parts.map((_, count) => [host, ...parts.slice(0, parts.length - count)].join('/'));
  return host === 'docker.io' ? [...keys, host, 'index.docker.io', 'registry-1.docker.io'] : [...keys, host];
}

/** The name under which docker and its helpers keep a host. */
export function serverAddress(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
}

async function askHelper(
  helper: string,
  key: string,
  places: CredentialPlaces,
): Promise<Credential | undefined> {
  const address = key === 'index.docker.io' ? serverAddress('docker.io') : key;
  // With it comes all that starts programs, which logins in a file do not need.
  const { runCredentialHelper } = await import('./credential/program.ts');
  const answer = await runCredentialHelper(helper, { verb: 'get', address }, places);
  if (answer === undefined) return undefined;
  const source = `docker-credential-${helper}`;
  return answer.username === '<token>'
    ? { kind: 'identity-token', token: answer.secret, source }
    : { kind: 'password', username: answer.username, password: answer.secret, source };
}

function readEntry(entry: ReadonlyMap<string, unknown> | undefined, source: string): Credential | undefined {
  const text = (name: string): string | undefined => {
    const value = entry?.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const registryToken = text('registrytoken');
  if (registryToken !== undefined) return { kind: 'registry-token', token: registryToken, source };
  const identityToken = text('identitytoken');
  if (identityToken !== undefined) return { kind: 'identity-token', token: identityToken, source };
  // docker pads the decoded text with zero bytes in old files.
  const pair = Buffer.from(text('auth') ?? '', 'base64')
    .toString()
    .replace(/\0+$/, '');
  const colon = pair.indexOf(':');
  const username = colon > 0 ? pair.slice(0, colon) : text('username');
  const password = colon > 0 ? pair.slice(colon + 1) : text('password');
  if (username === undefined || password === undefined) return undefined;
  return { kind: 'password', username, password, source };
}
