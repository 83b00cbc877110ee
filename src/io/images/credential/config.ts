// The files in which docker and podman keep logins: where they are, and what they hold, read tolerantly.
// Keys are brought to one spelling: host, or host and path; docker's `https://host/v1/` is the host.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../kit/json.ts';
import { imageErrors } from '../errors.ts';

/** Where to look, handed in by the caller. */
export interface CredentialPlaces {
  /** The user's home folder. */
  readonly home: string;
  /** The environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, ..., and PATH for helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type ConfigPlace =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string };

export interface ClientConfig {
  /** File name, or the variable's name, for messages. */
  readonly file: string;
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly helpers: ReadonlyMap<string, string>;
  readonly store?: string;
}

/** In the order in which they are asked; files may be absent. */
export function configPlaces(places: CredentialPlaces): readonly ConfigPlace[] {
  const { home, env } = places;
  const found: ConfigPlace[] = [];
  if (env.REGISTRY_AUTH_FILE) found.push({ kind: 'file', file: env.REGISTRY_AUTH_FILE });
  if (env.DOCKER_AUTH_CONFIG)
    found.push({ kind: 'text', name: 'DOCKER_AUTH_CONFIG', text: env.DOCKER_AUTH_CONFIG });
  found.push({ kind: 'file', file: dockerConfigFile(places) });
  if (env.XDG_RUNTIME_DIR)
    found.push({ kind: 'file', file: join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json') });
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  found.push({ kind: 'file', file: join(config, 'containers', 'auth.json') });
  return found;
}

/** The file that docker itself uses. */
export function dockerConfigFile({ home, env }: CredentialPlaces): string {
  return join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json');
}

/** What the place holds; undefined where the file is absent. `images.credentials_unreadable` otherwise. */
export async function readConfigFile(place: ConfigPlace): Promise<ClientConfig | undefined> {
  const name = place.kind === 'file' ? place.file : place.name;
  const value = place.kind === 'file' ? await readJsonFile(name) : parseObject(place.text, name);
  if (value === undefined) return undefined;
  const helpers = new Map<string, string>();
  for (const [key, helper] of members(value.credHelpers))
    if (typeof helper === 'string' && helper !== '') helpers.set(normalKey(key), helper);
  const entries = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [key, entry] of members(value.auths))
    if (isJsonObject(entry) && !entries.has(normalKey(key)))
      entries.set(normalKey(key), new Map(Object.entries(entry)));
  const store = value.credsStore;
  return { file: name, entries, helpers, ...(typeof store === 'string' && store !== '' ? { store } : {}) };
}

/** The object in a JSON file; undefined where the file is absent, an empty object where it is empty. */
export async function readJsonFile(file: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw imageErrors.credentials_unreadable(`${file} cannot be read (${code})`, { cause });
  }
  return parseObject(text, file);
}

function parseObject(text: string, name: string): JsonObject {
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw imageErrors.credentials_unreadable(`${name} is not a JSON object as docker or podman write it`);
}

/** `https://host/v1/` and `host/v2/` are the host; `host/ns/repo` stays. */
export function normalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '');
  return bare === key ? bare.replace(/\/(?:v[12]\/?)?$/, '') : (bare.split('/', 1)[0] as string);
}

function members(value: Json | undefined): readonly [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}
