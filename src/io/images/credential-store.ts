// Writing and erasing logins where docker and podman will find them too: the helper that docker's config.json
// names for the host, else its `auths` (REGISTRY_AUTH_FILE where that is set). Whatever else the file holds
// stays; it is replaced in one step with mode 0600, so that a reader never sees half of it.
import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import {
  type CredentialPlaces,
  dockerConfigFile,
  normalKey,
  readConfigFile,
  readJsonFile,
} from './credential/config.ts';
import { runCredentialHelper } from './credential/program.ts';
import { serverAddress } from './credentials.ts';
import { imageErrors } from './errors.ts';

/** A login as a person gives it. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * Keeps the login for `host`. Returns where: a helper's name or a file's path.
 * Throws `images.credentials_unreadable`, `images.credential_helper_failed`, `images.place_unwritable`.
 */
export async function writeCredential(host: string, login: Login, places: CredentialPlaces): Promise<string> {
  const { file, helper } = await findStore(host, places);
  if (helper === undefined) {
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    await changeEntry(file, host, { auth });
    return file;
  }
  const { username, password: secret } = login;
  await runCredentialHelper(
    helper,
    { verb: 'store', address: serverAddress(host), username, secret },
    places,
  );
  // An empty entry says that there is a login, as docker writes it; a secret left there before is gone.
  await changeEntry(file, host, {});
  return `docker-credential-${helper}`;
}

/** Forgets the login for `host`; false where there was none. The same failures as `writeCredential`. */
export async function eraseCredential(host: string, places: CredentialPlaces): Promise<boolean> {
  const { file, helper } = await findStore(host, places);
  const address = serverAddress(host);
  let found = false;
  if (helper !== undefined) {
    found = (await runCredentialHelper(helper, { verb: 'get', address }, places)) !== undefined;
    if (found) await runCredentialHelper(helper, { verb: 'erase', address }, places);
  }
  return (await changeEntry(file, host, undefined)) || found;
}

async function findStore(
  host: string,
  places: CredentialPlaces,
): Promise<{ readonly file: string; readonly helper?: string }> {
  const file = places.env.REGISTRY_AUTH_FILE || dockerConfigFile(places);
  const config = await readConfigFile({ kind: 'file', file });
  const helper =
    config?.helpers.get(normalKey(serverAddress(host))) ?? config?.helpers.get(host) ?? config?.store;
  return helper === undefined ? { file } : { file, helper };
}

/** Sets or removes the host's entry under every spelling; false where nothing had to be removed. */
async function changeEntry(file: string, host: string, entry: JsonObject | undefined): Promise<boolean> {
  const config = (await readJsonFile(file)) ?? {};
  const auths: [string, Json][] = isJsonObject(config.auths) ? Object.entries(config.auths) : [];
  const key = serverAddress(host);
  const names = new Set([host, normalKey(key)]);
  const others = auths.filter(([name]) => !names.has(normalKey(name)));
  if (entry === undefined && others.length === auths.length) return false;
  const changed = Object.fromEntries(entry === undefined ? others : [...others, [key, entry]]);
  await replaceFile(file, `${JSON.stringify({ ...config, auths: changed }, undefined, '\t')}\n`);
  return true;
}

async function replaceFile(file: string, text: string): Promise<void> {
  let fresh: string | undefined;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // People keep this file as a link into a folder of settings: the link stays.
    const target = await realpath(file).catch(() => file);
    fresh = `${target}.${randomBytes(6).toString('hex')}`;
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, target);
  } catch (cause) {
    if (fresh !== undefined) await rm(fresh, { force: true });
    throw imageErrors.place_unwritable(`the login cannot be written to ${file}`, { cause });
  }
}
